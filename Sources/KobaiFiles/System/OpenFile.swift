#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

// The C library's functions, where a method has the same name.
private let systemOpen = unsafe open(_:_:_:)
private let systemRead = unsafe read(_:_:_:)
private let systemWrite = unsafe write(_:_:_:)
private let systemClose = close(_:)

/// A file, folder or device that is open, and closed when nobody has it any more.
///
/// This folder is the one place that makes the system's calls concerning files; `Tests/Structure` looks for others, and
/// `Tests/FaultInjection` makes each call of it fail. What a signal interrupts is done again.
package struct OpenFile: ~Copyable, Sendable {
  private let descriptor: Int32

  private init(_ path: String, _ flags: Int32, _ permissions: mode_t = 0) throws(SystemError) {
    descriptor = try checked { unsafe systemOpen(path, flags | O_CLOEXEC, permissions) }
  }

  /// Opens what is there to be read.
  package init(reading path: String) throws(SystemError) { try self.init(path, O_RDONLY) }

  /// Opens a folder, to lock it or to put it on the disk.
  package init(folder path: String) throws(SystemError) { try self.init(path, O_RDONLY | O_DIRECTORY) }

  /// Opens what is there to be written over from its first byte, as devices and pipes are.
  package init(overwriting path: String) throws(SystemError) { try self.init(path, O_WRONLY) }

  /// Creates a file, which must not be there.
  ///
  /// - Parameter appending: whether everything goes to the end of the file, wherever that is by then.
  package init(creating path: String, permissions: mode_t, appending: Bool = false) throws(SystemError) {
    try self.init(path, O_WRONLY | O_CREAT | O_EXCL | (appending ? O_APPEND : 0), permissions)
  }

  /// Opens a file to add to its end, and creates it where it is missing.
  package init(appending path: String, permissions: mode_t) throws(SystemError) {
    try self.init(path, O_WRONLY | O_CREAT | O_APPEND, permissions)
  }

  /// Opens a file to lock it, and creates it where it is missing.
  package init(lock path: String, permissions: mode_t) throws(SystemError) {
    try self.init(path, O_RDWR | O_CREAT, permissions)
  }

  /// Creates a file without a name in a folder; nil where the file system has none (open(2), O_TMPFILE).
  package init?(namelessIn folder: String, permissions: mode_t) {
    #if os(Linux)
      // Without /proc there is no way to a name.
      guard unsafe access("/proc/self/fd", F_OK) == 0 else { return nil }
      do { try self.init(folder, 0o20_000_000 | O_DIRECTORY | O_WRONLY, permissions) } catch { return nil }
    #else
      return nil
    #endif
  }

  deinit { _ = systemClose(descriptor) }

  /// Closes the file, for whoever wants to know whether that fails: some file systems only then say that they could not write.
  package consuming func close() throws(SystemError) {
    let result = systemClose(descriptor)
    let number = errno
    discard self
    // What a signal interrupts is closed all the same.
    if result != 0 && number != EINTR { throw SystemError(number: number) }
  }

  /// What kind of file it is, how large, and so on.
  package func status() throws(SystemError) -> FileStatus {
    var status = stat()
    _ = try checked { unsafe fstat(descriptor, &status) }
    return FileStatus(status)
  }

  /// Reads what comes next: at least one byte, unless the file ends here.
  ///
  /// - Returns: how many bytes were read; 0 at the end.
  @unsafe package func read(into target: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
    try checked { unsafe systemRead(descriptor, target.baseAddress, target.count) }
  }

  /// The same from some byte of a regular file on, which leaves alone what comes next.
  @unsafe package func read(
    into target: UnsafeMutableRawBufferPointer, from offset: Int
  ) throws(SystemError) -> Int {
    try checked { unsafe pread(descriptor, target.baseAddress, target.count, off_t(offset)) }
  }

  /// Writes all of the bytes, however many calls the system needs for them.
  package func write(_ bytes: RawSpan) throws(SystemError) { try writeAll(bytes, to: descriptor) }

  /// Waits until everything that was written is on the disk.
  package func synchronize() throws(SystemError) { _ = try checked { fsync(descriptor) } }

  /// Cuts the file, or fills it up with zeros.
  package func truncate(to size: Int) throws(SystemError) { _ = try checked { ftruncate(descriptor, off_t(size)) } }

  /// Reserves so many bytes on the disk for the file.
  package func reserve(_ bytes: Int) throws(SystemError) {
    #if os(Linux)
      var number: Int32
      repeat { number = posix_fallocate(descriptor, 0, off_t(bytes)) } while number == EINTR
    #else
      let number = ENOTSUP
    #endif
    if number != 0 { throw SystemError(number: number) }
  }

  /// Sets who may read and write the file.
  package func setPermissions(_ permissions: mode_t) throws(SystemError) {
    _ = try checked { fchmod(descriptor, permissions) }
  }

  /// Gives a file that was created without one a name.
  package func giveName(_ path: String) throws(SystemError) {
    #if os(Linux)
      _ = try checked {
        unsafe linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, path, AT_SYMLINK_FOLLOW)
      }
    #else
      throw SystemError(number: ENOTSUP)
    #endif
  }

  /// Locks it for as long as it is open, once nobody else has it locked (flock(2)).
  package func lock() throws(SystemError) { _ = try checked { flock(descriptor, LOCK_EX) } }

  /// The same without waiting.
  ///
  /// - Returns: false where somebody else has it locked.
  package func tryLock() throws(SystemError) -> Bool {
    do { _ = try checked { flock(descriptor, LOCK_EX | LOCK_NB) } } catch {
      guard error.number == EWOULDBLOCK else { throw error }
      return false
    }
    return true
  }

  /// Gives a lock back. Closing the file does not while another process is about to start, which has it open until then.
  package func unlock() { _ = flock(descriptor, LOCK_UN) }

  /// Maps that many bytes of a regular file, which stay mapped when it is closed: see ``unmap(_:)``.
  @unsafe package func map(_ count: Int) throws(SystemError) -> UnsafeRawBufferPointer {
    let mapped = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else { throw SystemError(number: errno) }
    return unsafe UnsafeRawBufferPointer(start: mapped, count: count)
  }

  /// Gives back what ``map(_:)`` has mapped.
  @unsafe package static func unmap(_ bytes: UnsafeRawBufferPointer) {
    unsafe _ = munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
  }
}

/// Writes all of the bytes to a descriptor that is somebody else's, such as standard output, however many calls the system needs
/// for them.
package func writeAll(_ bytes: RawSpan, to descriptor: Int32) throws(SystemError) {
  let failure = unsafe bytes.withUnsafeBytes { buffer -> SystemError? in
    var rest = unsafe buffer[...]
    do throws(SystemError) {
      while unsafe !rest.isEmpty {
        let written = try checked {
          unsafe systemWrite(descriptor, rest.base.baseAddress! + rest.startIndex, rest.count)
        }
        guard written > 0 else { return SystemError(number: EIO) }  // or it would be tried for ever
        unsafe rest = rest.dropFirst(written)
      }
      return nil
    } catch { return error }
  }
  if let failure { throw failure }
}
