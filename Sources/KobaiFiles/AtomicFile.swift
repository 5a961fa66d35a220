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
  private var file: OpenFile?  // nil once it is in place
  private let place: Int?  // among the temporaries that have a name
  private var written = 0  // in bytes, as `reserved`
  private var reserved = 0

  /// Opens the temporary file. This is also how to find out early whether `path` can be written.
  public init(_ path: String) throws(FileError) {
    let old = try writing(path) { () throws(SystemError) in try FileStatus.find(path) }
    guard old?.kind != .folder else {
      throw FileError(path: path, reason: "is a directory; name a file in it")
    }
    let isDirect = old?.kind == .other
    let target = try writing(path) { () throws(SystemError) in
      if isDirect { return path }
      return try old == nil ? destination(ofLink: path) : realPath(path)
    }
    let temporary = isDirect ? nil : "\(target).\(getpid()).\(UInt32.random(in: 0...UInt32.max)).tmp"
    // Who may not read the old file may at no time read the new one.
    let permissions = old.map { $0.permissions & 0o777 } ?? 0o644
    var file = isDirect ? nil : OpenFile(namelessIn: folder(of: target), permissions: permissions)
    isNameless = file != nil
    if !isNameless {
      file = try writing(path) { () throws(SystemError) in
        guard let temporary else { return try OpenFile(overwriting: target) }
        return try OpenFile(creating: temporary, permissions: permissions)
      }
    }
    place = isNameless ? nil : temporary.flatMap { Temporaries.add($0) }
    // Where they cannot be set, the process's mask has taken some away, and added none.
    if let old, !isDirect { try? file?.setPermissions(old.permissions) }
    (self.path, self.target, self.temporary) = (path, target, temporary)
    self.file = file
  }

  /// Reserves so many bytes on the disk, as far as the file system can, so that a disk that others fill in the meantime still
  /// has them. Devices and pipes have nothing to reserve.
  public func reserve(_ bytes: Int) throws(FileError) {
    guard temporary != nil, bytes > 0 else { return }
    do throws(SystemError) {
      try file?.reserve(bytes)
      reserved = bytes
    } catch {
      if [ENOSPC, EDQUOT, EFBIG].contains(error.number) { throw .unwritable(path, error) }
    }
  }

  /// Appends bytes to the file.
  public func write(_ bytes: RawSpan) throws(FileError) {
    do throws(SystemError) {
      guard file != nil else { throw SystemError(number: EBADF) }
      try file?.write(bytes)
    } catch { throw .unwritable(path, error) }
    written += bytes.byteCount
  }

  /// The same for an array.
  public func write(_ bytes: [UInt8]) throws(FileError) { try unsafe self.write(bytes.span.bytes) }

  /// Puts the file in place. Nothing can be written after it.
  public func commit() throws(FileError) {
    guard let file = file.take() else { return }
    defer { Temporaries.remove(place) }
    do throws(SystemError) {
      guard let temporary else { return try file.close() }
      if reserved > written { try file.truncate(to: written) }
      try file.synchronize()
      if isNameless { try file.giveName(temporary) }
      try file.close()
      try move(temporary, over: target)
    } catch {
      if let temporary { try? removeName(temporary) }
      throw .unwritable(path, error)
    }
    do { try synchronizeFolder(folder(of: target)) } catch { throw .unwritable(path, error) }
  }

  // A file that is given up leaves nothing behind.
  deinit {
    guard file != nil, let temporary, !isNameless else { return }
    try? removeName(temporary)
    Temporaries.remove(place)
  }

  /// Writes a whole file at once.
  public static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    let file = try AtomicFile(path)
    try file.write(bytes)
    try file.commit()
  }
}

/// A new name is on the disk only once its folder is. File systems that cannot synchronize folders say so (EINVAL and
/// others), and a folder may be writable but not readable: what means lost data is a failure, and what hides whether there is any.
private func synchronizeFolder(_ folder: String) throws(SystemError) {
  do { try OpenFile(folder: folder).synchronize() } catch {
    if [EIO, ENOSPC, EDQUOT, EMFILE, ENFILE, ENOMEM].contains(error.number) { throw error }
  }
}

private func folder(of path: String) -> String {
  path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
}

/// Where a symbolic link points, though nothing is there yet; the path itself where it is no link.
private func destination(ofLink path: String) throws(SystemError) -> String {
  var path = path
  for _ in 0..<40 {  // as many as Linux follows
    guard let end = try readLink(path) else { break }
    path = end.hasPrefix("/") ? end : folder(of: path) + (path.contains("/") ? "" : "/") + end
  }
  return path
}
