/// Does something while no other process, and no other thread, holds the lock of that path (flock(2)). The lock's file is made where
/// it is missing, and stays; the system releases the lock with the process.
///
/// - Throws: `FileError` where the lock's file cannot be made, and what `body` throws.
package func withFileLock<Result>(
  _ path: String, _ body: () throws(FileError) -> Result
) throws(FileError) -> Result {
  let file = try writing(path) { () throws(SystemError) in try OpenFile(lock: path, permissions: 0o644) }
  // A file system that knows no locks is used without one.
  do { try file.lock() } catch  where !error.isUnsupported { throw .unwritable(path, error) } catch {}
  defer { file.unlock() }
  return try body()
}
