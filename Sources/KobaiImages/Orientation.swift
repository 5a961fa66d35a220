/// How the stored pixels of a file are rotated and mirrored: EXIF's tag Orientation (CIPA DC-008, 4.6.4), 1 to 8.
struct Orientation: Equatable {
  /// The orientation of pixels that are stored as they are seen, 1.
  static let upright = Orientation(value: 1)
  /// The bytes before EXIF's fields in a JPEG file.
  static let exifName = Array("Exif\0\0".utf8)

  let value: Int

  init(value: Int) { self.value = (1...8).contains(value) ? value : 1 }

  /// Finds the tag in EXIF's fields, which are laid out as a TIFF file; where they are damaged, the picture is upright.
  init(tiff file: [UInt8]) { self.init(value: Self.value(tiff: file) ?? 1) }

  private static func value(tiff file: [UInt8]) -> Int? {
    let bytes = file.starts(with: exifName) ? Array(file.dropFirst(exifName.count)) : file
    guard bytes.starts(with: Array("II".utf8)) || bytes.starts(with: Array("MM".utf8)) else { return nil }
    let fields = BinaryFields(bytes, isLittleEndian: bytes[0] == UInt8(ascii: "I"))
    let (orientationTag, shortType) = (0x0112, 3)
    guard fields.integer(at: 2, bytes: 2) == 42, let directory = fields.integer(at: 4, bytes: 4),
      let count = fields.integer(at: directory, bytes: 2)
    else { return nil }
    for i in 0..<count {
      let entry = directory + 2 + 12 * i
      guard let tag = fields.integer(at: entry, bytes: 2) else { return nil }
      if tag == orientationTag, fields.integer(at: entry + 2, bytes: 2) == shortType {
        return fields.integer(at: entry + 8, bytes: 2)
      }
    }
    return nil
  }

  /// Whether rows and columns are swapped.
  var isTransposed: Bool { value >= 5 }

  /// Whether the rows, or the columns, of the stored pixels run backwards.
  var reversed: (rows: Bool, columns: Bool) {
    ([3, 4, 6, 7].contains(value), [2, 3, 7, 8].contains(value))
  }
}

extension Picture {
  /// The picture as the camera saw it.
  func upright(_ orientation: Orientation) -> Picture {
    guard orientation != .upright else { return self }
    let isTransposed = orientation.isTransposed
    let (columns, rows) = isTransposed ? (height, width) : (width, height)
    let (reversesRows, reversesColumns) = orientation.reversed
    let source = pixels.span
    var upright = [UInt8](repeating: 0, count: pixels.count)
    var next = 0
    for y in 0..<rows {
      for x in 0..<columns {
        // The pixel at (x, y) was stored at (u, v).
        var (u, v) = isTransposed ? (y, x) : (x, y)
        if reversesColumns { u = width - 1 - u }
        if reversesRows { v = height - 1 - v }
        for c in 0..<channels {
          upright[next] = source[(v * width + u) * channels + c]
          next += 1
        }
      }
    }
    return Picture(width: columns, height: rows, channels: channels, pixels: upright)
  }
}

/// Reads integers from untrusted bytes, and nothing beyond their end.
struct BinaryFields {
  private let bytes: [UInt8]
  private let isLittleEndian: Bool

  init(_ bytes: [UInt8], isLittleEndian: Bool) { (self.bytes, self.isLittleEndian) = (bytes, isLittleEndian) }

  /// The unsigned integer of `count` bytes at a position; nil where the bytes end before it does.
  func integer(at position: Int, bytes count: Int) -> Int? {
    guard position >= 0, position <= bytes.count - count else { return nil }
    let digits = bytes[position..<position + count]
    return (isLittleEndian ? Array(digits.reversed()) : Array(digits)).reduce(0) { $0 << 8 | Int($1) }
  }
}
