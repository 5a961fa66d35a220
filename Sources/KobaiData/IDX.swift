import KobaiFiles

/// An array as MNIST is stored: a header, then the elements.
struct IDX {
  /// The bytes that the elements lie in, from `start` on.
  let storage: ByteStorage
  let start: Int
  let sizes: [Int]
  private let element: IDXHeader.Element

  /// What is larger is no label, but damage: a network would have an output for each.
  private static let largestLabel = 99_999

  /// Opens a file, plain or gzipped. Where it holds more bytes than `wanted` keeps in memory, they stay in the file, or in one of the
  /// cache.
  init(path: String, _ content: IDXHeader.Content, _ wanted: ImageStorage = ImageStorage()) throws(FileError) {
    guard let (size, _) = try fileStamp(path) else {
      try self.init(readFile(path), content, path: path)
      return
    }
    let beginning = try readBeginning(path, count: IDXHeader.longest)
    if Gzip.isGzip(beginning) {
      let packed = try readFile(path)
      let header = try IDXHeader(unpacking: packed, content, path: path)
      // What no file of its size unpacks to is damage, and told as such.
      guard header.bodyCount > wanted.memoryLimit, header.byteCount / 1032 <= packed.count else {
        try self.init(packed, content, path: path)
        return
      }
      let file = try CacheFile<PlainContents>(folder: wanted.cache, kind: "unpacked", request: path, sources: [path])
      let unpacked = try file.findOrMake(reserving: header.byteCount) { (file) throws(FileError) in
        var count = 0
        try Gzip.unpack(packed, path: path, limit: header.byteCount + 1) { (bytes) throws(FileError) in
          count += bytes.byteCount
          try file.write(bytes)
        }
        try header.check(held: count, isPacked: true, path: path)
        return PlainContents(count: count)
      }
      self.init(.file(unpacked.file), header)
    } else if size > wanted.memoryLimit {
      let file = try MappedFile(path)
      let header = try IDXHeader(beginning, content, path: path)
      try header.check(held: file.count, isPacked: false, path: path)
      self.init(.file(file), header)
    } else {
      try self.init(readFile(path), content, path: path)
    }
  }

  /// The same for a file's bytes.
  ///
  /// - Parameter path: names them in errors.
  init(_ stored: [UInt8], _ content: IDXHeader.Content, path: String) throws(FileError) {
    let isPacked = Gzip.isGzip(stored)
    let header =
      try isPacked
      ? IDXHeader(unpacking: stored, content, path: path) : IDXHeader(stored, content, path: path)
    // No more is unpacked than the header promises, and one byte that tells of more: a small file cannot fill the memory.
    let bytes = isPacked ? try Gzip.unpack(stored, path: path, limit: header.byteCount + 1) : stored
    try header.check(held: bytes.count, isPacked: isPacked, path: path)
    self.init(.array(bytes), header)
  }

  private init(_ storage: ByteStorage, _ header: IDXHeader) {
    (self.storage, start, sizes, element) = (storage, header.count, header.sizes, header.element)
  }

  /// The SHA-256 of the unpacked file.
  var sha256: String {
    var hash = SHA256()
    let count = start + sizes.reduce(element.bytes, *)
    let bytes = storage.span
    unsafe bytes.withUnsafeBufferPointer { unsafe hash.update(UnsafeRawBufferPointer($0).bytes.extracting(0..<count)) }
    return hash.hexDigest()
  }

  /// The elements as the classes of images: all of them, or the first of each row.
  ///
  /// - Throws: `FileError` that names a label which no class can have, or rows that are not QMNIST's.
  func labels(path: String) throws(FileError) -> [Int32] {
    let columns = sizes.count == 2 ? sizes[1] : 1
    guard columns == 1 || columns == 8 else {
      throw FileError(
        path: path,
        reason: "\(sizes[0])×\(columns) numbers are no labels; it takes one for each image, or QMNIST's eight")
    }
    let bytes = storage.span
    var labels: [Int32] = []
    labels.reserveCapacity(sizes[0])
    for i in 0..<sizes[0] {
      let label = number(bytes, at: i * columns)
      guard (0...Self.largestLabel).contains(label) else {
        throw FileError(
          path: path, reason: "label \(label) of image \(i + 1); classes go from 0 to \(Self.largestLabel)")
      }
      labels.append(Int32(label))
    }
    return labels
  }

  /// One element: a big-endian number, of two's complement but for the type of images.
  private func number(_ bytes: Span<UInt8>, at index: Int) -> Int {
    let first = start + index * element.bytes
    var bits: UInt32 = 0
    for i in first..<first + element.bytes { bits = bits << 8 | UInt32(bytes[i]) }
    switch element {
    case .uint8: return Int(bits)
    case .int8: return Int(Int8(truncatingIfNeeded: bits))
    case .int16: return Int(Int16(truncatingIfNeeded: bits))
    case .int32: return Int(Int32(truncatingIfNeeded: bits))
    }
  }
}
