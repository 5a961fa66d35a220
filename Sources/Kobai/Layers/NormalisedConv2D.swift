import KobaiKernels

/// A convolution, the batch normalisation behind it, and what follows that: nothing, a ReLU, or a ReLU and 2 × 2 max pooling.
/// In training the convolution hands over the moments of its outputs while they are in the cache, and computes the gradient of
/// its outputs from the normalisation's on the way in; in inference it normalises them at once.
struct NormalisedConv2D: LayerSpec {
  let conv: Conv2D
  let norm: BatchNorm
  var postOp = BatchNormPostOp.none

  var description: String { "\(conv), \(norm), \(postOp)" }

  func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> NormalisedConv2DLayer {
    try NormalisedConv2DLayer(self, input, in: scope)
  }

  func absorbing(_ next: any NodeSpec, inputs: [Shape]) -> (any NodeSpec)? {
    if postOp == .none && next is ReLU { return with(.relu) }
    if postOp == .none && next is Add { return NormalisedConv2DAdd(conv: conv, norm: norm) }
    guard postOp == .relu, let pool = next as? MaxPool2D, let size = conv.convolvedSize(of: inputs[0]),
      pool.isSideBySide(size)
    else { return nil }
    return with(.reluMaxPool)
  }

  private func with(_ postOp: BatchNormPostOp) -> NormalisedConv2D {
    NormalisedConv2D(conv: conv, norm: norm, postOp: postOp)
  }
}

/// The same at the end of a residual block: convolution, batch normalisation, the sum with a shortcut, and perhaps a ReLU.
struct NormalisedConv2DAdd: MergeSpec {
  let conv: Conv2D
  let norm: BatchNorm
  var relu = false

  var description: String { "\(conv), \(norm), Add\(relu ? ", relu" : "")" }

  func build(_ inputs: [Shape], in scope: BuildScope) throws(BuildError) -> NormalisedConv2DAddLayer {
    let pair = try NormalisedConv2DPair(conv, norm, inputs[0], postOp: relu ? .relu : .none, in: scope)
    for shape in inputs.dropFirst() { try Add.check(pair.output, shape, in: scope.absorbed(2)) }
    return NormalisedConv2DAddLayer(pair, relu: relu)
  }

  func absorbing(_ next: any NodeSpec, inputs: [Shape]) -> (any NodeSpec)? {
    !relu && next is ReLU ? NormalisedConv2DAdd(conv: conv, norm: norm, relu: true) : nil
  }
}

/// A built ``NormalisedConv2D``.
final class NormalisedConv2DLayer: Layer {
  private let pair: NormalisedConv2DPair

  init(_ spec: NormalisedConv2D, _ input: Shape, in scope: BuildScope) throws(BuildError) {
    pair = try NormalisedConv2DPair(spec.conv, spec.norm, input, postOp: spec.postOp, in: scope)
  }

  var output: Shape { pair.output }
  var retained: Retained { .input }
  var backwardNeedsTraining: Bool { true }

  func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws {
    try pair.forward(x, shortcut: nil, into: y, mode)
  }

  func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws {
    try pair.backward(dy, x: x, y: nil, into: dx, shortcut: nil)
  }

  func freeze() throws { try pair.freeze(folding: pair.postOpWhenFolded) }
  func thaw() { pair.thaw() }
}

/// A built ``NormalisedConv2DAdd``.
final class NormalisedConv2DAddLayer: MergeLayer {
  private let pair: NormalisedConv2DPair
  private let relu: Bool
  private lazy var maskedGradient = Tensor(pair.output.batched(pair.batch))  // where the shortcut needs no gradient

  init(_ pair: NormalisedConv2DPair, relu: Bool) { (self.pair, self.relu) = (pair, relu) }

  var output: Shape { pair.output }
  var retained: Retained { relu ? [.input, .output] : .input }
  var backwardNeedsTraining: Bool { true }

  /// The shortcut's gradient is the output's, after the ReLU if there is one.
  func gradientPlacement(of input: Int) -> Placement { input == 0 ? .separate : relu ? .inPlace : .view }

  func forward(_ xs: Selection<Tensor>, into y: Tensor, _ mode: Mode) throws {
    try pair.forward(xs[0], shortcut: xs[1], into: y, mode)
  }

  func backward(_ dy: Tensor, xs: Selection<Tensor>, y: Tensor, into dxs: Selection<Tensor?>) throws {
    let shortcut = relu ? dxs[1] ?? maskedGradient.prefix(dy.shape[0]) : nil
    try pair.backward(dy, x: xs[0], y: relu ? y : nil, into: dxs[0], shortcut: shortcut)
  }

  func freeze() throws { try pair.freeze(folding: relu ? .addReLU : .add) }
  func thaw() { pair.thaw() }
}

/// A built convolution and the batch normalisation behind it.
final class NormalisedConv2DPair {
  let conv: Conv2DLayer
  let norm: Normalisation
  let batch: Int
  private let spec: BatchNorm
  private let convolved: Tensor
  private let moments: Tensor
  private let runningInverseStd: Tensor
  private let kernels: Kernels
  private let workspace: Workspace
  private var folded: FoldedConv2D?

  init(_ conv: Conv2D, _ norm: BatchNorm, _ input: Shape, postOp: BatchNormPostOp, in scope: BuildScope)
    throws(BuildError)
  {
    self.conv = try conv.build(input, postOp: .batchNorm, in: scope.absorbed(0))
    self.norm = try Normalisation(norm, self.conv.output, postOp: postOp, in: scope.absorbed(1))
    (spec, batch, kernels, workspace) = (norm, scope.batch, scope.kernels, scope.workspace)
    convolved = scope.memory(self.conv.output.batched(batch))
    moments = scope.memory([batch, 2, conv.filters])
    runningInverseStd = scope.memory([conv.filters])
    workspace.reserve(kernels.batchNormWorkspaceBytes(self.norm.shape(batch: batch)))
  }

  var output: Shape { norm.output }
  /// What follows the convolution when the normalisation is folded into it and no shortcut is added.
  var postOpWhenFolded: Conv2DPostOp {
    switch norm.postOp {
    case .none: .none
    case .relu: .relu
    case .reluMaxPool: .reluMaxPool
    }
  }

  func forward(_ x: Tensor, shortcut: Tensor?, into y: Tensor, _ mode: Mode) throws {
    if let folded { return try folded.forward(x, shortcut: shortcut, into: y) }
    let batch = x.shape[0]
    let (convolved, moments) = (convolved.prefix(batch), moments.prefix(batch))
    if mode.isTraining {
      try conv.forward(x, into: convolved, moments: moments)
      try norm.forward(kernels, convolved, moments: moments, shortcut: shortcut, into: y, workspace)
      return
    }
    try kernels.batchNormInverseStd(
      variance: norm.runningVariance.span, epsilon: norm.epsilon, into: runningInverseStd.mutableSpan)
    guard let argmax = norm.argmax(batch) else {
      try conv.forward(x, norm, inverseStd: runningInverseStd, shortcut: shortcut, into: y)
      return
    }
    try conv.forward(x, norm, inverseStd: runningInverseStd, shortcut: nil, into: convolved)
    let shape = norm.shape(batch: batch)
    try kernels.maxPool2DForward(
      Pool2DShape(planes: batch * shape.channels, input: shape.size, window: 2), convolved.span, into: y.mutableSpan,
      argmax: argmax.mutableSpan)
  }

  /// `shortcut` gets the gradient after the ReLU, if there is one and a shortcut was added.
  func backward(_ dy: Tensor, x: Tensor, y: Tensor?, into dx: Tensor?, shortcut: Tensor?) throws {
    let convolved = convolved.prefix(x.shape[0])
    try norm.backward(kernels, dy, x: convolved, y: y, into: nil, shortcut: shortcut, workspace)
    try conv.backward(through: norm, shortcut ?? dy, isRectified: shortcut != nil, convolved: convolved, x: x, into: dx)
  }

  /// Folds the normalisation into the convolution, which `postOp` follows.
  func freeze(folding postOp: Conv2DPostOp) throws {
    let (weight, bias) = (Tensor(conv.weight.value.shape), Tensor([norm.gamma.value.count]))
    spec.fold(
      weight: conv.weight.value, bias: conv.bias?.value, gamma: norm.gamma.value, beta: norm.beta.value,
      mean: norm.runningMean, variance: norm.runningVariance, into: weight, bias)
    folded = try FoldedConv2D(kernels, conv.shape(postOp: postOp), weight: weight, bias: bias, workspace)
  }

  func thaw() { folded = nil }
}
