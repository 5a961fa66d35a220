#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Does something while no other process, and no other thread, holds the lock of that path (flock(2)). The lock's file is made where
/// it is missing, and stays; the system releases the lock with the process.
///
/// - Throws: `FileError` where the lock's file cannot be made, and what `body` throws.
package func withFileLock<Result>(
  _ path: String, _ body: () throws(FileError) -> Result
) throws(FileError) -> Result {
  let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
  guard descriptor >= 0 else { throw .unwritable(path) }
  defer { close(descriptor) }
  while flock(descriptor, LOCK_EX) != 0 {
    guard errno == EINTR else { throw .unwritable(path) }
  }
  return try body()
}

/// The size of a file in bytes and the time of its last change in nanoseconds; nil where there is none.
package func fileStamp(_ path: String) -> (size: Int, modified: Int)? {
  var status = stat()
  guard unsafe stat(path, &status) == 0 else { return nil }
  #if canImport(Darwin)
    let time = status.st_mtimespec
  #else
    let time = status.st_mtim
  #endif
  return (Int(status.st_size), Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec))
}
