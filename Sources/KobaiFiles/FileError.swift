/// Why something could not be done with a file.
public struct FileError: Error, Equatable, CustomStringConvertible {
  /// The file or folder.
  public let path: String
  /// What is wrong, and the way out where there is one.
  public let reason: String

  /// Whether the same may succeed a moment later: the system lacked something, and said nothing about the file.
  package let isTransient: Bool

  /// An error that reads "path: reason".
  public init(path: String, reason: String) { self.init(path: path, reason: reason, isTransient: false) }

  private init(path: String, reason: String, isTransient: Bool) {
    (self.path, self.reason, self.isTransient) = (path, reason, isTransient)
  }

  /// Errors are equal that read the same.
  public static func == (a: FileError, b: FileError) -> Bool { a.path == b.path && a.reason == b.reason }

  /// Why a file cannot be written, in the system's words: "path: cannot be written: No space left on device".
  package static func unwritable(_ path: String, _ error: SystemError) -> FileError {
    FileError(path: path, reason: "cannot be written: \(error.description)", isTransient: error.isTransient)
  }

  /// The same: "path: cannot be read: Permission denied".
  package static func unreadable(_ path: String, _ error: SystemError) -> FileError {
    FileError(path: path, reason: "cannot be read: \(error.description)", isTransient: error.isTransient)
  }

  /// One line, whatever path and reason hold.
  public var description: String { "\(path): \(reason)".printable }
}
