/// The beginning of a safetensors file: the header's length as a little-endian 64-bit number, then the header, JSON
/// that says where each tensor lies (https://huggingface.co/docs/safetensors).
struct SafetensorsHeader {
  let bytes: [UInt8]

  init(_ tensors: [(name: String, shape: Shape)], metadata: [String: String]) {
    var entries: [String] = []
    if !metadata.isEmpty {
      let words = metadata.sorted { $0.key < $1.key }.map { "\(Self.quoted($0.key)):\(Self.quoted($0.value))" }
      entries.append("\"__metadata__\":{\(words.joined(separator: ","))}")
    }
    var offset = 0
    for (name, shape) in tensors {
      let sizes = shape.array.map(String.init).joined(separator: ",")
      let end = offset + shape.count * MemoryLayout<Float>.stride
      entries.append(
        "\(Self.quoted(name)):{\"dtype\":\"F32\",\"shape\":[\(sizes)],\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var json = Array("{\(entries.joined(separator: ","))}".utf8)
    // Spaces at the end let the tensors begin on an 8-byte boundary.
    json += [UInt8](repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8)
    bytes = (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) } + json
  }

  /// A JSON string.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case let control where control.value < 0x20:
        let digits = String(control.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
