/// The width and height of a PNG picture, from the header with which its file begins
/// (https://www.w3.org/TR/png-3/#11IHDR).
struct PNGSize: Equatable {
  let width: Int
  let height: Int

  /// Nil where the bytes are no PNG file.
  init?(_ file: [UInt8]) {
    let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
    let header = signature + [0, 0, 0, 13] + Array("IHDR".utf8)
    guard file.count >= header.count + 13, file.starts(with: header) else { return nil }
    func number(at start: Int) -> Int { file[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
    (width, height) = (number(at: header.count), number(at: header.count + 4))
  }
}
