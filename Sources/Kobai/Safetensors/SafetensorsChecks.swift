extension SafetensorsFile {
  /// Bytes of an element of each type that the format knows.
  private static let sizes = [
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U64": 8, "U32": 4, "U16": 2,
    "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1,
  ]

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
      guard let size = sizes[entry.type] else { return "\(name) has the unknown type \(entry.type)" }
      guard offsets.upperBound <= bytes else {
        return "\(name) ends at byte \(offsets.upperBound) of \(bytes)"
      }
      var count = size
      for axis in entry.shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: axis)
        guard axis >= 0, !overflow else { return "\(name) has the shape \(text(entry.shape))" }
        count = product
      }
      guard count == offsets.count else {
        return "\(name), \(text(entry.shape)) of \(entry.type), needs \(count) bytes and has \(offsets.count)"
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
