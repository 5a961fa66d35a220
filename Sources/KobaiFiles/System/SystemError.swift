#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Why a call of the system failed.
package struct SystemError: Error, Equatable {
  /// Its `errno`.
  package let number: Int32

  package init(number: Int32) { self.number = number }

  /// The system's words: "No space left on device".
  package var description: String { unsafe String(cString: strerror(number)) }

  /// Whether the error says that nothing lies at a path.
  package var isAbsence: Bool { [ENOENT, ENOTDIR, ENAMETOOLONG].contains(number) }
  /// Whether it says that something does.
  package var isPresence: Bool { number == EEXIST }
  /// Whether it says that this user may not.
  package var isRefusal: Bool { [EACCES, EPERM].contains(number) }
  /// Whether it says nothing about the file, and may be over in a moment.
  var isTransient: Bool { [EIO, EMFILE, ENFILE, ENOMEM, EAGAIN].contains(number) }
  /// Whether it says that a file system has no such thing.
  package var isUnsupported: Bool { [EINVAL, ENOTSUP, EOPNOTSUPP, ENOSYS, ENOLCK].contains(number) }
}

/// Makes a call of the system, which returns what is below 0 where it fails, and makes it again where a signal interrupted it.
@inline(__always)
func checked<Result: SignedInteger>(_ call: () -> Result) throws(SystemError) -> Result {
  while true {
    let result = call()
    if result >= 0 { return result }
    let number = errno
    if number != EINTR { throw SystemError(number: number) }
  }
}

/// Does something with a file that is to be written; the error says of which path.
func writing<Result: ~Copyable>(
  _ path: String, _ body: () throws(SystemError) -> Result
) throws(FileError) -> Result {
  do { return try body() } catch { throw .unwritable(path, error) }
}

/// The same for a file that is read.
func reading<Result: ~Copyable>(
  _ path: String, _ body: () throws(SystemError) -> Result
) throws(FileError) -> Result {
  do { return try body() } catch { throw .unreadable(path, error) }
}
