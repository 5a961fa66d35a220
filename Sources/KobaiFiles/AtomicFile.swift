#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

private let systemWrite = unsafe write(_:_:_:)  // hidden, inside the type, by its own `write`

/// What could not be done with a file, and why.
public struct FileError: Error, Equatable, CustomStringConvertible {
  /// The file or folder that the trouble is with.
  public let path: String
  /// What is wrong, and the way out where there is one.
  public let reason: String

  /// An error that reads "path: reason".
  public init(path: String, reason: String) { (self.path, self.reason) = (path, reason) }

  public var description: String { "\(path): \(reason)" }
}

/// Writes a file so that its path never holds half of it: into a temporary file beside it, then to the disk, then
/// over the old one in a single step, with its permissions. Whatever goes wrong, the old file stays whole. Where the file system can, the
/// temporary file has no name until it is complete, so that not even a killed process leaves anything behind. A device
/// or a pipe is written to directly, and a symbolic link to a file keeps pointing there.
public final class AtomicFile {
  /// Where the file will be after ``commit()``.
  public let path: String
  private let target: String  // `path` with symbolic links followed
  private let temporary: String?  // nil: written directly
  private let isNameless: Bool  // the temporary file gets its name when it is complete
  private let descriptor: Int32
  private var isOpen = true

  /// Opens the temporary file. This is also how to find out early whether `path` can be written.
  public init(_ path: String) throws(FileError) {
    var status = stat()
    let exists = unsafe stat(path, &status) == 0
    let kind = status.st_mode & S_IFMT
    guard !exists || kind != S_IFDIR else {
      throw FileError(path: path, reason: "is a directory; name a file in it")
    }
    let isDirect = exists && kind != S_IFREG
    let target = exists ? Self.resolved(path) : path
    let temporary = isDirect ? nil : "\(target).\(getpid()).\(UInt32.random(in: 0...UInt32.max)).tmp"
    var descriptor = isDirect ? -1 : Self.openNameless(beside: target)
    isNameless = descriptor >= 0
    if !isNameless {
      descriptor = unsafe open(
        temporary ?? target, O_WRONLY | O_CLOEXEC | (isDirect ? 0 : O_CREAT | O_EXCL), 0o644)
    }
    guard descriptor >= 0 else { throw FileError(path: path, reason: "cannot be written: \(Self.reason())") }
    if exists && !isDirect { fchmod(descriptor, status.st_mode & 0o7777) }
    (self.path, self.target, self.temporary, self.descriptor) = (path, target, temporary, descriptor)
  }

  /// Appends bytes.
  public func write(_ bytes: RawSpan) throws(FileError) {
    var failed: String?
    unsafe bytes.withUnsafeBytes { buffer in
      var rest = unsafe buffer[...]
      while unsafe !rest.isEmpty {
        let written = unsafe systemWrite(descriptor, rest.base.baseAddress! + rest.startIndex, rest.count)
        if written < 0 && errno == EINTR { continue }
        guard written > 0 else {
          failed = Self.reason()
          return
        }
        unsafe rest = rest.dropFirst(written)
      }
    }
    if let failed { throw FileError(path: path, reason: "cannot be written: \(failed)") }
  }

  /// The same for an array.
  public func write(_ bytes: [UInt8]) throws(FileError) { try unsafe write(bytes.span.bytes) }

  /// Puts the file in place. Nothing can be written after it.
  public func commit() throws(FileError) {
    isOpen = false
    guard let temporary else {
      close(descriptor)
      return
    }
    var failed = fsync(descriptor) == 0 ? nil : Self.reason()
    if failed == nil && isNameless && !Self.name(descriptor, temporary) { failed = Self.reason() }
    close(descriptor)
    if failed == nil, unsafe rename(temporary, target) != 0 { failed = Self.reason() }
    if let failed {
      unsafe unlink(temporary)
      throw FileError(path: path, reason: "cannot be written: \(failed)")
    }
  }

  // Given up: nothing is left behind.
  deinit {
    guard isOpen else { return }
    close(descriptor)
    if let temporary, !isNameless { unsafe unlink(temporary) }
  }

  /// Writes a whole file at once.
  public static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    let file = try AtomicFile(path)
    try file.write(bytes)
    try file.commit()
  }

  #if os(Linux)
    /// A file without a name in the folder of `target`; -1 where the file system has none (open(2), O_TMPFILE).
    private static func openNameless(beside target: String) -> Int32 {
      guard unsafe access("/proc/self/fd", F_OK) == 0 else { return -1 }  // without it there is no way to a name
      let folder = target.lastIndex(of: "/").map { String(target[...$0]) } ?? "."
      return unsafe open(folder, 0o20_000_000 | O_DIRECTORY | O_WRONLY | O_CLOEXEC, 0o644)
    }

    private static func name(_ descriptor: Int32, _ name: String) -> Bool {
      unsafe linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0
    }
  #else
    private static func openNameless(beside target: String) -> Int32 { -1 }
    private static func name(_ descriptor: Int32, _ name: String) -> Bool { false }
  #endif

  private static func reason() -> String { unsafe String(cString: strerror(errno)) }

  private static func resolved(_ path: String) -> String {
    guard let real = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(real) }
    return unsafe String(cString: real)
  }
}
