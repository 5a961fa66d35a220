/// Convolution of images (channels, height, width) with `filters` kernels (chapter 7 of the book).
///
/// Parameters: "weight" (filters, channels / groups, kernel height, kernel width) and "bias" (filters), as in PyTorch.
///
/// With as many groups as channels the convolution is depthwise: each filter sees one channel.
public struct Conv2D: LayerSpec {
  /// The number of channels of the output.
  public var filters: Int
  /// The height and width of a filter, in pixels.
  public var kernel: Size2D
  /// Pixels from one window to the next.
  public var stride: Size2D
  /// Pixels of zeros around the image; below zero, pixels that are cut off all around.
  public var padding: Size2D
  /// Pixels from one tap of a filter to the next.
  public var dilation: Size2D
  /// How many groups channels and filters fall into; the filters of a group see its channels alone.
  public var groups: Int
  /// Whether a bias is added.
  public var bias: Bool
  /// How the weight's first values are drawn.
  public var initializer: Initializer
  /// How the bias's first values are drawn.
  public var biasInitializer: Initializer

  /// A plain integer for a size means a square.
  public init(
    filters: Int, kernel: Size2D, stride: Size2D = 1, padding: Size2D = 0, dilation: Size2D = 1, groups: Int = 1,
    bias: Bool = true, initializer: Initializer = .automatic, biasInitializer: Initializer = .zeros
  ) {
    (self.filters, self.kernel, self.stride, self.padding) = (filters, kernel, stride, padding)
    (self.dilation, self.groups) = (dilation, groups)
    (self.bias, self.initializer, self.biasInitializer) = (bias, initializer, biasInitializer)
  }

  public var description: String {
    var words = "Conv2D \(filters) @ \(kernel)"
    if stride != 1 { words += ", stride \(stride)" }
    if padding != 0 { words += ", padding \(padding)" }
    if dilation != 1 { words += ", dilation \(dilation)" }
    if groups != 1 { words += ", \(groups) groups" }
    return words
  }

  public func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> Conv2DLayer {
    try build(input, postOp: .none, in: scope)
  }

  /// The same with the layers that follow fused as a post-op (see ``Fusion``).
  func build(_ input: Shape, postOp: Conv2DPostOp, in scope: BuildScope) throws(BuildError) -> Conv2DLayer {
    guard input.rank == 3 else {
      throw scope.error("a convolution needs (channels, height, width), not \(input)")
    }
    guard filters > 0, kernel.height > 0, kernel.width > 0, stride.height > 0, stride.width > 0 else {
      throw scope.error("\(filters) filters of \(kernel), stride \(stride): all must be positive")
    }
    guard dilation.height > 0, dilation.width > 0, groups > 0 else {
      throw scope.error("dilation \(dilation), \(groups) groups: all must be positive")
    }
    if let reason = Conv2DShape.groupsMisfit(channels: input[0], filters: filters, groups: groups) {
      throw scope.error(reason)
    }
    let shape = sizes(of: input, batch: scope.batch, postOp: postOp)
    let size = shape.input
    guard
      shape.window.height <= size.height + 2 * padding.height, shape.window.width <= size.width + 2 * padding.width
    else { throw scope.error(misfit(size, shape.window)) }
    do { return Conv2DLayer(self, try Conv2DPlan(scope.kernels, shape), in: scope) } catch {
      throw scope.error("\(error)")
    }
  }

  /// The sizes of the convolution of images shaped like `input`, whether or not they make sense together.
  func sizes(of input: Shape, batch: Int, postOp: Conv2DPostOp = .none) -> Conv2DShape {
    Conv2DShape(
      batch: batch, channels: input[0], input: Size2D(input[1], input[2]), filters: filters, kernel: kernel,
      stride: stride, padding: padding, dilation: dilation, groups: groups, postOp: postOp)
  }

  /// Says that the kernel is too large for its input, and which padding would do.
  private func misfit(_ size: Size2D, _ window: Size2D) -> String {
    // Half of what is missing, rounded up; below zero, what may be left out.
    let enough = max((window.height - size.height + 1) >> 1, (window.width - size.width + 1) >> 1)
    let kernel = dilation == 1 ? "\(kernel) kernel" : "\(kernel) kernel, dilated to \(window),"
    guard min(padding.height, padding.width) < 0 else {
      return "\(kernel) exceeds its \(size) input; add padding ≥ \(enough)"
    }
    let (rows, columns) = (max(size.height + 2 * padding.height, 0), max(size.width + 2 * padding.width, 0))
    let wayOut = enough >= 0 ? "set padding ≥ \(enough)" : "leave out at most \(-enough)"
    return
      "\(kernel) exceeds the \(rows)×\(columns) that padding \(padding) leaves of its \(size) input; \(wayOut)"
  }
}

/// A built ``Conv2D``.
public final class Conv2DLayer: Layer {
  /// The weight (filters, channels / groups, kernel height, kernel width).
  public let weight: Parameter
  /// The bias (filters); nil where the layer has none.
  public let bias: Parameter?
  public let output: Shape
  /// The shape of the convolution itself, before any fused pooling.
  let convolved: Shape
  private let plan: Conv2DPlan
  private let argmax: Buffer<UInt8>?  // nil where no pooling is fused
  private let workspace: Workspace

  init(_ spec: Conv2D, _ plan: Conv2DPlan, in scope: BuildScope) {
    let shape = plan.shape
    let fanIn = shape.channelsSeen * shape.kernel.area
    weight = scope.parameter(
      "weight", [spec.filters, shape.channelsSeen, shape.kernel.height, shape.kernel.width], spec.initializer,
      fanIn: fanIn, decays: true)
    bias =
      spec.bias
      ? scope.parameter("bias", [spec.filters], spec.biasInitializer, fanIn: fanIn, decays: false) : nil
    output = [spec.filters, shape.output.height, shape.output.width]
    convolved = [spec.filters, shape.convolved.height, shape.convolved.width]
    argmax = shape.argmaxCount > 0 ? scope.bytes(shape.argmaxCount) : nil
    (self.plan, workspace) = (plan, scope.workspace)
    workspace.reserve(plan.workspaceBytes)
  }

  public var retained: Retained { plan.shape.postOp == .none ? .input : [.input, .output] }

  /// The part of `argmax` that so many images take.
  private func argmax(_ batch: Int) -> Buffer<UInt8>? {
    argmax?.slice(0, plan.shape.argmaxCount / plan.shape.batch * batch)
  }

  public func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws {
    let batch = x.shape[0]
    let argmax = argmax(batch)
    try plan.forward(
      batch: batch, x.span, weight: weight.value.span, bias: (bias?.value).span, into: y.mutableSpan,
      argmax: argmax.mutableSpan, workspace: workspace)
  }

  public func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws {
    let batch = x.shape[0]
    let argmax = argmax(batch)
    try plan.backward(
      batch: batch, dy.span, x: x.span, weight: weight.value.span, y: plan.shape.postOp == .none ? nil : y.span,
      argmax: argmax.span, dx: dx.mutableSpan, dWeight: weight.gradient.mutableSpan,
      dBias: (bias?.gradient).mutableSpan, workspace: workspace)
  }
}
