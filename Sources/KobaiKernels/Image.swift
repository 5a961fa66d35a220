import CKernels

/// The affine map from an output pixel (x, y) to its source (x′, y′): x′ = xx·x + xy·y + x0, y′ = yx·x + yy·y + y0.
public struct AffineMap: Sendable, Equatable, BitwiseCopyable {
  /// The coefficients of x′, in pixels.
  public var xx: Float, xy: Float, x0: Float
  /// The coefficients of y′, in pixels.
  public var yx: Float, yy: Float, y0: Float

  /// The identity, but for the coefficients given.
  public init(xx: Float = 1, xy: Float = 0, x0: Float = 0, yx: Float = 0, yy: Float = 1, y0: Float = 0) {
    (self.xx, self.xy, self.x0) = (xx, xy, x0)
    (self.yx, self.yy, self.y0) = (yx, yy, y0)
  }
}

/// How an image is moved by whole pixels: the output's pixel (x, y) comes from (x + this.x, y + this.y); of an image that is
/// flipped, from (width − 1 − x + this.x, y + this.y).
public struct ImageShift: Sendable, Equatable, BitwiseCopyable {
  /// How far to the right and below the output's pixels come from, in pixels.
  public var x: Int32, y: Int32
  private var flip: Int32

  /// Nothing is moved, but for what is given.
  public init(x: Int32 = 0, y: Int32 = 0, isFlipped: Bool = false) {
    (self.x, self.y, flip) = (x, y, isFlipped ? 1 : 0)
  }

  /// Whether left and right are exchanged.
  public var isFlipped: Bool { flip != 0 }
}

/// What lies beyond the edge of an image that is moved, by torchvision's names.
public enum ImagePadding: String, Sendable, CaseIterable, Codable {
  /// Black: byte 0.
  case constant
  /// The nearest pixel.
  case edge
  /// The image in a mirror that stands on its outermost pixels, which are not repeated.
  case reflect
  /// The image in a mirror that stands beside its outermost pixels.
  case symmetric

  /// How far it reaches beyond the edges of an image at most; nil where it has no end.
  package func reach(of size: Size2D) -> Int? {
    let side = min(size.height, size.width)
    return switch self {
    case .constant, .edge: nil
    case .reflect: side - 1
    case .symmetric: side
    }
  }

  fileprivate var raw: ck_image_padding {
    switch self {
    case .constant: CK_PADDING_CONSTANT
    case .edge: CK_PADDING_EDGE
    case .reflect: CK_PADDING_REFLECT
    case .symmetric: CK_PADDING_SYMMETRIC
    }
  }
}

/// A rectangle of pixels, which may reach beyond the image.
public struct ImagePatch: Sendable, Equatable, BitwiseCopyable {
  /// The leftmost column and the top row.
  public var x: Int32, y: Int32
  /// The size in pixels.
  public var width: Int32, height: Int32

  /// A rectangle with its left upper corner at (x, y).
  public init(x: Int32, y: Int32, width: Int32, height: Int32) {
    (self.x, self.y, self.width, self.height) = (x, y, width, height)
  }
}

extension Kernels {
  /// A batch of images as floats: out[i] = images[index[i]] · scale + offset.
  ///
  /// - Parameters:
  ///   - images: the bytes of all images, one after the other.
  ///   - pixels: bytes of one image.
  ///   - index: which image goes where in the batch.
  ///   - scale: what each byte is multiplied by.
  ///   - offset: what is then added.
  ///   - out: (index.count, pixels)
  public func gatherImages(
    _ images: Span<UInt8>, pixels: Int, index: Span<Int32>, scale: Float = 1 / 255, offset: Float = 0,
    into out: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let (scale, offset): (InlineArray<1, Float>, InlineArray<1, Float>) = ([scale], [offset])
    try gatherImages(
      images, channels: 1, plane: pixels, index: index, scale: scale.span, offset: offset.span, into: out)
  }

  /// The same with a scale and an offset for each channel.
  ///
  /// - Parameters:
  ///   - images: the bytes of all images, one after the other, of each one channel after the other.
  ///   - channels: the number of channels.
  ///   - plane: bytes of one channel.
  ///   - index: which image goes where in the batch.
  ///   - scale: (channels) what each byte is multiplied by.
  ///   - offset: (channels) what is then added.
  ///   - out: (index.count, channels, plane)
  public func gatherImages(
    _ images: Span<UInt8>, channels: Int, plane: Int, index: Span<Int32>, scale: Span<Float>, offset: Span<Float>,
    into out: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks("image gather")
    let pixels = channels *| plane
    try checks.require(channels > 0 && plane > 0, "images of \(pixels) pixels: the size must be positive")
    try checks.range("index", index, below: images.count / pixels)
    try checks.count("scale", scale.count, channels)
    try checks.count("offset", offset.count, channels)
    try checks.count("out", out.count, index.count *| pixels)
    let target = unsafe out.pointer()
    unsafe withContext {
      unsafe ck_image_gather(
        $0, index.count, channels, plane, images.pointer, index.pointer, scale.pointer, offset.pointer, target)
    }
  }

  /// The same, each image moved by whole pixels.
  ///
  /// - Parameters:
  ///   - images: the bytes of all images, one after the other, of each one channel after the other.
  ///   - channels: the number of channels.
  ///   - size: the height and width of an image.
  ///   - index: which image goes where in the batch.
  ///   - shifts: (index.count) how each is moved.
  ///   - padding: what lies beyond the edge. What a mirror does not show is as the farthest pixel in it.
  ///   - erased: (index.count) where `out` becomes 0 in each image; or nothing.
  ///   - scale: (channels) what each byte is multiplied by.
  ///   - offset: (channels) what is then added.
  ///   - out: (index.count, channels, height, width)
  public func moveImages(
    _ images: Span<UInt8>, channels: Int, size: Size2D, index: Span<Int32>, shifts: Span<ImageShift>,
    padding: ImagePadding = .constant, erased: Span<ImagePatch>, scale: Span<Float>, offset: Span<Float>,
    into out: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks("image move")
    try checks.count("shifts", shifts.count, index.count)
    try checks.images(images, channels, size, index, erased.count, scale, offset, out.count)
    let target = unsafe out.pointer()
    unsafe withContext {
      unsafe ck_image_move(
        $0, index.count, channels, size.height, size.width, images.pointer, index.pointer,
        shifts.pointer(as: ck_image_shift.self), padding.raw, erased.pointer(as: ck_image_patch.self), scale.pointer,
        offset.pointer, target)
    }
  }

  /// The same, each image resampled bilinearly through its own map; beyond the edge lies byte 0.
  ///
  /// - Parameters:
  ///   - images: the bytes of all images, one after the other, of each one channel after the other.
  ///   - channels: the number of channels.
  ///   - size: the height and width of an image.
  ///   - index: which image goes where in the batch.
  ///   - maps: (index.count) from the pixels of `out` to those of the image.
  ///   - erased: (index.count) where `out` becomes 0 in each image; or nothing.
  ///   - scale: (channels) what each byte is multiplied by.
  ///   - offset: (channels) what is then added.
  ///   - out: (index.count, channels, height, width)
  public func warpImages(
    _ images: Span<UInt8>, channels: Int, size: Size2D, index: Span<Int32>, maps: Span<AffineMap>,
    erased: Span<ImagePatch>, scale: Span<Float>, offset: Span<Float>, into out: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks("image warp")
    try checks.count("maps", maps.count, index.count)
    try checks.images(images, channels, size, index, erased.count, scale, offset, out.count)
    let target = unsafe out.pointer()
    unsafe withContext {
      unsafe ck_image_warp(
        $0, index.count, channels, size.height, size.width, images.pointer, index.pointer,
        maps.pointer(as: ck_affine_map.self), erased.pointer(as: ck_image_patch.self), scale.pointer, offset.pointer,
        target)
    }
  }

  /// x[i][c][p] = (x[i][c][p] − mean[c]) / deviation[c], in place: samples of mean 0 and deviation 1 in each channel, or in
  /// each column of a table.
  ///
  /// - Parameters:
  ///   - x: (samples, channels, plane), as many samples as there are.
  ///   - plane: the numbers of one channel of one sample; 1 for a table.
  ///   - mean: (channels)
  ///   - deviation: (channels)
  public func standardize(
    _ x: consuming MutableSpan<Float>, plane: Int, mean: Span<Float>, deviation: Span<Float>
  ) throws(KernelError) {
    let checks = Checks("standardization")
    try checks.planes(0, mean.count, plane)
    try checks.count("deviation", deviation.count, mean.count)
    let (count, sample) = (x.count, mean.count *| plane)
    try checks.require(count % sample == 0, "\(count) numbers are no samples of \(mean.count)×\(plane)")
    let target = unsafe x.pointer()
    unsafe withContext {
      unsafe ck_standardize($0, count / sample, mean.count, plane, mean.pointer, deviation.pointer, target)
    }
  }
}

extension Checks {
  /// What the kernels that move and warp images need alike.
  fileprivate func images(
    _ images: Span<UInt8>, _ channels: Int, _ size: Size2D, _ index: Span<Int32>, _ erased: Int, _ scale: Span<Float>,
    _ offset: Span<Float>, _ out: Int
  ) throws(KernelError) {
    let pixels = channels *| size.area
    try require(
      channels > 0 && size.height > 0 && size.width > 0, "images of \(channels)×\(size): sizes must be positive")
    try range("index", index, below: images.count / pixels)
    if erased > 0 { try count("erased", erased, index.count) }
    try count("scale", scale.count, channels)
    try count("offset", offset.count, channels)
    try count("out", out, index.count *| pixels)
  }
}

extension Span where Element: BitwiseCopyable {
  /// Its elements as C's, which they are field by field; nil where there are none. The tests check the layouts.
  @unsafe fileprivate func pointer<C>(as type: C.Type) -> UnsafePointer<C>? {
    guard !isEmpty else { return nil }
    return unsafe withUnsafeBytes { unsafe $0.baseAddress?.assumingMemoryBound(to: C.self) }
  }
}
