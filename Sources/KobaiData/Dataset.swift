import KobaiFiles
import KobaiKernels
import KobaiPreconditions

/// Images of one size with their labels, as bytes.
public struct ImageSet: Sendable {
  /// The number of images.
  public let count: Int
  /// 1 for gray images.
  public let channels: Int
  /// The height and width of each image, in pixels.
  public let size: Size2D
  /// The class of each image.
  public let labels: [UInt8]
  private let bytes: [UInt8]
  private let start: Int  // of the first pixel in `bytes`

  /// Images as they lie in an IDX file: one row of pixels after the other, one image after the other.
  init(images: IDX, labels: IDX, paths: (images: String, labels: String)) throws(FileError) {
    guard images.sizes[0] == labels.sizes[0] else {
      throw FileError(
        path: paths.labels, reason: "\(labels.sizes[0]) labels for the \(images.sizes[0]) images of \(paths.images)")
    }
    guard images.sizes[0] > 0 else { throw FileError(path: paths.images, reason: "it holds no images") }
    guard images.sizes[1] > 0, images.sizes[2] > 0 else {
      throw FileError(path: paths.images, reason: "its images have \(images.sizes[1])×\(images.sizes[2]) pixels")
    }
    (count, channels, size) = (images.sizes[0], 1, Size2D(images.sizes[1], images.sizes[2]))
    (bytes, start) = (images.bytes, images.start)
    self.labels = Array(labels.bytes[labels.start...])
  }

  /// Images from memory, `pixels` holding one after the other.
  public init(pixels: [UInt8], size: Size2D, channels: Int = 1, labels: [UInt8]) {
    require(
      pixels.count == labels.count * channels * size.area,
      "\(pixels.count) pixels do not make \(labels.count) images of \(channels)×\(size)")
    (count, self.channels, self.size, self.labels) = (labels.count, channels, size, labels)
    (bytes, start) = (pixels, 0)
  }

  /// Bytes of one image.
  public var pixelsPerImage: Int { channels * size.area }

  /// Every image's pixels, one after the other.
  public var pixels: Span<UInt8> {
    @_lifetime(borrow self) get { bytes.span.extracting(start...) }
  }
}

/// A training and a test set of images.
public struct Dataset: Sendable {
  /// Where it comes from, in a few words.
  public let name: String
  /// What to learn from.
  public let train: ImageSet
  /// What to judge by.
  public let test: ImageSet
  /// One more than the largest label.
  public let classes: Int

  /// - Throws: `FileError` where the two sets do not fit each other.
  public init(name: String, train: ImageSet, test: ImageSet, path: String) throws(FileError) {
    guard train.size == test.size else {
      throw FileError(path: path, reason: "training images are \(train.size), but test images \(test.size)")
    }
    let seen = Set(train.labels)
    if let label = test.labels.first(where: { !seen.contains($0) }) {
      throw FileError(path: path, reason: "label \(label) occurs in the test set but never in training")
    }
    (self.name, self.train, self.test) = (name, train, test)
    classes = Int(seen.max() ?? 0) + 1
  }
}

extension Dataset {
  /// SHA-256 over the size, the pixels and the labels of both sets: the same digest, the same data.
  public var sha256: String {
    var hash = SHA256()
    for set in [train, test] {
      unsafe hash.update(Array("\(set.count) \(set.channels) \(set.size) ".utf8).span.bytes)
      unsafe hash.update(set.pixels.bytes)
      unsafe hash.update(set.labels.span.bytes)
    }
    return hash.hexDigest()
  }
}
