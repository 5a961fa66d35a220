import Foundation

/// Small JPEG files, written by Pillow 12:
///
///     gray = numpy.zeros((16, 32), numpy.uint8)
///     gray[:8, :16], gray[:8, 16:], gray[8:, :16], gray[8:, 16:] = 40, 100, 160, 220
///     Image.fromarray(gray).save(f, "JPEG", optimize=True, quality=95)
///     color = numpy.full((16, 16, 3), (200, 60, 30), numpy.uint8)
public enum JPEGFixture {
  public static let gray = bytes(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsI"
      + "CQoKCgoKBggLDAsKDAkKCgr/wAALCAAQACABAREA/8QAFgABAQEAAAAAAAAAAAAAAAAAAAgJ/8QAFBABAAAAAAAAAAAAAAAA"
      + "AAAAAP/aAAgBAQAAPwDJ8XgLwF4D/9k=")
  /// The same picture, with its detail in several scans.
  public static let progressive = bytes(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsI"
      + "CQoKCgoKBggLDAsKDAkKCgr/wgALCAAQACABAREA/8QAFgABAQEAAAAAAAAAAAAAAAAAAAcI/9oACAEBAAAAAcnrwvC8P//E"
      + "ABQQAQAAAAAAAAAAAAAAAAAAADD/2gAIAQEAAQUCD//EABQQAQAAAAAAAAAAAAAAAAAAADD/2gAIAQEABj8CD//EABQQAQAA"
      + "AAAAAAAAAAAAAAAAADD/2gAIAQEAAT8hD//aAAgBAQAAABAA/8QAFBABAAAAAAAAAAAAAAAAAAAAMP/aAAgBAQABPxAP/9k=")
  public static let color = bytes(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsI"
      + "CQoKCgoKBggLDAsKDAkKCgr/2wBDAQICAgICAgUDAwUKBwYHCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoK"
      + "CgoKCgoKCgoKCgoKCgr/wAARCAAQABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAf/xAAUEAEAAAAAAAAAAAAA"
      + "AAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAACAn/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCDgDGpA//Z")
  /// A picture in cyan, magenta, yellow and black.
  public static let print = bytes(
    "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAQCwwODAoQDg0OEhEQExgoGhgWFhgxIyUdKDozPTw5Mzg3QEhcTkBEV0U3OFBtUVdf"
      + "YmdoZz5NcXlwZHhcZWdj/8AAFAgAEAAQBEMRAE0RAFkRAEsRAP/EABYAAQEBAAAAAAAAAAAAAAAAAAAGB//EABQQAQAAAAAA"
      + "AAAAAAAAAAAAAAD/2gAOBEMATQBZAEsAAD8ApE6jmgAAAAP/2Q==")

  private static func bytes(_ base64: String) -> [UInt8] { [UInt8](Data(base64Encoded: base64)!) }

  /// EXIF's fields with an orientation, behind another tag (the camera's maker).
  public static func exif(orientation: Int, isLittleEndian: Bool) -> [UInt8] {
    func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
      isLittleEndian ? value.littleEndianBytes : value.bigEndianBytes
    }
    func short(_ value: Int) -> [UInt8] { bytes(UInt16(value)) }
    func long(_ value: Int) -> [UInt8] { bytes(UInt32(value)) }
    let shortType = 3
    let maker = short(0x010f) + short(2) + long(4) + Array("abc\0".utf8)
    let entry = short(0x0112) + short(shortType) + long(1) + short(orientation) + [0, 0]
    return Array((isLittleEndian ? "II" : "MM").utf8) + short(42) + long(8) + short(2) + maker + entry + long(0)
  }

  /// The gray file with such a segment, behind a comment.
  public static func gray(exif: [UInt8]) -> [UInt8] {
    func segment(_ marker: UInt8, _ contents: [UInt8]) -> [UInt8] {
      let size = contents.count + 2
      return [0xff, marker, UInt8(size >> 8), UInt8(size & 0xff)] + contents
    }
    return gray.prefix(2) + segment(0xfe, Array("a comment".utf8)) + segment(0xe1, Array("Exif\0\0".utf8) + exif)
      + gray.dropFirst(2)
  }
}
