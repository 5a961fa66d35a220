extension SafetensorsFile {
  /// The bits of an element of each type that the format has so far. The sizes of tensors of other types cannot be checked.
  private static let bits = [
    "C64": 64, "F64": 64, "I64": 64, "U64": 64, "F32": 32, "I32": 32, "U32": 32, "F16": 16, "BF16": 16, "I16": 16,
    "U16": 16, "I8": 8, "U8": 8, "BOOL": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8,
    "F8_E5M2FNUZ": 8, "F6_E2M3": 6, "F6_E3M2": 6, "F4": 4,
  ]

  /// Whether ``floats(_:)`` takes tensors of a type.
  static func isFloatingPoint(_ type: String) -> Bool { ["F32", "F16", "BF16", "F64"].contains(type) }

  /// What is wrong with the entries of a header, in front of so many bytes of tensors; nil if nothing is.
  static func problem(in entries: [String: Entry], bytes: Int) -> String? {
    let ordered = entries.sorted {
      ($0.value.offsets.lowerBound, $0.value.offsets.upperBound, $0.key)
        < ($1.value.offsets.lowerBound, $1.value.offsets.upperBound, $1.key)
    }
    var end = 0
    var before = ""
    for (name, entry) in ordered {
      let offsets = entry.offsets
      guard offsets.upperBound <= bytes else {
        return "\(name) ends at byte \(offsets.upperBound) of \(bytes)"
      }
      var count = bits[entry.type] ?? 1
      for axis in entry.shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: axis)
        guard axis >= 0, !overflow else { return "\(name) has the shape \(text(entry.shape))" }
        count = product
      }
      guard bits[entry.type] == nil || count == offsets.count * 8 else {
        let needed = count % 8 == 0 ? "\(count / 8) bytes" : "\(count) bits"
        return "\(name), \(text(entry.shape)) of \(entry.type), needs \(needed) and has \(offsets.count)"
      }
      guard offsets.lowerBound >= end else { return "\(before) and \(name) overlap" }
      guard offsets.lowerBound == end else {
        return "bytes \(end) to \(offsets.lowerBound) belong to no tensor"
      }
      (end, before) = (offsets.upperBound, name)
    }
    return end == bytes ? nil : "bytes \(end) to \(bytes) belong to no tensor"
  }

  /// A header's JSON: an entry for each name, and one for the metadata.
  struct Header: Decodable {
    var entries: [String: Entry] = [:]
    var metadata: [String: String] = [:]

    private struct Name: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init?(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    private struct RawEntry: Decodable {
      let dtype: String
      let shape: [Int]
      let offsets: [Int]
      enum CodingKeys: String, CodingKey {
        case dtype, shape
        case offsets = "data_offsets"
      }
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Name.self)
      for key in container.allKeys {
        if key.stringValue == "__metadata__" {
          metadata = try container.decode([String: String].self, forKey: key)
          continue
        }
        let raw = try container.decode(RawEntry.self, forKey: key)
        guard raw.offsets.count == 2, raw.offsets[0] >= 0, raw.offsets[0] <= raw.offsets[1] else {
          throw DecodingError.dataCorruptedError(
            forKey: key, in: container, debugDescription: "data_offsets \(raw.offsets) are no range")
        }
        entries[key.stringValue] = Entry(
          type: raw.dtype, shape: raw.shape, offsets: raw.offsets[0]..<raw.offsets[1])
      }
    }
  }
}
