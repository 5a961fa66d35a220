#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The bytes of a file, which stay in it until they are asked for: what is read of a large file piece by piece is not in memory all
/// at once. Writing over the file's path with an ``AtomicFile`` leaves them as they were. Pipes and the like, which can be read but
/// once, are read at once.
package final class FileContents: Sendable {
  /// The path of the file.
  package let path: String
  /// The size of the file in bytes.
  package let count: Int
  private let storage: Storage

  private enum Storage {
    case memory([UInt8])
    case file(descriptor: Int32)
  }

  /// Opens a file.
  ///
  /// - Throws: `FileError` where it cannot be read.
  package init(_ path: String) throws(FileError) {
    self.path = path
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(path) }
    var status = stat()
    if unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
      (count, storage) = (Int(status.st_size), .file(descriptor: descriptor))
      return
    }
    close(descriptor)
    let bytes = try readFile(path)
    (count, storage) = (bytes.count, .memory(bytes))
  }

  /// Bytes that are in memory, as if they were those of a file.
  package init(_ bytes: [UInt8], path: String) { (self.path, count, storage) = (path, bytes.count, .memory(bytes)) }

  deinit { if case .file(let descriptor) = storage { close(descriptor) } }

  /// Some of the bytes.
  ///
  /// - Throws: `FileError` where they cannot be read, as where the file has been cut short since it was opened.
  package func bytes(_ range: Range<Int>) throws(FileError) -> [UInt8] {
    if case .memory(let bytes) = storage, range == 0..<bytes.count { return bytes }
    var failure: FileError?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
      let whole = unsafe UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<range.count])
      do throws(FileError) {
        try unsafe read(into: whole, from: range.lowerBound)
        filled = range.count
      } catch { failure = error }
    }
    if let failure { throw failure }
    return bytes
  }

  /// All bytes.
  package func all() throws(FileError) -> [UInt8] { try bytes(0..<count) }

  /// Calls `body` with some of the bytes, a piece of at most a megabyte after the other.
  package func forEachPiece(of range: Range<Int>, _ body: (RawSpan) -> Void) throws(FileError) {
    let size = 1 << 20
    for start in stride(from: range.lowerBound, to: range.upperBound, by: size) {
      let piece = try bytes(start..<min(start + size, range.upperBound))
      unsafe body(piece.span.bytes)
    }
  }

  /// Fills memory with the bytes from `offset` on.
  @unsafe package func read(into target: UnsafeMutableRawBufferPointer, from offset: Int) throws(FileError) {
    switch storage {
    case .memory(let bytes):
      unsafe bytes.withUnsafeBytes { source in
        unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[offset..<offset + target.count]))
      }
    case .file(let descriptor):
      var done = 0
      while done < target.count, let base = target.baseAddress {
        let got = unsafe pread(descriptor, base + done, target.count - done, off_t(offset + done))
        if got < 0 && errno == EINTR { continue }
        guard got >= 0 else { throw .unreadable(path) }
        guard got > 0 else {
          throw FileError(
            path: path, reason: "ends after \(offset + done) of \(count) bytes; it was cut while it was read")
        }
        done += got
      }
    }
  }
}
