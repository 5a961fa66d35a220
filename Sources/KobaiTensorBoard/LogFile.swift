import Foundation
import KobaiFiles

/// A file that only grows, by a whole record at a time.
final class LogFile {
  let path: String
  private let descriptor: Int32
  private var end: off_t = 0

  /// Creates the file. One that is there already keeps its name, and the new one gets a number at the end.
  init(_ wanted: String) throws(FileError) {
    var path = wanted
    var descriptor: Int32
    var number = 0
    repeat {
      if number > 0 { path = "\(wanted).\(number)" }
      descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o644)
      number += 1
    } while descriptor < 0 && errno == EEXIST
    guard descriptor >= 0 else { throw .unwritable(path) }
    (self.path, self.descriptor) = (path, descriptor)
  }

  deinit { close(descriptor) }

  /// Writes a record with a single call, unless the system splits it. One that does not fit on the disk is removed, so that
  /// what can be read stays whole.
  func append(_ record: [UInt8]) throws(FileError) {
    do throws(FileError) {
      try unsafe writeAll(record.span.bytes, to: descriptor, of: path)
    } catch {
      ftruncate(descriptor, end)
      throw error
    }
    end += off_t(record.count)
  }

  /// Waits until all records are on the disk.
  func synchronize() throws(FileError) {
    guard fsync(descriptor) == 0 else { throw .unwritable(path) }
  }
}
