import Foundation
import KobaiFiles

/// A path as it was typed, with a leading "~" as the home folder. Shells do that themselves, but not inside quotes and not
/// behind a "=" (`--data=~/mnist`). For the `transform:` of every option that takes a path.
package func expandingTilde(_ path: String) -> String {
  guard path == "~" || path.hasPrefix("~/") else { return path }
  let home = environmentVariable("HOME") ?? FileManager.default.homeDirectoryForCurrentUser.path
  return home + path.dropFirst()
}
