import Foundation
import KobaiFiles

/// The folder of what can be made or fetched again (XDG Base Directory Specification).
public enum CacheFolder {
  /// `$XDG_CACHE_HOME/kobai/name`, by default `~/.cache/kobai/name`.
  public static func path(_ name: String) -> String {
    let home = environmentVariable("HOME") ?? FileManager.default.homeDirectoryForCurrentUser.path
    let cache = environmentVariable("XDG_CACHE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "\(home)/.cache"
    return "\(cache)/kobai/\(name)"
  }
}
