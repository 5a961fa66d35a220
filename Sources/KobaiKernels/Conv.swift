import CKernels

/// The post-operation of a convolution: what is applied to its outputs in the same pass, while they are in the cache. The
/// bits are those of the separate kernels.
public enum Conv2DPostOp: Sendable {
  /// The outputs stay as they are.
  case none
  /// max(y, 0)
  case relu
  /// ReLU, then 2 × 2 max pooling with windows side by side; the convolution's output must have even sides.
  case reluMaxPool

  var raw: ck_conv2d_tail {
    switch self {
    case .none: CK_CONV_PLAIN
    case .relu: CK_CONV_RELU
    case .reluMaxPool: CK_CONV_RELU_MAX_POOL
    }
  }
}

/// The sizes of a 2-D convolution of NCHW images with (filters, channels, height, width) weights.
public struct Conv2DShape: Sendable, Equatable {
  /// Images, their channels, and their height and width in pixels.
  public var batch: Int, channels: Int, input: Size2D
  /// Channels of the output, and the height and width of a filter.
  public var filters: Int, kernel: Size2D
  /// Pixels from one window to the next, and pixels of zeros around the image; below zero, pixels cut off all around.
  public var stride: Size2D = 1, padding: Size2D = 0
  /// What is applied to the outputs in the same pass.
  public var postOp = Conv2DPostOp.none

  /// Sizes are not checked here: the kernels throw where they do not fit.
  public init(
    batch: Int, channels: Int, input: Size2D, filters: Int, kernel: Size2D, stride: Size2D = 1, padding: Size2D = 0,
    postOp: Conv2DPostOp = .none
  ) {
    (self.batch, self.channels, self.input) = (batch, channels, input)
    (self.filters, self.kernel) = (filters, kernel)
    (self.stride, self.padding, self.postOp) = (stride, padding, postOp)
  }

  /// The height and width of the convolution itself, before any pooling.
  public var convolved: Size2D {
    guard stride.height > 0, stride.width > 0 else { return 0 }
    return Size2D(
      (input.height + 2 * padding.height - kernel.height) / stride.height + 1,
      (input.width + 2 * padding.width - kernel.width) / stride.width + 1)
  }

  /// The output's height and width.
  public var output: Size2D {
    postOp == .reluMaxPool ? Size2D(convolved.height / 2, convolved.width / 2) : convolved
  }

  /// Elements of the input (batch, channels, height, width).
  public var inputCount: Int { batch * channels * input.area }
  /// Elements of the weights (filters, channels, kernel height, kernel width).
  public var weightCount: Int { filters * channels * kernel.area }
  /// Elements of the output (batch, filters, output height, output width).
  public var outputCount: Int { batch * filters * output.area }
  /// Elements of im2col's matrix.
  public var columnCount: Int { batch * convolved.area * channels * kernel.area }
  /// Bytes of the indices of the largest pixels, which a pooling post-op keeps for the backward pass; 0 for other post-ops.
  public var argmaxCount: Int {
    var conv = raw
    return unsafe ck_conv2d_argmax_bytes(&conv)
  }

  func check(_ checks: Checks) throws(KernelError) {
    try checks.require(
      batch >= 0 && channels > 0 && filters > 0 && input.height > 0 && input.width > 0,
      "\(batch) images of \(channels)×\(input) and \(filters) filters: sizes must be positive")
    try checks.require(
      kernel.height > 0 && kernel.width > 0 && stride.height > 0 && stride.width > 0,
      "kernel \(kernel) and stride \(stride) must be positive")
    try checks.require(
      kernel.height <= input.height + 2 * padding.height && kernel.width <= input.width + 2 * padding.width,
      "\(kernel) kernel exceeds its \(input) input with padding \(padding)")
    try checks.require(
      postOp != .reluMaxPool || convolved.height % 2 == 0 && convolved.width % 2 == 0,
      "2×2 pooling of a \(convolved) output, whose sides must be even")
  }

  var raw: ck_conv2d {
    ck_conv2d(
      batch: batch, channels: channels, height: input.height, width: input.width, filters: filters,
      kernel_height: kernel.height, kernel_width: kernel.width, stride_height: stride.height,
      stride_width: stride.width, pad_height: padding.height, pad_width: padding.width, tail: postOp.raw)
  }
}

extension Kernels {
  /// The scratch that a convolution's passes need.
  public func conv2DWorkspaceBytes(_ shape: Conv2DShape) -> Int {
    guard (try? shape.check(Checks("convolution"))) != nil else { return 0 }
    var conv = shape.raw
    return unsafe withContext { unsafe ck_conv2d_workspace_bytes($0, &conv) }
  }

  /// y = x ⋆ w + bias: cross-correlation, as in every framework; then the shape's post-op.
  ///
  /// Windows of 3 × 3 with stride 1 take fewer products by Winograd's minimal filtering (Lavin & Gray, 2016) where
  /// channels, filters and sides make that quicker; with AMX only at full precision.
  ///
  /// - Parameters:
  ///   - shape: all sizes, and the post-op.
  ///   - x: (batch, channels, height, width)
  ///   - weight: (filters, channels, kernel height, kernel width)
  ///   - bias: (filters); nil adds none.
  ///   - y: (batch, filters, output height, output width)
  ///   - argmax: for a pooling post-op, ``Conv2DShape/argmaxCount`` bytes for the backward pass.
  ///   - workspace: scratch memory; give the same one again and again.
  /// - Throws: ``KernelError`` where a buffer's size is not the shape's.
  public func conv2DForward(
    _ shape: Conv2DShape, _ x: Span<Float>, weight: Span<Float>, bias: Span<Float>?,
    into y: consuming MutableSpan<Float>, argmax: consuming MutableSpan<UInt8>? = nil,
    workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("conv2d forward")
    try shape.check(checks)
    try checks.count("x", x.count, shape.inputCount)
    try checks.count("weight", weight.count, shape.weightCount)
    try checks.count("bias", bias?.count, shape.filters)
    try checks.count("y", y.count, shape.outputCount)
    try checks.count("argmax", argmax?.count ?? 0, shape.argmaxCount)
    var conv = shape.raw
    let (target, indices) = unsafe (y.pointer(), argmax.pointer())
    unsafe withContext { context in
      let scratch = unsafe workspace.pointer(bytes: ck_conv2d_workspace_bytes(context, &conv))
      unsafe ck_conv2d_forward(
        context, &conv, x.pointer, weight.pointer, bias?.pointer ?? nil, target, indices, scratch)
    }
  }

  /// The gradients of the input, the weights and the bias; each may be left out.
  ///
  /// - Parameters:
  ///   - shape: the forward pass's.
  ///   - dy: the gradient of the output, shaped like it.
  ///   - x: the forward pass's input.
  ///   - weight: the forward pass's.
  ///   - y: the forward pass's output; read where the shape has a post-op.
  ///   - argmax: the indices that a pooling post-op kept.
  ///   - dx: shaped like `x`.
  ///   - dWeight: shaped like `weight`.
  ///   - dBias: (filters)
  ///   - workspace: scratch memory; give the same one again and again.
  /// - Throws: ``KernelError`` where a buffer's size is not the shape's.
  public func conv2DBackward(
    _ shape: Conv2DShape, _ dy: Span<Float>, x: Span<Float>, weight: Span<Float>, y: Span<Float>? = nil,
    argmax: Span<UInt8>? = nil, dx: consuming MutableSpan<Float>?, dWeight: consuming MutableSpan<Float>?,
    dBias: consuming MutableSpan<Float>?, workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("conv2d backward")
    try shape.check(checks)
    try checks.count("dy", dy.count, shape.outputCount)
    try checks.count("x", x.count, shape.inputCount)
    try checks.count("weight", weight.count, shape.weightCount)
    try checks.count("y", y?.count ?? 0, shape.postOp == .none ? y?.count ?? 0 : shape.outputCount)
    try checks.count("argmax", argmax?.count ?? 0, shape.argmaxCount)
    try checks.count("dx", dx?.count, shape.inputCount)
    try checks.count("dWeight", dWeight?.count, shape.weightCount)
    try checks.count("dBias", dBias?.count, shape.filters)
    var conv = shape.raw
    let (dxPointer, dwPointer, dbPointer) = unsafe (dx.pointer(), dWeight.pointer(), dBias.pointer())
    unsafe withContext { context in
      let scratch = unsafe workspace.pointer(bytes: ck_conv2d_workspace_bytes(context, &conv))
      unsafe ck_conv2d_backward(
        context, &conv, dy.pointer, x.pointer, weight.pointer, y?.pointer ?? nil, argmax?.pointer ?? nil, dxPointer,
        dwPointer, dbPointer, scratch)
    }
  }

  /// The book's im2col: one row of channels · kernel height · kernel width for each output pixel.
  public func im2col(
    _ shape: Conv2DShape, _ x: Span<Float>, into columns: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks("im2col")
    try shape.check(checks)
    try checks.count("x", x.count, shape.inputCount)
    try checks.count("columns", columns.count, shape.columnCount)
    var conv = shape.raw
    let target = unsafe columns.pointer()
    unsafe withContext { unsafe ck_im2col($0, &conv, x.pointer, target) }
  }

  /// Adds every element of `columns` to the pixel it came from; x is overwritten.
  public func col2im(
    _ shape: Conv2DShape, _ columns: Span<Float>, into x: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks("col2im")
    try shape.check(checks)
    try checks.count("columns", columns.count, shape.columnCount)
    try checks.count("x", x.count, shape.inputCount)
    var conv = shape.raw
    let target = unsafe x.pointer()
    unsafe withContext { unsafe ck_col2im($0, &conv, columns.pointer, target) }
  }
}
