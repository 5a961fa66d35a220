import CKernels

/// The sizes of a 2-D pooling; `planes` is batch · channels.
public struct Pool2DShape: Sendable, Equatable {
  /// Images · channels, and each one's height and width in pixels.
  public var planes: Int, input: Size2D
  /// A window's sides, the pixels from one to the next, and the pixels of padding on each side.
  public var window: Size2D, stride: Size2D, padding: Size2D = 0

  /// The stride is the window's size unless given, so that windows lie side by side.
  public init(planes: Int, input: Size2D, window: Size2D, stride: Size2D? = nil, padding: Size2D = 0) {
    (self.planes, self.input, self.window) = (planes, input, window)
    (self.stride, self.padding) = (stride ?? window, padding)
  }

  /// The output's height and width; nothing where the stride is not positive.
  public var output: Size2D {
    guard stride.height > 0, stride.width > 0 else { return 0 }
    return Size2D(
      (input.height +| 2 *| padding.height -| window.height) / stride.height +| 1,
      (input.width +| 2 *| padding.width -| window.width) / stride.width +| 1)
  }
  /// Elements of the input (planes, height, width).
  public var inputCount: Int { planes *| input.area }
  /// Elements of the output (planes, output height, output width).
  public var outputCount: Int { planes *| output.area }
  /// The bytes of max pooling's indices: one for each element of the output, or four where windows have more than 256
  /// elements.
  public var argmaxCount: Int {
    var pool = raw
    return unsafe outputCount *| ck_pool2d_index_bytes(&pool)
  }

  func check(_ checks: Checks) throws(KernelError) {
    try checks.require(
      planes >= 0 && input.height > 0 && input.width > 0, "\(planes) planes of \(input): sizes must be positive")
    try checks.require(
      window.height > 0 && window.width > 0 && stride.height > 0 && stride.width > 0,
      "window \(window) and stride \(stride) must be positive")
    try checks.require(
      padding.height >= 0 && padding.width >= 0 && 2 *| padding.height <= window.height
        && 2 *| padding.width <= window.width, "padding \(padding) must be at most half the window \(window)")
    try checks.require(
      window.height <= input.height +| 2 *| padding.height && window.width <= input.width +| 2 *| padding.width,
      "\(window) window exceeds its \(input) input with padding \(padding)")
  }

  var raw: ck_pool2d {
    ck_pool2d(
      height: input.height, width: input.width, window_height: window.height, window_width: window.width,
      stride_height: stride.height, stride_width: stride.width, pad_height: padding.height,
      pad_width: padding.width)
  }
}

extension Kernels {
  /// y = the largest element of each window. `argmax` is filled with its index, counted row by row inside the window:
  /// ``Pool2DShape/argmaxCount`` bytes.
  public func maxPool2DForward(
    _ shape: Pool2DShape, _ x: Span<Float>, into y: consuming MutableSpan<Float>,
    argmax: consuming MutableSpan<UInt8>
  ) throws(KernelError) {
    let checks = Checks("max pool forward")
    try shape.check(checks)
    try checks.count("x", x.count, shape.inputCount)
    try checks.count("y", y.count, shape.outputCount)
    try checks.count("argmax", argmax.count, shape.argmaxCount)
    var pool = shape.raw
    let (target, indices) = unsafe (y.pointer(), argmax.pointer())
    unsafe withContext { unsafe ck_max_pool2d_forward($0, &pool, shape.planes, x.pointer, target, indices) }
  }

  /// dx = for each pixel the sum of the dy whose windows have their largest element there. `argmax` is what the forward pass
  /// of the same shape filled.
  public func maxPool2DBackward(
    _ shape: Pool2DShape, _ dy: Span<Float>, argmax: Span<UInt8>, into dx: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks("max pool backward")
    try shape.check(checks)
    try checks.count("dy", dy.count, shape.outputCount)
    try checks.count("argmax", argmax.count, shape.argmaxCount)
    try checks.count("dx", dx.count, shape.inputCount)
    var pool = shape.raw
    let target = unsafe dx.pointer()
    unsafe withContext { unsafe ck_max_pool2d_backward($0, &pool, shape.planes, dy.pointer, argmax.pointer, target) }
  }

  /// y = the mean of each window, padding counted as zeros.
  public func averagePool2DForward(
    _ shape: Pool2DShape, _ x: Span<Float>, into y: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks("average pool forward")
    try shape.check(checks)
    try checks.count("x", x.count, shape.inputCount)
    try checks.count("y", y.count, shape.outputCount)
    var pool = shape.raw
    let target = unsafe y.pointer()
    unsafe withContext { unsafe ck_average_pool2d_forward($0, &pool, shape.planes, x.pointer, target) }
  }

  /// dx = the dy, each spread evenly over its window.
  public func averagePool2DBackward(
    _ shape: Pool2DShape, _ dy: Span<Float>, into dx: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks("average pool backward")
    try shape.check(checks)
    try checks.count("dy", dy.count, shape.outputCount)
    try checks.count("dx", dx.count, shape.inputCount)
    var pool = shape.raw
    let target = unsafe dx.pointer()
    unsafe withContext { unsafe ck_average_pool2d_backward($0, &pool, shape.planes, dy.pointer, target) }
  }

  /// y = the mean of each window of an adaptive pooling.
  public func adaptiveAveragePool2DForward(
    _ shape: AdaptivePool2DShape, _ x: Span<Float>, into y: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks("adaptive average pool forward")
    try shape.check(checks)
    try checks.count("x", x.count, shape.inputCount)
    try checks.count("y", y.count, shape.outputCount)
    var pool = shape.raw
    let target = unsafe y.pointer()
    unsafe withContext { unsafe ck_adaptive_average_pool2d_forward($0, &pool, shape.planes, x.pointer, target) }
  }

  /// dx = the dy, each spread evenly over its window.
  public func adaptiveAveragePool2DBackward(
    _ shape: AdaptivePool2DShape, _ dy: Span<Float>, into dx: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks("adaptive average pool backward")
    try shape.check(checks)
    try checks.count("dy", dy.count, shape.outputCount)
    try checks.count("dx", dx.count, shape.inputCount)
    var pool = shape.raw
    let target = unsafe dx.pointer()
    unsafe withContext { unsafe ck_adaptive_average_pool2d_backward($0, &pool, shape.planes, dy.pointer, target) }
  }
}

/// The sizes of a pooling to a given size; `planes` is batch · channels. As in PyTorch, output i of n along an axis is the
/// mean of what lies from ⌊i · size / n⌋ up to, not including, ⌈(i + 1) · size / n⌉.
public struct AdaptivePool2DShape: Sendable, Equatable {
  /// Images · channels, and each one's height and width in pixels.
  public var planes: Int, input: Size2D
  /// The output's height and width.
  public var output: Size2D

  /// Pools each plane to the given size.
  public init(planes: Int, input: Size2D, output: Size2D) {
    (self.planes, self.input, self.output) = (planes, input, output)
  }

  /// Elements of the input (planes, height, width).
  public var inputCount: Int { planes *| input.area }
  /// Elements of the output (planes, output height, output width).
  public var outputCount: Int { planes *| output.area }

  fileprivate func check(_ checks: Checks) throws(KernelError) {
    try checks.require(
      planes >= 0 && input.height > 0 && input.width > 0 && output.height > 0 && output.width > 0,
      "\(planes) planes of \(input) to \(output): sizes must be positive")
  }

  fileprivate var raw: ck_adaptive_pool2d {
    ck_adaptive_pool2d(height: input.height, width: input.width, out_height: output.height, out_width: output.width)
  }
}
