import TestSupport

/// Files of weights as other software writes them.
enum SavedWeights {
  /// The bytes of a safetensors file without its metadata, and with a part of its tensors' names replaced.
  static func silenced(_ bytes: [UInt8], _ part: String = "", as name: String = "") -> [UInt8] {
    let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    let metadata = /"__metadata__":\{("[^"\\]*(\\.[^"\\]*)*"[:,]?)*\},/
    var header = String(decoding: bytes[8..<8 + length], as: UTF8.self).replacing(metadata, with: "")
    if !part.isEmpty { header = header.replacing(part, with: name) }
    return header.utf8.count.littleEndianBytes + Array(header.utf8) + bytes[(8 + length)...]
  }
}
