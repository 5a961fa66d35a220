import KobaiFiles

/// The SHA-256 of what a safetensors file says, kept in the file's own metadata: a flipped bit anywhere in it is found
/// when it is read.
///
/// It covers a line for each word of the metadata but itself, a line for each tensor with its name, type and sizes, and
/// then the tensors' bytes, all in the order of their names. So it stays the same where other software writes the same
/// tensors and words in another order.
struct SafetensorsDigest {
  /// The digest's key in the metadata.
  static let key = "kobai.sha256"
  /// A string as long as every digest, to compute a header's length with.
  static let placeholder = String(repeating: "0", count: 64)

  private var hash = SHA256()

  /// - Parameter tensors: by name; the bytes have to follow in this order.
  init(metadata: [String: String], _ tensors: [(name: String, type: String, shape: [Int])]) {
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) where key != Self.key {
      update("\(SafetensorsHeader.quoted(key)):\(SafetensorsHeader.quoted(value))\n")
    }
    for (name, type, shape) in tensors { update("\(SafetensorsHeader.quoted(name)):\(type)\(shape)\n") }
  }

  private mutating func update(_ line: String) { unsafe hash.update(Array(line.utf8).span.bytes) }

  /// Hashes the bytes of the next tensor.
  mutating func update(_ bytes: RawSpan) { hash.update(bytes) }

  /// The digest as 64 hexadecimal digits.
  consuming func finish() -> String { hash.hexDigest() }
}
