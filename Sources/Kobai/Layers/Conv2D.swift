/// Convolution of images (channels, height, width) with `filters` kernels (chapter 7 of the book).
///
/// Parameters: "weight" (filters, channels / groups, kernel height, kernel width) and "bias" (filters), as in PyTorch.
///
/// With as many groups as channels the convolution is depthwise: each filter sees one channel.
public struct Conv2D: LayerSpec, Codable {
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
    // Fused with a batch normalisation or not, it computes the same bits.
    try build(input, postOp: scope.next is BatchNorm ? .batchNorm : .none, in: scope)
  }

  public func absorbing(_ next: any NodeSpec, inputs: [Shape]) -> (any NodeSpec)? {
    switch next {
    case let activation as any ActivationSpec: FusedConv2D(conv: self, postOp: .activation(activation.activation))
    case let norm as BatchNorm: NormalisedConv2D(conv: self, norm: norm)
    case is Add: Conv2DAdd(conv: self)
    default: nil
    }
  }

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
    if let reason = shape.excess { throw scope.error(reason) }
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

/// A convolution and the layers behind it that are its post-op.
private struct FusedConv2D: LayerSpec {
  let conv: Conv2D
  let postOp: Conv2DPostOp

  var description: String { "\(conv), \(postOp)" }

  func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> Conv2DLayer {
    try conv.build(input, postOp: postOp, in: scope)
  }

  /// After an activation it takes a pooling of 2 × 2 windows that leave no pixel out.
  func absorbing(_ next: any NodeSpec, inputs: [Shape]) -> (any NodeSpec)? {
    guard case .activation(let activation) = postOp, let pool = next as? MaxPool2D,
      let size = conv.convolvedSize(of: inputs[0]),
      pool.isSideBySide(size)
    else { return nil }
    return FusedConv2D(conv: conv, postOp: .activationMaxPool(activation))
  }
}

extension Conv2D {
  /// The height and width of the convolution of an image; nil where the kernel does not fit.
  func convolvedSize(of input: Shape) -> Size2D? {
    guard input.rank == 3, kernel.height > 0, kernel.width > 0, stride.height > 0, stride.width > 0 else { return nil }
    let shape = Conv2DShape(
      batch: 1, channels: input[0], input: Size2D(input[1], input[2]), filters: filters, kernel: kernel, stride: stride,
      padding: padding, dilation: dilation, groups: groups)
    let fits =
      shape.window.height <= input[1] + 2 * padding.height && shape.window.width <= input[2] + 2 * padding.width
    return fits ? shape.convolved : nil
  }
}

extension MaxPool2D {
  /// Whether its windows are 2 × 2, side by side, and leave no pixel of such a plane out.
  func isSideBySide(_ size: Size2D) -> Bool {
    window == 2 && stride == 2 && padding == 0 && size.height % 2 == 0 && size.width % 2 == 0
  }
}

/// A built ``Conv2D``.
public final class Conv2DLayer: Layer {
  /// The weight (filters, channels / groups, kernel height, kernel width).
  public let weight: Parameter
  /// The bias (filters); nil where the layer has none.
  public let bias: Parameter?
  public let output: Shape
  let plan: Conv2DPlan
  private let scope: BuildScope
  private let argmax: Buffer<UInt8>?  // nil where no pooling is fused
  private let kept: Tensor?  // what a fused activation is taken of, for one that keeps its input
  private let sums: BatchSums
  private let workspace: Workspace
  private var packed: PackedConv2DWeight?

  init(_ spec: Conv2D, _ plan: Conv2DPlan, in scope: BuildScope) {
    let shape = plan.shape
    let fanIn = shape.channelsSeen * shape.kernel.area
    weight = scope.parameter(
      "weight", [spec.filters, shape.channelsSeen, shape.kernel.height, shape.kernel.width], spec.initializer,
      fanIn: fanIn, decays: true, sumsParts: true)
    bias =
      spec.bias
      ? scope.parameter(
        "bias", [spec.filters], spec.biasInitializer, fanIn: fanIn, decays: false, sumsParts: true) : nil
    sums = scope.batchSums()
    output = [spec.filters, shape.output.height, shape.output.width]
    argmax = shape.argmaxCount > 0 ? scope.bytes(shape.argmaxCount) : nil
    kept = shape.postOp.keepsInput && !scope.isInference ? scope.memory(output.batched(scope.batch)) : nil
    (self.plan, self.scope, workspace) = (plan, scope, scope.workspace)
    workspace.reserve(scope.isInference ? plan.packedWorkspaceBytes : plan.workspaceBytes)
  }

  public var differentiatesShards: Bool { true }
  public var retained: Retained { plan.shape.postOp.readsOutput ? [.input, .output] : .input }

  /// The part of `argmax` that so many images take.
  private func argmax(_ batch: Int) -> Buffer<UInt8>? {
    argmax.map { scope.current($0, batch, perSample: plan.shape.argmaxCount / plan.shape.batch) }
  }

  public func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws { try forward(x, shortcut: nil, into: y) }

  public func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws {
    try backward(dy, x: x, y: y, into: dx, shortcut: nil)
  }

  public func freeze() throws {
    packed = try scope.prepare(plan.packing, replacing: plan.packingReplacesWeight ? [weight] : []) {
      try plan.pack(weight: weight.value.span)
    }
  }

  public func thaw() { packed = nil }

  // What fused layers call besides.

  /// The forward pass with the second operand of a post-op that adds.
  func forward(_ x: Tensor, shortcut: Tensor?, into y: Tensor) throws {
    let batch = x.shape[0]
    let (kept, argmax) = (kept.map { scope.current($0, batch) }, argmax(batch))
    let plain = packed?.replacesWeight == true ? nil : weight.value
    try plan.forward(
      batch: batch, x.span, weight: plain.span, packed: packed, bias: (bias?.value).span, into: y.mutableSpan,
      kept: kept.mutableSpan, argmax: argmax.mutableSpan, shortcut: shortcut.span, workspace: workspace)
  }

  /// The backward pass; `shortcut` becomes that operand's gradient.
  func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?, shortcut: Tensor?) throws {
    let batch = x.shape[0]
    let kept = plan.shape.postOp.readsOutput ? y : kept.map { scope.current($0, batch) }
    let argmax = argmax(batch)
    try plan.backward(
      batch: batch, dy.span, x: x.span, weight: weight.value.span, kept: kept.span, argmax: argmax.span,
      dx: dx.mutableSpan, dWeight: weight.trainedGradient.mutableSpan, dBias: (bias?.trainedGradient).mutableSpan,
      dShortcut: shortcut.mutableSpan, sums: sums, workspace: workspace)
  }

  /// In training, before a batch normalisation.
  func forward(_ x: Tensor, into y: Tensor, moments: Tensor) throws {
    try plan.forward(
      batch: x.shape[0], x.span, weight: weight.value.span, bias: (bias?.value).span, into: y.mutableSpan,
      moments: moments.mutableSpan, workspace: workspace)
  }

  /// In inference, with a batch normalisation and what follows it.
  func forward(_ x: Tensor, _ norm: Normalisation, inverseStd: Tensor, shortcut: Tensor?, into y: Tensor) throws {
    try plan.forward(
      batch: x.shape[0], x.span, weight: weight.value.span, bias: (bias?.value).span, gamma: norm.gamma.value.span,
      beta: norm.beta.value.span, mean: norm.runningMean.span, inverseStd: inverseStd.span,
      activation: norm.postOp.activation, shortcut: shortcut.span, into: y.mutableSpan, workspace: workspace)
  }

  /// The gradients from that of the batch normalisation's output, which may have been through the activation behind it already.
  func backward(
    through norm: Normalisation, _ dy: Tensor, isDerived: Bool, convolved: Tensor, x: Tensor, into dx: Tensor?
  ) throws {
    var shape = norm.shape(batch: x.shape[0])
    if isDerived { shape.postOp = .none }
    let argmax = norm.argmax(x.shape[0])
    try plan.backward(
      through: shape, dy.span, convolved: convolved.span, argmax: argmax.span, gamma: norm.gamma.value.span,
      beta: norm.beta.value.span, mean: norm.mean.span, inverseStd: norm.inverseStd.span,
      dGamma: norm.gammaGradient.span, dBeta: norm.betaGradient.span, samples: norm.sharedSamples, x: x.span,
      weight: weight.value.span,
      dx: dx.mutableSpan, dWeight: weight.trainedGradient.mutableSpan, dBias: (bias?.trainedGradient).mutableSpan,
      sums: sums, workspace: workspace)
  }

  /// The sizes with another post-op.
  func shape(postOp: Conv2DPostOp) -> Conv2DShape {
    var shape = plan.shape
    shape.postOp = postOp
    return shape
  }
}
