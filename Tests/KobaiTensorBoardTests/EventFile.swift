import KobaiFiles
import Testing

@testable import KobaiTensorBoard

/// The events of a file, checked record by record: lengths, checksums, and nothing after the last one.
func readEvents(_ path: String) throws -> [LogEvent] {
  let bytes = try readFile(path)
  func number(_ start: Int, _ count: Int) throws -> UInt64 {
    try #require(start + count <= bytes.count, "half a record at \(start)")
    return bytes[start..<start + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
  func expectChecksum(at start: Int, of range: Range<Int>) throws {
    // The masking undone, the other way round than TFRecord does it.
    let turned = UInt32(try number(start, 4)) &- 0xa282_ead8
    #expect(turned << 15 | turned >> 17 == CRC32C.checksum(bytes[range]))
  }
  var events: [LogEvent] = []
  var start = 0
  while start < bytes.count {
    let data = start + 12..<start + 12 + Int(try number(start, 8))
    try expectChecksum(at: start + 8, of: start..<start + 8)
    try expectChecksum(at: data.upperBound, of: data)
    events.append(try LogEvent(serializedBytes: Array(bytes[data])))
    start = data.upperBound + 4
  }
  return events
}

/// 3 × 2 pixels of 8-bit gray, made with Python's zlib: rows 00 40 80 and c0 e0 ff.
let tinyPNG: [UInt8] = [
  0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
  0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x02, 0x08, 0x00, 0x00, 0x00, 0x00, 0xb8, 0x1f, 0x39,
  0xc6, 0x00, 0x00, 0x00, 0x10, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x60, 0x70, 0x68, 0x60,
  0x38, 0xf0, 0xe0, 0x3f, 0x00, 0x09, 0x07, 0x03, 0x60, 0x8a, 0x77, 0x4c, 0x0a, 0x00, 0x00, 0x00,
  0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
]
