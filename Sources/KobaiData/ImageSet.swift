import KobaiFiles
import KobaiKernels
import KobaiPreconditions

/// Images of one size with their labels, as bytes.
public struct ImageSet: Sendable {
  /// The number of images.
  public let count: Int
  /// The number of channels: 1 for gray images.
  public let channels: Int
  /// The height and width of each image, in pixels.
  public let size: Size2D
  /// The class of each image.
  public let labels: [UInt8]
  private let bytes: [UInt8]
  private let start: Int  // the index of the first pixel in `bytes`

  private init(_ bytes: [UInt8], start: Int, size: Size2D, channels: Int, labels: [UInt8]) {
    (count, self.channels, self.size, self.labels) = (labels.count, channels, size, labels)
    (self.bytes, self.start) = (bytes, start)
  }

  /// Images as they lie in an IDX file: one row of pixels after the other, one image after the other.
  init(images: IDX, labels: [UInt8], paths: (images: String, labels: String)) throws(FileError) {
    guard images.sizes[0] == labels.count else {
      throw FileError(
        path: paths.labels, reason: "\(labels.count) labels for the \(images.sizes[0]) images of \(paths.images)")
    }
    try Self.check(images, path: paths.images)
    self.init(
      images.bytes, start: images.start, size: Size2D(images.sizes[1], images.sizes[2]), channels: 1, labels: labels)
  }

  /// Images from memory, `pixels` holding one after the other.
  public init(pixels: [UInt8], size: Size2D, channels: Int = 1, labels: [UInt8]) {
    require(
      pixels.count == labels.count * channels * size.area,
      "\(pixels.count) pixels do not make \(labels.count) images of \(channels)×\(size)")
    self.init(pixels, start: 0, size: size, channels: channels, labels: labels)
  }

  /// Images of an IDX file without labels; each is given the class 0.
  public static func load(images path: String) throws(FileError) -> ImageSet {
    let images = try IDX(path: path, .images)
    try check(images, path: path)
    return try ImageSet(
      images: images, labels: [UInt8](repeating: 0, count: images.sizes[0]), paths: (images: path, labels: path))
  }

  private static func check(_ images: IDX, path: String) throws(FileError) {
    guard images.sizes[0] > 0 else { throw FileError(path: path, reason: "it holds no images") }
    guard images.sizes[1] > 0, images.sizes[2] > 0 else {
      throw FileError(path: path, reason: "its images have \(images.sizes[1])×\(images.sizes[2]) pixels")
    }
  }

  /// The number of bytes of one image.
  public var pixelsPerImage: Int { channels * size.area }

  /// Every image's pixels, one after the other.
  public var pixels: Span<UInt8> {
    @_lifetime(borrow self) get { bytes.span.extracting(start...) }
  }

  /// Every image mirrored on its diagonal: rows become columns.
  public func transposed() -> ImageSet {
    let (source, height, width) = (pixels, size.height, size.width)
    var transposed = [UInt8](repeating: 0, count: source.count)
    var target = transposed.mutableSpan
    for plane in 0..<count * channels {
      let first = plane * height * width
      for y in 0..<height {
        for x in 0..<width { target[first + x * height + y] = source[first + y * width + x] }
      }
    }
    return ImageSet(transposed, start: 0, size: Size2D(width, height), channels: channels, labels: labels)
  }

  /// The same images with other labels.
  func labeled(_ labels: [UInt8]) -> ImageSet {
    require(labels.count == count, "\(labels.count) labels for \(count) images")
    return ImageSet(bytes, start: start, size: size, channels: channels, labels: labels)
  }
}
