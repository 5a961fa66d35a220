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
    let pixels = channels * plane
    try checks.require(channels > 0 && plane > 0, "images of \(pixels) pixels: the size must be positive")
    try checks.range("index", index, below: images.count / pixels)
    try checks.count("scale", scale.count, channels)
    try checks.count("offset", offset.count, channels)
    try checks.count("out", out.count, index.count * pixels)
    let target = unsafe out.pointer()
    unsafe withContext {
      unsafe ck_image_gather(
        $0, index.count, channels, plane, images.pointer, index.pointer, scale.pointer, offset.pointer, target)
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
  ///   - scale: (channels) what each byte is multiplied by.
  ///   - offset: (channels) what is then added.
  ///   - out: (index.count, channels, height, width)
  public func warpImages(
    _ images: Span<UInt8>, channels: Int, size: Size2D, index: Span<Int32>, maps: Span<AffineMap>,
    scale: Span<Float>, offset: Span<Float>, into out: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks("image warp")
    let pixels = channels * size.area
    try checks.require(pixels > 0, "images of \(channels)×\(size): sizes must be positive")
    try checks.range("index", index, below: images.count / pixels)
    try checks.count("maps", maps.count, index.count)
    try checks.count("scale", scale.count, channels)
    try checks.count("offset", offset.count, channels)
    try checks.count("out", out.count, index.count * pixels)
    let target = unsafe out.pointer()
    // AffineMap is ck_affine_map, field by field; the cast is checked by the tests.
    unsafe maps.withUnsafeBytes { bytes in
      let raw = unsafe bytes.baseAddress?.assumingMemoryBound(to: ck_affine_map.self)
      unsafe withContext {
        unsafe ck_image_warp(
          $0, index.count, channels, size.height, size.width, images.pointer, index.pointer, raw, scale.pointer,
          offset.pointer, target)
      }
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
    let (count, sample) = (x.count, mean.count * plane)
    try checks.require(count % sample == 0, "\(count) numbers are no samples of \(mean.count)×\(plane)")
    let target = unsafe x.pointer()
    unsafe withContext {
      unsafe ck_standardize($0, count / sample, mean.count, plane, mean.pointer, deviation.pointer, target)
    }
  }
}
