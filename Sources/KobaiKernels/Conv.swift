import CKernels

/// The sizes of a 2-D convolution of NCHW images with (filters, channels, height, width) weights.
public struct Conv2DShape: Sendable, Equatable {
  public var batch: Int, channels: Int, input: Size2D
  public var filters: Int, kernel: Size2D
  public var stride: Size2D = 1, padding: Size2D = 0

  public init(
    batch: Int, channels: Int, input: Size2D, filters: Int, kernel: Size2D, stride: Size2D = 1, padding: Size2D = 0
  ) {
    (self.batch, self.channels, self.input) = (batch, channels, input)
    (self.filters, self.kernel) = (filters, kernel)
    (self.stride, self.padding) = (stride, padding)
  }

  /// The output's height and width.
  public var output: Size2D {
    Size2D(
      (input.height + 2 * padding.height - kernel.height) / stride.height + 1,
      (input.width + 2 * padding.width - kernel.width) / stride.width + 1)
  }

  /// Elements of the input, the weights and the output.
  public var inputCount: Int { batch * channels * input.area }
  public var weightCount: Int { filters * channels * kernel.area }
  public var outputCount: Int { batch * filters * output.area }
  /// Elements of im2col's matrix.
  public var columnCount: Int { batch * output.area * channels * kernel.area }

  func check(_ checks: Checks) throws(KernelError) {
    try checks.require(
      batch >= 0 && channels > 0 && filters > 0 && input.height > 0 && input.width > 0,
      "\(batch) images of \(channels)×\(input) and \(filters) filters: sizes must be positive")
    try checks.require(
      kernel.height > 0 && kernel.width > 0 && stride.height > 0 && stride.width > 0,
      "kernel \(kernel) and stride \(stride) must be positive")
    try checks.require(padding.height >= 0 && padding.width >= 0, "padding \(padding) must not be negative")
    try checks.require(
      kernel.height <= input.height + 2 * padding.height && kernel.width <= input.width + 2 * padding.width,
      "\(kernel) kernel exceeds its \(input) input with padding \(padding)")
  }

  var raw: ck_conv2d {
    ck_conv2d(
      batch: batch, channels: channels, height: input.height, width: input.width, filters: filters,
      kernel_height: kernel.height, kernel_width: kernel.width, stride_height: stride.height,
      stride_width: stride.width, pad_height: padding.height, pad_width: padding.width)
  }
}

extension Kernels {
  /// The scratch that a convolution's passes need.
  public func conv2DWorkspaceBytes(_ shape: Conv2DShape) -> Int {
    var conv = shape.raw
    return unsafe withContext { unsafe ck_conv2d_workspace_bytes($0, &conv) }
  }

  /// y = x ⋆ w + bias: cross-correlation, as in every framework.
  public func conv2DForward(
    _ shape: Conv2DShape, _ x: Span<Float>, weight: Span<Float>, bias: Span<Float>?,
    into y: consuming MutableSpan<Float>, workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("conv2d forward")
    try shape.check(checks)
    try checks.count("x", x.count, shape.inputCount)
    try checks.count("weight", weight.count, shape.weightCount)
    try checks.count("bias", bias?.count, shape.filters)
    try checks.count("y", y.count, shape.outputCount)
    var conv = shape.raw
    let target = unsafe y.pointer()
    unsafe withContext { context in
      let scratch = unsafe workspace.pointer(bytes: ck_conv2d_workspace_bytes(context, &conv))
      unsafe ck_conv2d_forward(context, &conv, x.pointer, weight.pointer, bias?.pointer ?? nil, target, scratch)
    }
  }

  /// The gradients of the input, the weights and the bias; each may be left out.
  public func conv2DBackward(
    _ shape: Conv2DShape, _ dy: Span<Float>, x: Span<Float>, weight: Span<Float>,
    dx: consuming MutableSpan<Float>?, dWeight: consuming MutableSpan<Float>?,
    dBias: consuming MutableSpan<Float>?, workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("conv2d backward")
    try shape.check(checks)
    try checks.count("dy", dy.count, shape.outputCount)
    try checks.count("x", x.count, shape.inputCount)
    try checks.count("weight", weight.count, shape.weightCount)
    try checks.count("dx", dx?.count, shape.inputCount)
    try checks.count("dWeight", dWeight?.count, shape.weightCount)
    try checks.count("dBias", dBias?.count, shape.filters)
    var conv = shape.raw
    let (dxPointer, dwPointer, dbPointer) = unsafe (dx.pointer(), dWeight.pointer(), dBias.pointer())
    unsafe withContext { context in
      let scratch = unsafe workspace.pointer(bytes: ck_conv2d_workspace_bytes(context, &conv))
      unsafe ck_conv2d_backward(
        context, &conv, dy.pointer, x.pointer, weight.pointer, dxPointer, dwPointer, dbPointer, scratch)
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
