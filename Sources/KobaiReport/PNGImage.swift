import CZlib
import Foundation
import KobaiPreconditions

/// A picture in gray or in colours as a PNG file, for SVG documents, reports and event files.
public struct PNGImage: Sendable, Equatable {
  /// The width in pixels.
  public let width: Int
  /// The height in pixels.
  public let height: Int
  /// The file's bytes.
  public let bytes: [UInt8]

  /// A picture of `width` × `height` pixels, row by row: 0 is black, 255 white.
  public init(width: Int, height: Int, gray pixels: [UInt8]) {
    self.init(width: width, height: height, channels: 1, pixels)
  }

  /// A picture of `width` × `height` pixels in colours, row by row, of each pixel red, green and blue.
  public init(width: Int, height: Int, rgb pixels: [UInt8]) {
    self.init(width: width, height: height, channels: 3, pixels)
  }

  private init(width: Int, height: Int, channels: Int, _ pixels: [UInt8]) {
    require(
      pixels.count == width * height * channels,
      "\(pixels.count) bytes are not \(width)×\(height) pixels of \(channels)")
    (self.width, self.height) = (width, height)
    // Each row begins with its filter: 0, none.
    let row = width * channels
    let raw = (0..<height).flatMap { [0] + pixels[$0 * row..<($0 + 1) * row] }
    var file: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
    let kind: UInt8 = channels == 1 ? 0 : 2  // gray, or colours
    Self.append("IHDR", Self.number(width) + Self.number(height) + [8, kind, 0, 0, 0], to: &file)  // of 8 bits
    Self.append("IDAT", Self.deflated(raw), to: &file)
    Self.append("IEND", [], to: &file)
    bytes = file
  }

  /// The same from other values: `black` becomes 0, `white` 255. Unless given, they are the smallest and the largest value.
  public init(width: Int, height: Int, values: [Float], black: Float? = nil, white: Float? = nil) {
    self.init(width: width, height: height, planes: values, channels: 1, black: black, white: white)
  }

  /// The same from values of one channel, or of red, green and blue, one plane after the other.
  package init(
    width: Int, height: Int, planes values: [Float], channels: Int, black: Float? = nil, white: Float? = nil
  ) {
    let (black, white) = (black ?? values.min() ?? 0, white ?? values.max() ?? 1)
    let scale = white == black ? 0 : 255 / (white - black)
    let bytes = values.map { value in value.isNaN ? 0 : UInt8(min(max((value - black) * scale, 0), 255).rounded()) }
    let plane = width * height
    self.init(
      width: width, height: height, channels: channels,
      bytes.indices.map { bytes[$0 % channels * plane + $0 / channels] })
  }

  /// The picture inside a link, for pages that are one file.
  public var dataURL: String { "data:image/png;base64,\(Data(bytes).base64EncodedString())" }

  private static func number(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
  }

  /// A chunk: length, name, contents, and a checksum of the last two.
  private static func append(_ name: String, _ contents: [UInt8], to file: inout [UInt8]) {
    let body = Array(name.utf8) + contents
    let sum = unsafe body.withUnsafeBufferPointer { unsafe crc32(0, $0.baseAddress, UInt32($0.count)) }
    file += number(contents.count) + body + number(Int(sum))
  }

  private static func deflated(_ raw: [UInt8]) -> [UInt8] {
    var size = compressBound(UInt(raw.count))
    var packed = [UInt8](repeating: 0, count: Int(size))
    let status = unsafe raw.withUnsafeBufferPointer { from in
      unsafe packed.withUnsafeMutableBufferPointer { to in
        unsafe compress2(to.baseAddress, &size, from.baseAddress, UInt(from.count), 9)
      }
    }
    require(status == Z_OK, "zlib cannot compress \(raw.count) bytes")
    return Array(packed[..<Int(size)])
  }
}
