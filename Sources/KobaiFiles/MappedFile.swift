#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A regular file as memory: the system reads what is looked at and forgets it again where memory is short, so that a file
/// may be larger than the memory. Writing over the file's path with an ``AtomicFile`` leaves the mapped bytes as they were;
/// whoever shortens the file itself in the meantime ends this process.
@safe package final class MappedFile: Sendable {
  /// The path of the file.
  package let path: String
  /// The size of the file in bytes.
  package let count: Int
  private nonisolated(unsafe) let start: UnsafeMutableRawPointer?  // nil for an empty file, which cannot be mapped

  /// Maps the whole of a file.
  ///
  /// - Throws: `FileError` where it cannot be read, or is no regular file.
  package init(_ path: String) throws(FileError) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(path) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw .unreadable(path) }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw FileError(path: path, reason: "is a directory") }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FileError(path: path, reason: "is no regular file; copy it into one")
    }
    (self.path, count) = (path, Int(status.st_size))
    guard count > 0 else {
      unsafe start = nil
      return
    }
    let mapped = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else { throw .unreadable(path) }
    unsafe start = mapped
  }

  deinit {
    if let start = unsafe start { unsafe munmap(start, count) }
  }

  /// The bytes of the file.
  package var bytes: RawSpan {
    @_lifetime(borrow self) get {
      let buffer = unsafe UnsafeRawBufferPointer(start: start, count: count)
      return unsafe _overrideLifetime(buffer.bytes, borrowing: self)
    }
  }

  /// The same as elements of a span.
  package var elements: Span<UInt8> {
    @_lifetime(borrow self) get {
      let buffer = unsafe UnsafeRawBufferPointer(start: start, count: count).assumingMemoryBound(to: UInt8.self)
      return unsafe _overrideLifetime(buffer.span, borrowing: self)
    }
  }
}
