import CKernels

/// The post-operation of a convolution: what is applied to its outputs in the same pass, while they are in the cache. The
/// bits are those of the separate kernels.
public enum Conv2DPostOp: Sendable, Hashable {
  /// The outputs stay as they are.
  case none
  /// An activation function.
  case activation(Activation)
  /// An activation function, then 2 × 2 max pooling with windows side by side; the convolution's output must have even sides.
  case activationMaxPool(Activation)
  /// y + shortcut, a second operand laid out like y. Its gradient is y's.
  case add
  /// An activation function of y + shortcut, the end of a residual block.
  case addActivation(Activation)
  /// A batch normalisation follows, by itself or in the same pass. The outputs stay as they are, but nearly all of them
  /// have a gradient, and the weights' gradient is computed as is quickest for that.
  case batchNorm

  /// max(y, 0)
  public static let relu = Conv2DPostOp.activation(.relu)
  /// ReLU, then 2 × 2 max pooling.
  public static let reluMaxPool = Conv2DPostOp.activationMaxPool(.relu)
  /// max(y + shortcut, 0)
  public static let addReLU = Conv2DPostOp.addActivation(.relu)

  /// The activation; nil where there is none.
  public var activation: Activation? {
    switch self {
    case .activation(let activation), .activationMaxPool(let activation), .addActivation(let activation): activation
    case .none, .add, .batchNorm: nil
    }
  }

  /// Whether the outputs are pooled.
  public var pools: Bool { if case .activationMaxPool = self { true } else { false } }
  /// Whether a second operand is added.
  var adds: Bool { if case .addActivation = self { true } else { self == .add } }
  /// Whether the backward pass reads the output.
  public var readsOutput: Bool { activation?.keepsInput == false }
  /// Whether the backward pass reads what the activation is taken of, which the forward pass then keeps.
  public var keepsInput: Bool { activation?.keepsInput == true }

  var raw: ck_conv2d_post_op {
    switch self {
    case .none: CK_CONV_NONE
    case .activation: CK_CONV_ACTIVATION
    case .activationMaxPool: CK_CONV_ACTIVATION_MAX_POOL
    case .add: CK_CONV_ADD
    case .addActivation: CK_CONV_ADD_ACTIVATION
    case .batchNorm: CK_CONV_BATCH_NORM
    }
  }
}

/// The sizes of a 2-D convolution of NCHW images with (filters, channels / groups, height, width) weights.
public struct Conv2DShape: Sendable, Hashable {
  /// Images, their channels, and their height and width in pixels.
  public var batch: Int, channels: Int, input: Size2D
  /// Channels of the output, and the height and width of a filter.
  public var filters: Int, kernel: Size2D
  /// Pixels from one window to the next, and pixels of zeros around the image; below zero, pixels cut off all around.
  public var stride: Size2D = 1, padding: Size2D = 0
  /// Pixels from one tap of a window to the next.
  public var dilation: Size2D = 1
  /// How many groups channels and filters fall into: a group's filters see its channels alone. As many as channels make
  /// a depthwise convolution.
  public var groups = 1
  /// What is applied to the outputs in the same pass.
  public var postOp = Conv2DPostOp.none

  /// Sizes are not checked here: the kernels throw where they do not fit.
  public init(
    batch: Int, channels: Int, input: Size2D, filters: Int, kernel: Size2D, stride: Size2D = 1, padding: Size2D = 0,
    dilation: Size2D = 1, groups: Int = 1, postOp: Conv2DPostOp = .none
  ) {
    (self.batch, self.channels, self.input) = (batch, channels, input)
    (self.filters, self.kernel) = (filters, kernel)
    (self.stride, self.padding, self.dilation) = (stride, padding, dilation)
    (self.groups, self.postOp) = (groups, postOp)
  }

  /// The pixels that a window spans.
  public var window: Size2D {
    Size2D(dilation.height *| (kernel.height -| 1) +| 1, dilation.width *| (kernel.width -| 1) +| 1)
  }

  /// The height and width of the convolution itself, before any pooling.
  public var convolved: Size2D {
    guard stride.height > 0, stride.width > 0 else { return 0 }
    return Size2D(
      (input.height +| 2 *| padding.height -| window.height) / stride.height +| 1,
      (input.width +| 2 *| padding.width -| window.width) / stride.width +| 1)
  }

  /// The output's height and width.
  public var output: Size2D {
    postOp.pools ? Size2D(convolved.height / 2, convolved.width / 2) : convolved
  }

  /// Elements of the input (batch, channels, height, width).
  public var inputCount: Int { batch *| channels *| input.area }
  /// Elements of the weights (filters, channels / groups, kernel height, kernel width).
  public var weightCount: Int { filters *| channelsSeen *| kernel.area }
  /// Channels that a filter sees.
  public var channelsSeen: Int { channels / max(groups, 1) }
  /// Elements of the output (batch, filters, output height, output width).
  public var outputCount: Int { batch *| filters *| output.area }
  /// Elements of im2col's matrix.
  public var columnCount: Int { batch *| convolved.area *| channels *| kernel.area }
  /// Bytes of the indices of the largest pixels, which a pooling post-op keeps for the backward pass; 0 for other post-ops.
  public var argmaxCount: Int {
    guard stride.height > 0, stride.width > 0 else { return 0 }  // which no kernel takes
    var conv = unsafe raw
    return unsafe ck_conv2d_argmax_bytes(&conv)
  }

  /// Why the sizes are beyond what any memory holds, so that their products may overflow; nil where they are not.
  package var excess: String? {
    let sizes = [input, kernel, stride, padding, dilation]
    guard [batch, channels, filters, groups].allSatisfy(SizeLimit.holds), sizes.allSatisfy(SizeLimit.holds) else {
      return "\(batch) images of \(channels)×\(input), \(filters) filters of \(kernel), stride \(stride), padding "
        + "\(padding), dilation \(dilation), \(groups) groups: no size may be beyond \(SizeLimit.axis)"
    }
    func sides(_ height: Int, _ width: Int) -> Size2D { Size2D(max(height, 0), max(width, 0)) }
    let padded = sides(input.height +| 2 *| max(padding.height, 0), input.width +| 2 *| max(padding.width, 0))
    let output = sides(convolved.height, convolved.width)
    let (batch, seen) = (max(batch, 0), max(channelsSeen, 0))
    guard SizeLimit.holdsTensor(batch, max(channels, 0), padded.height, padded.width),
      SizeLimit.holdsTensor(max(filters, 0), seen, max(kernel.height, 0), max(kernel.width, 0)),
      SizeLimit.holdsTensor(batch, max(filters, 0), output.height, output.width)
    else {
      return
        "\(batch) images of \(channels)×\(input), padded to \(padded), and \(filters) filters of \(kernel): that is "
        + "more than a process can address"
    }
    return nil
  }

  func check(_ checks: Checks) throws(KernelError) {
    if let excess { try checks.require(false, excess) }
    try checks.require(
      batch >= 0 && channels > 0 && filters > 0 && input.height > 0 && input.width > 0,
      "\(batch) images of \(channels)×\(input) and \(filters) filters: sizes must be positive")
    try checks.require(
      kernel.height > 0 && kernel.width > 0 && stride.height > 0 && stride.width > 0,
      "kernel \(kernel) and stride \(stride) must be positive")
    try checks.require(
      dilation.height > 0 && dilation.width > 0 && groups > 0,
      "dilation \(dilation) and \(groups) groups must be positive")
    if let reason = Self.groupsMisfit(channels: channels, filters: filters, groups: groups) {
      try checks.require(false, reason)
    }
    try checks.require(
      window.height <= input.height +| 2 *| padding.height && window.width <= input.width +| 2 *| padding.width,
      "\(kernel) kernel\(dilation == 1 ? "" : ", dilated to \(window),") exceeds its \(input) input with padding "
        + "\(padding)")
    try checks.require(
      !postOp.pools || convolved.height % 2 == 0 && convolved.width % 2 == 0,
      "2×2 pooling of a \(convolved) output, whose sides must be even")
    try postOp.activation?.check(checks)
  }

  /// Why channels and filters do not fall into so many groups; nil where they do.
  public static func groupsMisfit(channels: Int, filters: Int, groups: Int) -> String? {
    guard groups > 0 else { return "\(groups) groups: at least one is needed" }
    guard channels % groups == 0 else { return "\(channels) channels do not divide into \(groups) groups" }
    return filters % groups == 0 ? nil : "\(filters) filters do not divide into \(groups) groups"
  }

  var raw: ck_conv2d {
    // A stride beyond the padded image has one output, as that of the image's size has, but C has tables for each pixel of a stride.
    func clamped(_ stride: Int, _ size: Int, _ padding: Int) -> Int { min(stride, max(1, size +| 2 *| padding)) }
    return unsafe ck_conv2d(
      batch: batch, channels: channels, height: input.height, width: input.width, filters: filters,
      kernel_height: kernel.height, kernel_width: kernel.width,
      stride_height: clamped(stride.height, input.height, padding.height),
      stride_width: clamped(stride.width, input.width, padding.width), pad_height: padding.height,
      pad_width: padding.width,
      dilation_height: dilation.height, dilation_width: dilation.width, groups: groups, post_op: postOp.raw,
      activation: (postOp.activation ?? .relu).raw)
  }
}

extension Kernels {
  /// The scratch that a convolution's passes need.
  public func conv2DWorkspaceBytes(_ shape: Conv2DShape) -> Int { (try? Conv2DPlan(self, shape))?.workspaceBytes ?? 0 }

  /// Plans a convolution and computes its forward pass:
  /// ``Conv2DPlan/forward(batch:_:weight:packed:bias:into:kept:argmax:shortcut:workspace:)``.
  /// For many calls, keep a plan.
  public func conv2DForward(
    _ shape: Conv2DShape, _ x: Span<Float>, weight: Span<Float>, bias: Span<Float>?,
    into y: consuming MutableSpan<Float>, kept: consuming MutableSpan<Float>? = nil,
    argmax: consuming MutableSpan<UInt8>? = nil, workspace: Workspace = Workspace()
  ) throws(KernelError) {
    try Conv2DPlan(self, shape, Checks("conv2d forward")).forward(
      batch: shape.batch, x, weight: weight, bias: bias, into: y, kept: kept, argmax: argmax, workspace: workspace)
  }

  /// Plans a convolution and computes its gradients:
  /// ``Conv2DPlan/backward(batch:_:x:weight:kept:argmax:dx:dWeight:dBias:dShortcut:sums:workspace:)``. For many calls, keep a
  /// plan.
  public func conv2DBackward(
    _ shape: Conv2DShape, _ dy: Span<Float>, x: Span<Float>, weight: Span<Float>, kept: Span<Float>? = nil,
    argmax: Span<UInt8>? = nil, dx: consuming MutableSpan<Float>?, dWeight: consuming MutableSpan<Float>?,
    dBias: consuming MutableSpan<Float>?, workspace: Workspace = Workspace()
  ) throws(KernelError) {
    try Conv2DPlan(self, shape, Checks("conv2d backward")).backward(
      batch: shape.batch, dy, x: x, weight: weight, kept: kept, argmax: argmax, dx: dx, dWeight: dWeight, dBias: dBias,
      workspace: workspace)
  }

  /// The book's im2col: one row of channels · kernel height · kernel width for each output pixel, whatever the
  /// groups.
  public func im2col(
    _ shape: Conv2DShape, _ x: Span<Float>, into columns: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks("im2col")
    try shape.check(checks)
    try checks.count("x", x.count, shape.inputCount)
    try checks.count("columns", columns.count, shape.columnCount)
    var conv = unsafe shape.raw
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
    var conv = unsafe shape.raw
    let target = unsafe x.pointer()
    unsafe withContext { unsafe ck_col2im($0, &conv, columns.pointer, target) }
  }
}
