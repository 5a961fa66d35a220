import KobaiFiles
import KobaiPreconditions

/// A picture in 256 grays.
public struct GrayImage: Sendable, Equatable {
  /// In pixels.
  public let width: Int
  /// In pixels.
  public let height: Int
  /// Row by row, 0 black to 255 white.
  public let pixels: [UInt8]

  /// A picture from memory, at least one pixel large.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    require(
      width > 0 && height > 0 && pixels.count == width * height, "\(pixels.count) pixels are not \(width)×\(height)")
    (self.width, self.height, self.pixels) = (width, height, pixels)
  }

  /// The widest and highest picture that is read.
  public static let largestSide = 10_000

  /// Reads a PNG file of any kind: colours become grays of the same lightness, what is transparent shows white.
  public init(png path: String) throws(ImageError) {
    let file: [UInt8]
    do { file = try readFile(path) } catch { throw .file(error) }
    self = try PNGFile.decode(file, path: path)
  }
}
