/// A regular file as memory: the system reads what is looked at and forgets it again where memory is short, so that a file
/// may be larger than the memory. Writing over the file's path with an ``AtomicFile`` leaves the mapped bytes as they were;
/// whoever shortens the file itself in the meantime ends this process.
@safe package final class MappedFile: Sendable {
  /// The path of the file.
  package let path: String
  /// The size of the file in bytes.
  package let count: Int
  private nonisolated(unsafe) let mapped: UnsafeRawBufferPointer  // empty for an empty file, which cannot be mapped

  /// Maps the whole of a file.
  ///
  /// - Throws: `FileError` where it cannot be read, or is no regular file.
  package init(_ path: String) throws(FileError) {
    let file = try reading(path) { () throws(SystemError) in try OpenFile(reading: path) }
    let status: FileStatus
    do { status = try file.status() } catch { throw .unreadable(path, error) }
    switch status.kind {
    case .file: break
    case .folder: throw FileError(path: path, reason: "is a directory")
    case .other: throw FileError(path: path, reason: "is no regular file; copy it into one")
    }
    (self.path, count) = (path, status.size)
    do {
      unsafe mapped = count > 0 ? try file.map(count) : UnsafeRawBufferPointer(start: nil, count: 0)
    } catch { throw .unreadable(path, error) }
  }

  deinit { if count > 0 { unsafe OpenFile.unmap(mapped) } }

  /// The bytes of the file.
  package var bytes: RawSpan {
    @_lifetime(borrow self) get {
      unsafe _overrideLifetime(mapped.bytes, borrowing: self)
    }
  }

  /// The same as elements of a span.
  package var elements: Span<UInt8> {
    @_lifetime(borrow self) get {
      unsafe _overrideLifetime(mapped.assumingMemoryBound(to: UInt8.self).span, borrowing: self)
    }
  }
}
