#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Why something could not be done with a file.
public struct FileError: Error, Equatable, CustomStringConvertible {
  /// The file or folder.
  public let path: String
  /// What is wrong, and the way out where there is one.
  public let reason: String

  /// An error that reads "path: reason".
  public init(path: String, reason: String) { (self.path, self.reason) = (path, reason) }

  /// Why the last system call failed, in the system's words: "path: cannot be written: No space left on device".
  package static func unwritable(_ path: String, _ number: Int32 = errno) -> FileError {
    FileError(path: path, reason: unsafe "cannot be written: \(String(cString: strerror(number)))")
  }

  /// The same: "path: cannot be read: Permission denied".
  package static func unreadable(_ path: String) -> FileError {
    FileError(path: path, reason: unsafe "cannot be read: \(String(cString: strerror(errno)))")
  }

  /// One line, whatever path and reason hold.
  public var description: String { "\(path): \(reason)".printable }
}

/// Writes all of the bytes, however many calls the system needs for them.
///
/// - Parameter path: what an error calls the descriptor's file.
/// - Throws: `FileError`; `errno` is then that of the call that failed.
package func writeAll(_ bytes: RawSpan, to descriptor: Int32, of path: String) throws(FileError) {
  let isWritten = unsafe bytes.withUnsafeBytes { buffer in
    var rest = unsafe buffer[...]
    while unsafe !rest.isEmpty {
      let written = unsafe write(descriptor, rest.base.baseAddress! + rest.startIndex, rest.count)
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { return false }
      unsafe rest = rest.dropFirst(written)
    }
    return true
  }
  if !isWritten { throw .unwritable(path) }
}
