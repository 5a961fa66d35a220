import Foundation
import KobaiFiles

/// Keeps a folder for one training. It is the folder itself that is locked (flock(2)): nothing is left behind in it, and
/// the lock ends with its process, however that ends.
final class FolderLock: Sendable {
  private let folder: OpenFile?

  /// - Throws: `FileError` where another training has the folder, or where nobody can tell.
  init(_ path: String) throws(FileError) {
    var folder: OpenFile?
    var isFree = true
    do throws(SystemError) {
      folder = try OpenFile(folder: path)
      isFree = try folder?.tryLock() ?? true
    } catch {
      // A folder that this user may write to but not open so, and a file system that knows no locks, are used without one.
      guard error.isRefusal || error.isUnsupported else { throw .unwritable(path, error) }
    }
    guard isFree else {
      let holder = Self.holder(of: path).map { " (process \($0))" } ?? ""
      throw FileError(
        path: path, reason: "another training\(holder) writes its checkpoints there; let it end or name another folder")
    }
    self.folder = folder
  }

  deinit { folder?.unlock() }

  /// The process that has the lock, where the system tells: Linux does in lines like "2: FLOCK  ADVISORY  WRITE 7147
  /// fe:00:16224559 0 EOF", with the file's number after the device's (proc(5)).
  private static func holder(of path: String) -> Int? {
    guard let number = try? fileStatus(path)?.identity[1], let locks = try? readFile("/proc/locks") else { return nil }
    for line in String(decoding: locks, as: UTF8.self).split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count > 5, words[1] == "FLOCK", words[5].hasSuffix(":\(number)"), let process = Int(words[4])
      else { continue }
      return process > 0 ? process : nil  // 0: of a container that this one does not see into
    }
    return nil
  }
}
