#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

private let systemRead = unsafe read(_:_:_:)

/// The first bytes of a file, or all where it has fewer.
///
/// - Throws: `FileError` where it cannot be read.
package func readBeginning(_ path: String, count: Int) throws(FileError) -> [UInt8] {
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw .unreadable(path) }
  defer { close(descriptor) }
  var got = 0
  let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
    repeat { unsafe got = systemRead(descriptor, buffer.baseAddress!, count) } while got < 0 && errno == EINTR
    filled = max(got, 0)
  }
  guard got >= 0 else { throw .unreadable(path) }
  return bytes
}

/// The whole of a file.
///
/// - Parameters:
///   - path: the path of the file.
///   - limit: the most bytes that it may have.
/// - Throws: `FileError` where it cannot be read, or has more bytes.
public func readFile(_ path: String, limit: Int = .max) throws(FileError) -> [UInt8] {
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw .unreadable(path) }
  defer { close(descriptor) }
  var status = stat()
  guard unsafe fstat(descriptor, &status) == 0 else { throw .unreadable(path) }
  guard status.st_mode & S_IFMT != S_IFDIR else { throw FileError(path: path, reason: "is a directory") }
  guard Int(status.st_size) <= limit else {
    throw FileError(path: path, reason: "has \(status.st_size) bytes; more than \(limit) are not read")
  }

  var bytes: [UInt8] = []
  var chunk = max(Int(status.st_size) + 1, 1 << 16)  // one more than the size: a single read finds the end
  while true {
    let old = bytes.count
    var got = 0
    bytes += unsafe [UInt8](unsafeUninitializedCapacity: chunk) { buffer, count in
      repeat { unsafe got = systemRead(descriptor, buffer.baseAddress!, chunk) } while got < 0 && errno == EINTR
      count = max(got, 0)
    }
    guard got >= 0 else { throw .unreadable(path) }
    if got == 0 || old + got == Int(status.st_size) && status.st_mode & S_IFMT == S_IFREG { return bytes }
    chunk = 1 << 16
  }
}
