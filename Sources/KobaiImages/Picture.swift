import KobaiPreconditions

/// A picture in gray or in colours.
public struct Picture: Sendable, Equatable {
  /// The width in pixels.
  public let width: Int
  /// The height in pixels.
  public let height: Int
  /// The number of bytes of a pixel: 1 for gray, 3 for red, green and blue.
  public let channels: Int
  /// The pixels row by row, from 0, dark, to 255, light.
  public let pixels: [UInt8]

  /// A picture from memory, at least one pixel large.
  public init(width: Int, height: Int, channels: Int = 1, pixels: [UInt8]) {
    require(channels == 1 || channels == 3, "a pixel has 1 or 3 bytes, not \(channels)")
    require(
      width > 0 && height > 0 && pixels.count.isMultiple(of: width)
        && (pixels.count / width).isMultiple(of: height) && pixels.count / width / height == channels,
      "\(pixels.count) bytes are not \(width)×\(height) pixels of \(channels)")
    (self.width, self.height, self.channels, self.pixels) = (width, height, channels, pixels)
  }

  /// The picture with `factor` × `factor` pixels averaged to one; at the right and at the bottom it may be fewer.
  func reduced(by factor: Int) -> Picture {
    guard factor > 1 else { return self }
    let (columns, rows) = ((width + factor - 1) / factor, (height + factor - 1) / factor)
    var reduced = [UInt8](repeating: 0, count: columns * rows * channels)
    var sums = [Int](repeating: 0, count: columns * channels)
    let source = pixels.span
    for row in 0..<rows {
      let lines = row * factor..<min((row + 1) * factor, height)
      for i in sums.indices { sums[i] = 0 }
      for y in lines {
        let line = y * width * channels
        for column in 0..<columns {
          for x in column * factor..<min((column + 1) * factor, width) {
            for c in 0..<channels { sums[column * channels + c] += Int(source[line + x * channels + c]) }
          }
        }
      }
      for column in 0..<columns {
        let count = lines.count * (min((column + 1) * factor, width) - column * factor)
        for c in 0..<channels {
          let i = column * channels + c
          reduced[row * columns * channels + i] = UInt8((sums[i] + count / 2) / count)
        }
      }
    }
    return Picture(width: columns, height: rows, channels: channels, pixels: reduced)
  }
}
