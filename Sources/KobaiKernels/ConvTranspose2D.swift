import CKernels

/// The sizes of a transposed 2-D convolution of NCHW images with (channels, filters / groups, height, width) weights, as
/// PyTorch keeps them.
///
/// It is the transpose of a convolution, ``convolution``, which goes the other way, from its output to its input.
public struct ConvTranspose2DShape: Sendable, Equatable {
  /// Images, their channels, and their height and width in pixels.
  public var batch: Int, channels: Int, input: Size2D
  /// Channels of the output, and the height and width of a filter.
  public var filters: Int, kernel: Size2D
  /// Output pixels from one input pixel's window to the next, and those that are left out all around.
  public var stride: Size2D = 1, padding: Size2D = 0
  /// Rows at the bottom and columns at the right that the output has besides: a strided convolution comes to the same size
  /// from several, of which this names one.
  public var outputPadding: Size2D = 0
  /// Pixels from one tap of a window to the next.
  public var dilation: Size2D = 1
  /// How many groups channels and filters fall into.
  public var groups = 1

  /// Sizes are not checked here: ``misfit`` says what is wrong, and the kernels throw it.
  public init(
    batch: Int, channels: Int, input: Size2D, filters: Int, kernel: Size2D, stride: Size2D = 1, padding: Size2D = 0,
    outputPadding: Size2D = 0, dilation: Size2D = 1, groups: Int = 1
  ) {
    (self.batch, self.channels, self.input) = (batch, channels, input)
    (self.filters, self.kernel) = (filters, kernel)
    (self.stride, self.padding, self.outputPadding) = (stride, padding, outputPadding)
    (self.dilation, self.groups) = (dilation, groups)
  }

  /// The output's height and width.
  public var output: Size2D {
    func side(_ at: KeyPath<Size2D, Int>) -> Int {
      (input[keyPath: at] -| 1) *| stride[keyPath: at] -| 2 *| padding[keyPath: at]
        +| dilation[keyPath: at] *| (kernel[keyPath: at] -| 1) +| outputPadding[keyPath: at] +| 1
    }
    return Size2D(side(\.height), side(\.width))
  }

  /// The convolution whose transpose this is: its input is the output here, and its filters are the channels.
  public var convolution: Conv2DShape {
    Conv2DShape(
      batch: batch, channels: filters, input: output, filters: channels, kernel: kernel, stride: stride,
      padding: padding, dilation: dilation, groups: groups)
  }

  /// Elements of the input (batch, channels, height, width).
  public var inputCount: Int { batch *| channels *| input.area }
  /// Elements of the weights (channels, filters / groups, kernel height, kernel width).
  public var weightCount: Int { convolution.weightCount }
  /// Elements of the output (batch, filters, output height, output width).
  public var outputCount: Int { batch *| filters *| output.area }

  /// Why the sizes make no sense together, with the values; nil where they do.
  public var misfit: String? {
    func positive(_ size: Size2D) -> Bool { size.height > 0 && size.width > 0 }
    guard batch >= 0, channels > 0, filters > 0, positive(input) else {
      return "\(batch) images of \(channels)×\(input) and \(filters) filters: sizes must be positive"
    }
    guard positive(kernel), positive(stride), positive(dilation), groups > 0 else {
      return "kernel \(kernel), stride \(stride), dilation \(dilation), \(groups) groups: all must be positive"
    }
    guard padding.height >= 0, padding.width >= 0 else { return "padding \(padding) must not be below 0" }
    guard
      0..<stride.height ~= outputPadding.height && 0..<stride.width ~= outputPadding.width
    else { return "output padding \(outputPadding) must be below stride \(stride), and not below 0" }
    if let reason = Conv2DShape.groupsMisfit(channels: channels, filters: filters, groups: groups) { return reason }
    guard [batch, channels, filters].allSatisfy(SizeLimit.holds),
      [input, kernel, stride, padding, dilation].allSatisfy(SizeLimit.holds)
    else {
      return "\(batch) images of \(channels)×\(input), \(filters) filters of \(kernel), stride \(stride), padding "
        + "\(padding), dilation \(dilation): no size may be beyond \(SizeLimit.axis)"
    }
    guard positive(output) else {
      return "padding \(padding) leaves nothing of the output of a \(input) input and a \(kernel) kernel; pad less"
    }
    return nil
  }
}

/// What can be known of a transposed convolution before it sees any numbers; see ``Conv2DPlan``, of whose passes its own
/// are made with their roles exchanged.
public final class ConvTranspose2DPlan: Sendable {
  /// The sizes; the batch is the largest that a call may have.
  public let shape: ConvTranspose2DShape
  private let convolution: Conv2DPlan

  /// - Parameters:
  ///   - kernels: what to compute with.
  ///   - shape: all sizes.
  ///   - algorithms: which ones to take, where that is not left to the kernels.
  /// - Throws: ``KernelError`` where the sizes make no sense together, or one of the algorithms does not support them.
  public init(
    _ kernels: Kernels, _ shape: ConvTranspose2DShape, algorithms: Conv2DAlgorithms = Conv2DAlgorithms()
  ) throws(KernelError) {
    let checks = Checks("transposed conv2d")
    if let reason = shape.misfit { try checks.require(false, reason) }
    self.shape = shape
    convolution = try Conv2DPlan(kernels, shape.convolution, algorithms: algorithms.exchanged, checks)
  }

  /// What the transposed convolution is computed with.
  public var kernels: Kernels { convolution.kernels }
  /// The algorithms that were taken, none of them ``Conv2DAlgorithm/automatic``.
  public var algorithms: Conv2DAlgorithms { convolution.algorithms.exchanged }
  /// The scratch that the passes need.
  public var workspaceBytes: Int { convolution.workspaceBytes }

  /// The sizes of a call with `batch` images.
  private func shape(_ batch: Int, _ checks: Checks) throws(KernelError) -> ConvTranspose2DShape {
    try checks.require(0...shape.batch ~= batch, "\(batch) images, but the plan is for \(shape.batch) at most")
    var shape = self.shape
    shape.batch = batch
    return shape
  }

  /// Adds each pixel of x times a filter's taps to the pixels of y under its window, and the bias.
  ///
  /// - Parameters:
  ///   - batch: how many images; at most the plan's.
  ///   - x: (batch, channels, height, width)
  ///   - weight: (channels, filters / groups, kernel height, kernel width)
  ///   - bias: (filters); nil adds none.
  ///   - y: (batch, filters, output height, output width)
  ///   - workspace: scratch memory; give the same one again and again.
  /// - Throws: ``KernelError`` where a buffer's size is not the shape's.
  public func forward(
    batch: Int, _ x: Span<Float>, weight: Span<Float>, bias: Span<Float>?, into y: consuming MutableSpan<Float>,
    workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("transposed conv2d forward")
    let shape = try shape(batch, checks)
    try checks.count("x", x.count, shape.inputCount)
    try checks.count("weight", weight.count, shape.weightCount)
    try checks.count("bias", bias?.count, shape.filters)
    try checks.count("y", y.count, shape.outputCount)
    let target = unsafe y.pointer()
    let scratch = unsafe workspace.pointer(bytes: workspaceBytes)
    unsafe ck_conv_transpose2d_forward(
      convolution.plan, batch, x.pointer, weight.pointer, bias?.pointer ?? nil, target, scratch)
  }

  /// The gradients of the input, the weights and the bias; each may be left out.
  ///
  /// - Parameters:
  ///   - batch: the forward pass's.
  ///   - dy: the gradient of the output, shaped like it.
  ///   - x: the forward pass's input.
  ///   - weight: the forward pass's.
  ///   - dx: shaped like `x`.
  ///   - dWeight: shaped like `weight`.
  ///   - dBias: (filters)
  ///   - sums: where the batch comes in parts, lets the sums of `dWeight` and `dBias` go on.
  ///   - workspace: scratch memory; give the same one again and again.
  /// - Throws: ``KernelError`` where a buffer's size is not the shape's.
  public func backward(
    batch: Int, _ dy: Span<Float>, x: Span<Float>, weight: Span<Float>, dx: consuming MutableSpan<Float>?,
    dWeight: consuming MutableSpan<Float>?, dBias: consuming MutableSpan<Float>?, sums: BatchSums? = nil,
    workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("transposed conv2d backward")
    let shape = try shape(batch, checks)
    try checks.count("dy", dy.count, shape.outputCount)
    try checks.count("x", x.count, shape.inputCount)
    try checks.count("weight", weight.count, shape.weightCount)
    try checks.count("dx", dx?.count, shape.inputCount)
    try checks.count("dWeight", dWeight?.count, shape.weightCount)
    try checks.count("dBias", dBias?.count, shape.filters)
    let (dxPointer, dwPointer, dbPointer) = unsafe (dx.pointer(), dWeight.pointer(), dBias.pointer())
    try unsafe convolution.withPart(sums, checks, batch) { part in
      let scratch = unsafe workspace.pointer(bytes: convolution.workspaceBytes(part))
      unsafe ck_conv_transpose2d_backward(
        convolution.plan, batch, dy.pointer, x.pointer, weight.pointer, dxPointer, dwPointer, dbPointer, part, scratch)
    }
  }
}

extension Conv2DAlgorithms {
  /// Those of the transpose: its forward pass is the convolution's input gradient, and the other way round.
  fileprivate var exchanged: Conv2DAlgorithms { Conv2DAlgorithms(forward: input, weights: weights, input: forward) }
}
