/// The first bytes of a file, or all where it has fewer.
///
/// - Throws: `FileError` where it cannot be read.
package func readBeginning(_ path: String, count: Int) throws(FileError) -> [UInt8] {
  try reading(path) { () throws(SystemError) in
    let file = try OpenFile(reading: path)
    var bytes: [UInt8] = []
    while bytes.count < count {
      let more = try nextBytes(of: file, atMost: count - bytes.count)
      if more.isEmpty { break }
      bytes += more
    }
    return bytes
  }
}

/// The whole of a file.
///
/// - Parameters:
///   - path: the path of the file.
///   - limit: the most bytes that it may have.
/// - Throws: `FileError` where it cannot be read, or has more bytes.
public func readFile(_ path: String, limit: Int = .max) throws(FileError) -> [UInt8] {
  try readAll(try reading(path) { () throws(SystemError) in try OpenFile(reading: path) }, path, limit: limit)
}

/// The whole of a file that is open.
func readAll(_ file: borrowing OpenFile, _ path: String, limit: Int = .max) throws(FileError) -> [UInt8] {
  let status: FileStatus
  do { status = try file.status() } catch { throw .unreadable(path, error) }
  guard status.kind != .folder else { throw FileError(path: path, reason: "is a directory") }
  guard status.size <= limit else {
    throw FileError(path: path, reason: "has \(status.size) bytes; more than \(limit) are not read")
  }

  var bytes: [UInt8] = []
  var chunk = max(status.size + 1, 1 << 16)  // one more than the size: a single read finds the end
  while true {
    let old = bytes.count
    do { bytes += try nextBytes(of: file, atMost: chunk) } catch { throw .unreadable(path, error) }
    // A pipe has no size, and a file may grow.
    guard bytes.count <= limit else {
      throw FileError(path: path, reason: "has no end within \(limit) bytes; more are not read")
    }
    if bytes.count == old || bytes.count == status.size && status.kind == .file { return bytes }
    chunk = 1 << 16
  }
}

/// What a single call reads.
///
/// - Returns: at least one byte, unless the file ends here.
private func nextBytes(of file: borrowing OpenFile, atMost count: Int) throws(SystemError) -> [UInt8] {
  var failure: SystemError?
  let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
    let target = unsafe UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count])
    do throws(SystemError) { filled = try unsafe file.read(into: target) } catch { failure = error }
  }
  if let failure { throw failure }
  return bytes
}
