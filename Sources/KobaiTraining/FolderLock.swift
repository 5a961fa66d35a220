import Foundation
import KobaiFiles

/// Keeps a folder for one training. It is the folder itself that is locked (flock(2)): nothing is left behind in it, and
/// the lock ends with its process, however that ends.
final class FolderLock: Sendable {
  private let descriptor: Int32

  /// - Throws: `FileError` where another training has the folder.
  init(_ path: String) throws(FileError) {
    let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    // A folder that cannot be opened so, and a file system that knows no locks, are used without one.
    if descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
      let holder = Self.holder(of: descriptor).map { " (process \($0))" } ?? ""
      close(descriptor)
      throw FileError(
        path: path, reason: "another training\(holder) writes its checkpoints there; let it end or name another folder")
    }
    self.descriptor = descriptor
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// The process that has the lock, where the system tells: Linux does in lines like "2: FLOCK  ADVISORY  WRITE 7147
  /// fe:00:16224559 0 EOF", with the file's number after the device's (proc(5)).
  private static func holder(of descriptor: Int32) -> Int? {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, let locks = try? readFile("/proc/locks") else { return nil }
    for line in String(decoding: locks, as: UTF8.self).split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count > 5, words[1] == "FLOCK", words[5].hasSuffix(":\(status.st_ino)"), let process = Int(words[4])
      else { continue }
      return process > 0 ? process : nil  // 0: of a container that this one does not see into
    }
    return nil
  }
}
