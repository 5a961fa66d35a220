/// The bytes of a file, which stay in it until they are asked for: what is read of a large file piece by piece is not in memory all
/// at once. Writing over the file's path with an ``AtomicFile`` leaves them as they were. Pipes and the like, which can be read but
/// once, are read at once.
package final class FileContents: Sendable {
  /// The path of the file.
  package let path: String
  /// The size of the file in bytes.
  package let count: Int
  private let storage: Storage

  private enum Storage: ~Copyable, Sendable {
    case memory([UInt8])
    case file(OpenFile)
  }

  /// Opens a file.
  ///
  /// - Throws: `FileError` where it cannot be read.
  package init(_ path: String) throws(FileError) {
    self.path = path
    let file = try reading(path) { () throws(SystemError) in try OpenFile(reading: path) }
    let status: FileStatus
    do { status = try file.status() } catch { throw .unreadable(path, error) }
    if status.kind == .file {
      count = status.size
      storage = .file(file)
    } else {
      let bytes = try readAll(file, path)
      count = bytes.count
      storage = .memory(bytes)
    }
  }

  /// Bytes that are in memory, as if they were those of a file.
  package init(_ bytes: [UInt8], path: String) {
    (self.path, count) = (path, bytes.count)
    storage = .memory(bytes)
  }

  /// Some of the bytes.
  ///
  /// - Throws: `FileError` where they cannot be read, as where the file has been cut short since it was opened.
  package func bytes(_ range: Range<Int>) throws(FileError) -> [UInt8] {
    switch storage {
    case .memory(let bytes): if range == 0..<bytes.count { return bytes }
    case .file: break
    }
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
    case .file(let file):
      var done = 0
      while done < target.count {
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: target[done...])
        let got: Int
        do { got = try unsafe file.read(into: rest, from: offset + done) } catch { throw .unreadable(path, error) }
        guard got > 0 else {
          throw FileError(
            path: path, reason: "ends after \(offset + done) of \(count) bytes; it was cut while it was read")
        }
        done += got
      }
    }
  }
}
