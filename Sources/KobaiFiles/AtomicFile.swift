#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Writes a file so that its path never holds half of it: into a temporary file beside it, then to the disk, then
/// over the old one in a single step, with its permissions. Whatever goes wrong, the old file stays whole. Where the file
/// system supports it, the temporary file has no name until it is complete, so that not even a killed process leaves anything
/// behind. A device or a pipe is written to directly, and a symbolic link keeps its target.
public final class AtomicFile {
  /// The path at which the file will be after ``commit()``.
  public let path: String
  private let target: String  // `path` with symbolic links followed
  private let temporary: String?  // nil where the target is written directly
  private let isNameless: Bool  // the temporary file gets its name when it is complete
  private let place: Int?  // among the temporaries that have a name
  private let descriptor: Int32
  private var isOpen = true
  private var written = 0  // in bytes, as `reserved`
  private var reserved = 0

  /// Opens the temporary file. This is also how to find out early whether `path` can be written.
  public init(_ path: String) throws(FileError) {
    var status = stat()
    let exists = unsafe stat(path, &status) == 0
    guard exists || errno == ENOENT else { throw .unwritable(path) }
    let kind = status.st_mode & S_IFMT
    guard !exists || kind != S_IFDIR else {
      throw FileError(path: path, reason: "is a directory; name a file in it")
    }
    let isDirect = exists && kind != S_IFREG
    let target = exists ? resolved(path) : destination(ofLink: path)
    let temporary = isDirect ? nil : "\(target).\(getpid()).\(UInt32.random(in: 0...UInt32.max)).tmp"
    var descriptor = isDirect ? -1 : openNameless(in: folder(of: target))
    isNameless = descriptor >= 0
    if !isNameless {
      descriptor = unsafe open(
        temporary ?? target, O_WRONLY | O_CLOEXEC | (isDirect ? 0 : O_CREAT | O_EXCL), 0o644)
    }
    guard descriptor >= 0 else { throw .unwritable(path) }
    place = isNameless ? nil : temporary.flatMap { Temporaries.add($0) }
    if exists && !isDirect { fchmod(descriptor, status.st_mode & 0o7777) }
    (self.path, self.target, self.temporary, self.descriptor) = (path, target, temporary, descriptor)
  }

  /// Reserves so many bytes on the disk, as far as the file system can, so that a disk that others fill in the meantime still
  /// has them. Devices and pipes have nothing to reserve.
  public func reserve(_ bytes: Int) throws(FileError) {
    guard temporary != nil, bytes > 0 else { return }
    let failure = allocate(bytes, descriptor)
    guard ![ENOSPC, EDQUOT, EFBIG].contains(failure) else { throw .unwritable(path, failure) }
    if failure == 0 { reserved = bytes }
  }

  /// Appends bytes to the file.
  public func write(_ bytes: RawSpan) throws(FileError) {
    try writeAll(bytes, to: descriptor, of: path)
    written += bytes.byteCount
  }

  /// The same for an array.
  public func write(_ bytes: [UInt8]) throws(FileError) { try unsafe write(bytes.span.bytes) }

  /// Puts the file in place. Nothing can be written after it.
  public func commit() throws(FileError) {
    isOpen = false
    defer { Temporaries.remove(place) }
    guard let temporary else {
      close(descriptor)
      return
    }
    let isWhole =
      (reserved <= written || ftruncate(descriptor, off_t(written)) == 0) && fsync(descriptor) == 0
      && (!isNameless || name(descriptor, temporary))
    var failure = isWhole ? 0 : errno
    close(descriptor)
    if failure == 0, unsafe rename(temporary, target) != 0 { failure = errno }
    if failure != 0 {
      unsafe unlink(temporary)
      throw .unwritable(path, failure)
    }
    guard synchronizeFolder(folder(of: target)) else { throw .unwritable(path) }
  }

  // A file that is given up leaves nothing behind.
  deinit {
    guard isOpen else { return }
    close(descriptor)
    if let temporary, !isNameless { unsafe unlink(temporary) }
    Temporaries.remove(place)
  }

  /// Writes a whole file at once.
  public static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    let file = try AtomicFile(path)
    try file.write(bytes)
    try file.commit()
  }
}

#if os(Linux)
  /// A file without a name; -1 where the file system has none (open(2), O_TMPFILE).
  private func openNameless(in folder: String) -> Int32 {
    guard unsafe access("/proc/self/fd", F_OK) == 0 else { return -1 }  // without it there is no way to a name
    return unsafe open(folder, 0o20_000_000 | O_DIRECTORY | O_WRONLY | O_CLOEXEC, 0o644)
  }

  private func name(_ descriptor: Int32, _ name: String) -> Bool {
    unsafe linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0
  }

  /// Allocates bytes on the disk. Returns the number of the error; 0 where there is none.
  private func allocate(_ bytes: Int, _ descriptor: Int32) -> Int32 {
    var failure: Int32
    repeat { failure = posix_fallocate(descriptor, 0, off_t(bytes)) } while failure == EINTR
    return failure
  }
#else
  private func openNameless(in folder: String) -> Int32 { -1 }
  private func name(_ descriptor: Int32, _ name: String) -> Bool { false }
  private func allocate(_ bytes: Int, _ descriptor: Int32) -> Int32 { ENOTSUP }
#endif

/// A new name is on the disk only once its folder is. File systems that cannot synchronize folders say so (EINVAL and
/// others), and a folder may be writable but not readable: only what means lost data is a failure.
private func synchronizeFolder(_ folder: String) -> Bool {
  let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard descriptor >= 0 else { return true }
  let isDone = fsync(descriptor) == 0 || ![EIO, ENOSPC, EDQUOT].contains(errno)
  let failure = errno
  close(descriptor)
  errno = failure
  return isDone
}

private func folder(of path: String) -> String {
  path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
}

private func resolved(_ path: String) -> String {
  guard let real = unsafe realpath(path, nil) else { return path }
  defer { unsafe free(real) }
  return unsafe String(cString: real)
}

/// Where a symbolic link points, though nothing is there yet; the path itself where it is no link.
private func destination(ofLink path: String) -> String {
  var path = path
  for _ in 0..<40 {  // as many as Linux follows
    let end = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX) + 1) { buffer -> String? in
      let count = unsafe readlink(path, buffer.baseAddress!, Int(PATH_MAX))
      guard count > 0 else { return nil }
      unsafe buffer[count] = 0
      return unsafe String(cString: buffer.baseAddress!)
    }
    guard let end else { break }
    path = end.hasPrefix("/") ? end : folder(of: path) + (path.contains("/") ? "" : "/") + end
  }
  return path
}
