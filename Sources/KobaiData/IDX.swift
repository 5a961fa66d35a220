import KobaiFiles

/// An array as MNIST is stored: a header, then the elements.
struct IDX {
  /// The whole file; the elements start at `start`.
  let bytes: [UInt8]
  let start: Int
  let sizes: [Int]
  private let element: IDXHeader.Element

  /// What is larger is no label, but damage: a network would have an output for each.
  private static let largestLabel = 99_999

  /// Reads a file, plain or gzipped.
  init(path: String, _ content: IDXHeader.Content) throws(FileError) {
    try self.init(readFile(path), content, path: path)
  }

  /// The same for a file's bytes.
  ///
  /// - Parameter path: names them in errors.
  init(_ stored: [UInt8], _ content: IDXHeader.Content, path: String) throws(FileError) {
    let isPacked = Gzip.isGzip(stored)
    let header = try IDXHeader(
      isPacked ? Gzip.unpack(stored, path: path, limit: IDXHeader.longest) : stored, content, path: path)
    // No more is unpacked than the header promises, and one byte that tells of more: a small file cannot fill the memory.
    bytes = isPacked ? try Gzip.unpack(stored, path: path, limit: header.count + header.bodyCount + 1) : stored
    (start, sizes, element) = (header.count, header.sizes, header.element)
    let held = bytes.count - start
    guard held == header.bodyCount else {
      let amount = isPacked && held > header.bodyCount ? "more" : "\(held)"
      throw FileError(path: path, reason: "the header claims \(header.claim), the file holds \(amount)")
    }
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
    if element == .uint8 && columns == 1 { return bytes[start...].map { Int32($0) } }
    var labels: [Int32] = []
    labels.reserveCapacity(sizes[0])
    for i in 0..<sizes[0] {
      let label = number(at: i * columns)
      guard (0...Self.largestLabel).contains(label) else {
        throw FileError(
          path: path, reason: "label \(label) of image \(i + 1); classes go from 0 to \(Self.largestLabel)")
      }
      labels.append(Int32(label))
    }
    return labels
  }

  /// One element: a big-endian number, of two's complement but for the type of images.
  private func number(at index: Int) -> Int {
    let first = start + index * element.bytes
    let bits = bytes[first..<first + element.bytes].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    switch element {
    case .uint8: return Int(bits)
    case .int8: return Int(Int8(truncatingIfNeeded: bits))
    case .int16: return Int(Int16(truncatingIfNeeded: bits))
    case .int32: return Int(Int32(truncatingIfNeeded: bits))
    }
  }
}
