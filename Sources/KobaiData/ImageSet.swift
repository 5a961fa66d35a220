import KobaiFiles
import KobaiKernels
import KobaiPreconditions

/// Images of one size with their labels, as bytes. They lie in an array, or in a file that is mapped into memory.
public struct ImageSet: Sendable {
  /// The number of images.
  public let count: Int
  /// The number of channels: 1 for gray images.
  public let channels: Int
  /// The height and width of each image, in pixels.
  public let size: Size2D
  /// The class of each image.
  public let labels: [Int32]
  /// One more than the largest label, or 1 where there is none.
  public let classes: Int
  private let storage: ByteStorage
  private let start: Int  // the index of the first pixel in the storage

  /// Some of the images that lie in memory or in a file, from the pixel `start` on; several sets share one storage.
  init(_ storage: ByteStorage, from start: Int, size: Size2D, channels: Int, labels: [Int32]) {
    require(start +| labels.count *| channels *| size.area <= storage.count, "\(storage.count) pixels end too early")
    (count, self.channels, self.size, self.labels) = (labels.count, channels, size, labels)
    (self.storage, self.start) = (storage, start)
    classes = 1 + Int(labels.max() ?? 0)
    require(labels.allSatisfy { $0 >= 0 }, "a label is negative; classes count from 0")
  }

  /// Images as they lie in an IDX file: one row of pixels after the other, one image after the other.
  init(images: IDX, labels: [Int32], paths: (images: String, labels: String)) throws(FileError) {
    guard images.sizes[0] == labels.count else {
      throw FileError(
        path: paths.labels, reason: "\(labels.count) labels for the \(images.sizes[0]) images of \(paths.images)")
    }
    try Self.check(images, path: paths.images)
    self.init(
      images.storage, from: images.start, size: Size2D(images.sizes[1], images.sizes[2]), channels: 1, labels: labels)
  }

  /// Images from memory.
  ///
  /// - Parameters:
  ///   - pixels: one image after the other, of each one channel after the other, row by row.
  ///   - size: the height and width of an image.
  ///   - channels: the number of channels.
  ///   - labels: the class of each image, from 0 on.
  public init(pixels: [UInt8], size: Size2D, channels: Int = 1, labels: [Int32]) {
    self.init(.array(pixels), from: 0, size: size, channels: channels, labels: labels)
    require(
      pixels.count == labels.count *| channels *| size.area,
      "\(pixels.count) pixels do not make \(labels.count) images of \(channels)×\(size)")
  }

  /// Images of an IDX file without labels; each is given the class 0.
  ///
  /// - Parameters:
  ///   - path: the file, plain or gzipped.
  ///   - storage: where the pixels go.
  public static func load(
    images path: String, storage: ImageStorage = ImageStorage()
  ) throws(FileError) -> ImageSet {
    let images = try IDX(path: path, .images, storage)
    try check(images, path: path)
    return try ImageSet(
      images: images, labels: [Int32](repeating: 0, count: images.sizes[0]), paths: (images: path, labels: path))
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
    @_lifetime(borrow self) get {
      let range = start..<start + count * pixelsPerImage
      return unsafe _overrideLifetime(storage.span.extracting(range), borrowing: self)
    }
  }

  /// The pixels of one image, one channel after the other, row by row.
  public func pixels(of image: Int) -> [UInt8] {
    require(image >= 0 && image < count, "image \(image) of \(count)")
    let pixels = self.pixels
    return (0..<pixelsPerImage).map { pixels[image * pixelsPerImage + $0] }
  }

  /// The pixels of one image row by row, each with all of its channels, as pictures in files have them.
  package func interleavedPixels(of image: Int) -> [UInt8] {
    let planes = pixels(of: image)
    return planes.indices.map { planes[$0 % channels * size.area + $0 / channels] }
  }

  /// Every image mirrored on its diagonal: rows become columns.
  public func transposed() -> ImageSet {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(count * pixelsPerImage)
    for first in stride(from: 0, to: count, by: Self.imagesAtOnce) {
      pixels += transposedPixels(first..<min(first + Self.imagesAtOnce, count))
    }
    return transposed(.array(pixels))
  }

  /// The same where so many pixels as `storage` says go into a file of the cache.
  ///
  /// - Parameter path: the file that the images were read from.
  func transposed(_ storage: ImageStorage, of path: String) throws(FileError) -> ImageSet {
    let bytes = count * pixelsPerImage
    guard bytes > storage.memoryLimit else { return transposed() }
    let file = try CacheFile<PlainContents>(
      folder: storage.cache, kind: "pixels", request: "transposed \(channels) \(size)\n\(path)", sources: [path])
    let made = try file.findOrMake(reserving: bytes) { (file) throws(FileError) in
      for first in stride(from: 0, to: count, by: Self.imagesAtOnce) {
        try file.write(transposedPixels(first..<min(first + Self.imagesAtOnce, count)))
      }
      return PlainContents(count: bytes)
    }
    return transposed(.file(made.file))
  }

  private static let imagesAtOnce = 1024

  private func transposed(_ storage: ByteStorage) -> ImageSet {
    ImageSet(storage, from: 0, size: Size2D(size.width, size.height), channels: channels, labels: labels)
  }

  private func transposedPixels(_ images: Range<Int>) -> [UInt8] {
    let (height, width) = (size.height, size.width)
    let source = pixels.extracting(images.lowerBound * pixelsPerImage..<images.upperBound * pixelsPerImage)
    var transposed = [UInt8](repeating: 0, count: source.count)
    var target = transposed.mutableSpan
    for plane in 0..<images.count * channels {
      let first = plane * height * width
      for y in 0..<height {
        for x in 0..<width { target[first + x * height + y] = source[first + y * width + x] }
      }
    }
    return transposed
  }

  /// A copy of some of the images.
  func selecting(_ indices: [Int32]) -> ImageSet {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(indices.count * pixelsPerImage)
    let pixels = self.pixels
    for i in indices {
      let first = Int(i) * pixelsPerImage
      for p in first..<first + pixelsPerImage { bytes.append(pixels[p]) }
    }
    return ImageSet(
      pixels: bytes, size: size, channels: channels, labels: indices.map { labels[Int($0)] })
  }

  /// The same images with other labels.
  func labeled(_ labels: [Int32]) -> ImageSet {
    require(labels.count == count, "\(labels.count) labels for \(count) images")
    return ImageSet(storage, from: start, size: size, channels: channels, labels: labels)
  }
}

/// Images as inputs: pixels from 0 to 1, unless ``Batches`` normalise them.
extension ImageSet: SampleSource {
  /// The shape of one image: channels, height and width.
  public var inputShape: [Int] { [channels, size.height, size.width] }
  /// One class for each image.
  public var targetFormat: TargetFormat { .classes(classes) }

  public func loadInputs(
    _ index: Span<Int32>, into inputs: consuming MutableSpan<Float>, on kernels: Kernels
  ) throws {
    try kernels.gatherImages(pixels, pixels: pixelsPerImage, index: index, into: inputs)
  }

  public func loadClasses(_ index: Span<Int32>, into classes: consuming MutableSpan<Int32>) {
    for i in index.indices { classes[i] = labels[Int(index[i])] }
  }
}
