import KobaiFiles

extension Network {
  /// Every tensor that makes up the network's state, under PyTorch's names: parameters, then running statistics.
  public var namedTensors: [(name: String, tensor: Tensor)] {
    parameters.all.map { ($0.name, $0.value) } + buffers.map { ($0.name, $0.value) }
  }

  /// SHA-256 over the bits of all tensors, in order. Two trainings that end with the same digest did exactly the same.
  public var weightsSHA256: String {
    var hash = SHA256()
    for (_, tensor) in namedTensors { unsafe hash.update(tensor.span.bytes) }
    return hash.hexDigest()
  }

  /// Writes all tensors to a safetensors file, which PyTorch's `safetensors.torch.load_file` reads.
  ///
  /// - Parameters:
  ///   - path: the file; one that is there is replaced.
  ///   - metadata: words to keep with them.
  /// - Throws: `FileError`; the file that was there stays whole.
  public func save(to path: String, metadata: [String: String] = [:]) throws(FileError) {
    let file = try AtomicFile(path)
    let tensors = namedTensors
    let header = SafetensorsHeader(tensors.map { ($0.name, $0.tensor.shape) }, metadata: metadata)
    try file.write(header.bytes)
    for (_, tensor) in tensors { try unsafe file.write(tensor.span.bytes) }
    try file.commit()
  }
}

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
      let sizes = (0..<shape.rank).map { String(shape[$0]) }.joined(separator: ",")
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

  private static func quoted(_ text: String) -> String {
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
