import KobaiFiles

/// The beginning of an IDX file: a magic number that says what the elements are and how many sizes follow, then the sizes
/// as big-endian 32-bit numbers (Y. LeCun, http://yann.lecun.com/exdb/mnist/).
struct IDXHeader {
  /// The types of whole numbers that the format knows; images are of the first.
  enum Element: Int {
    case uint8 = 0x08
    case int8 = 0x09
    case int16 = 0x0b
    case int32 = 0x0c

    var bytes: Int {
      switch self {
      case .uint8, .int8: 1
      case .int16: 2
      case .int32: 4
      }
    }
  }

  /// What a file is to hold.
  enum Content {
    /// Bytes with three sizes: images, height, width.
    case images
    /// Whole numbers, one for each image; or several, of which the first is the class, as in QMNIST's "idx2-int".
    case labels

    fileprivate func accepts(_ element: Element, rank: Int) -> Bool {
      switch self {
      case .images: element == .uint8 && rank == 3
      case .labels: rank == 1 || rank == 2
      }
    }

    fileprivate var needs: String {
      switch self {
      case .images: "bytes with 3 sizes need 0x00000803"
      case .labels: "labels need 0x00000801 (bytes), 0x00000c01 or 0x00000c02 (32-bit integers)"
      }
    }
  }

  /// The longest header that images or labels have, in bytes.
  static let longest = 16

  let element: Element
  let sizes: [Int]

  /// Reads the header that a file's bytes begin with.
  init(_ bytes: [UInt8], _ content: Content, path: String) throws(FileError) {
    func number(at offset: Int) -> Int { bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
    if let format = FileFormat.recognize(bytes) {
      let wayOut =
        format == .lfsPointer
        ? "git lfs pull fetches it" : format.unpacker.map { "unpack it with \($0)" } ?? "fetch it again"
      throw FileError(path: path, reason: "is \(format.name), no IDX file; \(wayOut)")
    }
    guard bytes.count >= 4 else {
      throw FileError(path: path, reason: "\(bytes.count) bytes are no IDX file; it begins with four of magic")
    }
    let magic = number(at: 0)
    let rank = magic & 0xff
    guard let element = Element(rawValue: magic >> 8), content.accepts(element, rank: rank) else {
      throw FileError(path: path, reason: "magic number 0x\(hex(magic)), but \(content.needs)")
    }
    guard bytes.count >= 4 + 4 * rank else {
      throw FileError(path: path, reason: "the file ends inside its header, after \(bytes.count) bytes")
    }
    self.element = element
    sizes = (1...rank).map { number(at: 4 * $0) }
  }

  /// Reads the header that a gzipped file's bytes begin with once they are unpacked.
  init(unpacking packed: [UInt8], _ content: Content, path: String) throws(FileError) {
    try self.init(Gzip.unpack(packed, path: path, limit: Self.longest), content, path: path)
  }

  /// Throws where a file does not have as many bytes as its header claims.
  ///
  /// - Parameters:
  ///   - held: the bytes that it has, with the header; of a gzipped one, those that were unpacked.
  ///   - isPacked: whether it is gzipped: what lies behind the bytes that are claimed was then not unpacked.
  func check(held: Int, isPacked: Bool, path: String) throws(FileError) {
    let held = held - count
    guard held == bodyCount else {
      let amount = isPacked && held > bodyCount ? "more" : "\(held)"
      throw FileError(path: path, reason: "the header claims \(claim), the file holds \(amount)")
    }
  }

  /// The number of all bytes of such a file.
  var byteCount: Int { count + bodyCount }

  /// The number of the header's own bytes.
  var count: Int { 4 + 4 * sizes.count }

  /// The number of the elements' bytes; where it does not fit into an Int, one that no file reaches.
  var bodyCount: Int {
    var count = element.bytes
    for size in sizes {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      if overflow { return .max - Self.longest - 1 }
      count = product
    }
    return count
  }

  /// The sizes in words: "60000×28×28 bytes".
  var claim: String {
    let sizes = sizes.map(String.init).joined(separator: "×")
    return element.bytes == 1 ? "\(sizes) bytes" : "\(sizes) numbers of \(element.bytes) bytes"
  }
}

private func hex(_ value: Int) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
}
