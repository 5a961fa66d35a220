import KobaiFiles

/// An array of bytes as MNIST is stored: a magic number, the sizes as big-endian 32-bit numbers, the elements
/// (Y. LeCun, http://yann.lecun.com/exdb/mnist/).
struct IDX {
  /// The whole file; the elements start at `start`.
  let bytes: [UInt8]
  let start: Int
  let sizes: [Int]

  /// Reads a file, plain or gzipped.
  ///
  /// - Parameter rank: how many sizes the array must have.
  init(path: String, rank: Int) throws(FileError) {
    let bytes = try readFile(path)
    try self.init(Gzip.isGzip(bytes) ? Gzip.unpack(bytes, path: path) : bytes, rank: rank, path: path)
  }

  init(_ bytes: [UInt8], rank: Int, path: String) throws(FileError) {
    func number(at offset: Int) -> Int { bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
    guard bytes.count >= 4 else {
      throw FileError(path: path, reason: "\(bytes.count) bytes are no IDX file; it begins with four of magic")
    }
    let wanted = 0x0800 | rank
    let magic = number(at: 0)
    guard magic == wanted else {
      throw FileError(
        path: path, reason: "magic number 0x\(hex(magic)), but bytes with \(rank) sizes need 0x\(hex(wanted))")
    }
    let start = 4 + 4 * rank
    guard bytes.count >= start else {
      throw FileError(path: path, reason: "the file ends inside its header, after \(bytes.count) bytes")
    }
    sizes = (1...rank).map { number(at: 4 * $0) }
    let stated = sizes.map(String.init).joined(separator: "×")
    var count = 1
    for size in sizes {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow else {
        throw FileError(path: path, reason: "the header claims \(stated) bytes, the file holds \(bytes.count - start)")
      }
      count = product
    }
    guard count == bytes.count - start else {
      throw FileError(path: path, reason: "the header claims \(stated) bytes, the file holds \(bytes.count - start)")
    }
    (self.bytes, self.start) = (bytes, start)
  }
}

private func hex(_ value: Int) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
}
