import KobaiKernels

/// A convolution, the batch normalisation behind it, and what follows that: nothing, an activation, or that and 2 × 2 max
/// pooling.
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
    if postOp == .none, let activation = next.pointwise { return with(.activation(activation)) }
    if postOp == .none && next is Add { return NormalisedConv2DAdd(conv: conv, norm: norm) }
    guard case .activation(let activation) = postOp, let pool = next as? MaxPool2D,
      let size = conv.convolvedSize(of: inputs[0]),
      pool.isSideBySide(size)
    else { return nil }
    return with(.activationMaxPool(activation))
  }

  private func with(_ postOp: BatchNormPostOp) -> NormalisedConv2D {
    NormalisedConv2D(conv: conv, norm: norm, postOp: postOp)
  }
}

/// The same at the end of a residual block: convolution, batch normalisation, the sum with a shortcut, and perhaps an
/// activation.
struct NormalisedConv2DAdd: MergeSpec {
  let conv: Conv2D
  let norm: BatchNorm
  var activation: Activation?

  var description: String { "\(conv), \(norm), Add" + (activation.map { ", \($0)" } ?? "") }

  func build(_ inputs: [Shape], in scope: BuildScope) throws(BuildError) -> NormalisedConv2DAddLayer {
    let pair = try NormalisedConv2DPair(
      conv, norm, inputs[0], postOp: activation.map { .activation($0) } ?? .none, adds: true, in: scope)
    for shape in inputs.dropFirst() { try Add.check(pair.output, shape, in: scope.absorbed(2)) }
    return NormalisedConv2DAddLayer(pair, activation)
  }

  func absorbing(_ next: any NodeSpec, inputs: [Shape]) -> (any NodeSpec)? {
    activation == nil ? next.pointwise.map { NormalisedConv2DAdd(conv: conv, norm: norm, activation: $0) } : nil
  }
}

/// A built ``NormalisedConv2D``.
final class NormalisedConv2DLayer: Layer {
  private let pair: NormalisedConv2DPair

  init(_ spec: NormalisedConv2D, _ input: Shape, in scope: BuildScope) throws(BuildError) {
    pair = try NormalisedConv2DPair(spec.conv, spec.norm, input, postOp: spec.postOp, adds: false, in: scope)
  }

  var output: Shape { pair.output }
  var retained: Retained { .input }
  var backwardNeedsTraining: Bool { true }

  func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws {
    try pair.forward(x, shortcut: nil, into: y, mode)
  }

  func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws {
    try pair.backward(dy, x: x, y: y, into: dx, shortcut: nil)
  }

  var differentiatesShards: Bool { true }

  /// With the normalisation folded into it, the convolution has that one's post-op.
  func freeze() throws {
    switch pair.norm.postOp {
    case .none: try pair.freeze(folding: .none)
    case .activation(let activation): try pair.freeze(folding: .activation(activation))
    case .activationMaxPool(let activation): try pair.freeze(folding: .activationMaxPool(activation))
    }
  }
  func thaw() { pair.thaw() }
}

/// A built ``NormalisedConv2DAdd``.
final class NormalisedConv2DAddLayer: MergeLayer {
  private let pair: NormalisedConv2DPair
  private let activation: Activation?
  private lazy var ownGradient = Tensor(pair.output.batched(pair.batch))  // where the shortcut needs none

  init(_ pair: NormalisedConv2DPair, _ activation: Activation?) { (self.pair, self.activation) = (pair, activation) }

  var output: Shape { pair.output }
  var retained: Retained { activation?.keepsInput == false ? [.input, .output] : .input }
  var backwardNeedsTraining: Bool { true }

  /// The shortcut's gradient is the output's, or that of the activation's input if there is one.
  func gradientPlacement(of input: Int) -> Placement { input == 0 ? .separate : activation == nil ? .view : .inPlace }

  func forward(_ xs: Selection<Tensor>, into y: Tensor, _ mode: Mode) throws {
    try pair.forward(xs[0], shortcut: xs[1], into: y, mode)
  }

  func backward(_ dy: Tensor, xs: Selection<Tensor>, y: Tensor, into dxs: Selection<Tensor?>) throws {
    try pair.backward(dy, x: xs[0], y: y, into: dxs[0], shortcut: shortcutGradient(dy, dxs))
  }

  var differentiatesShards: Bool { true }

  fileprivate func shortcutGradient(_ dy: Tensor, _ dxs: Selection<Tensor?>) -> Tensor? {
    activation == nil ? nil : dxs[1] ?? pair.current(ownGradient, dy.shape[0])
  }

  func freeze() throws { try pair.freeze(folding: activation.map { .addActivation($0) } ?? .add) }
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
  private let kept: Tensor?  // the sum with a shortcut, for an activation that keeps its input
  private let runningInverseStd: Tensor
  private let kernels: Kernels
  private let scope: BuildScope
  private let workspace: Workspace
  private var folded: FoldedConv2D?

  init(_ conv: Conv2D, _ norm: BatchNorm, _ input: Shape, postOp: BatchNormPostOp, adds: Bool, in scope: BuildScope)
    throws(BuildError)
  {
    self.conv = try conv.build(input, postOp: .batchNorm, in: scope.absorbed(0))
    self.norm = try Normalisation(norm, self.conv.output, postOp: postOp, in: scope.absorbed(1))
    (spec, batch, kernels, workspace, self.scope) = (norm, scope.batch, scope.kernels, scope.workspace, scope)
    // A network that only predicts folds the normalisation away before anything else.
    convolved = scope.trainingMemory(self.conv.output.batched(batch))
    moments = scope.trainingMemory([batch, 2, conv.filters])
    kept = adds && postOp.activation?.keepsInput == true ? scope.trainingMemory(self.norm.output.batched(batch)) : nil
    runningInverseStd = scope.trainingMemory([conv.filters])
    guard !scope.isInference else { return }
    workspace.reserve(kernels.batchNormWorkspaceBytes(self.norm.shape(batch: batch)))
  }

  var output: Shape { norm.output }

  func forward(_ x: Tensor, shortcut: Tensor?, into y: Tensor, _ mode: Mode) throws {
    if let folded { return try folded.forward(x, shortcut: shortcut, into: y) }
    let batch = x.shape[0]
    let (convolved, moments) = (convolved.prefix(batch), moments.prefix(batch))
    if mode.isTraining {
      try conv.forward(x, into: convolved, moments: moments)
      try norm.forward(
        kernels, convolved, moments: moments, shortcut: shortcut, into: y, kept: kept?.prefix(batch), workspace)
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

  /// `shortcut` gets the gradient of the activation's input, if there is one and a shortcut was added.
  func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?, shortcut: Tensor?) throws {
    let convolved = current(convolved, x.shape[0])
    let kept = shortcut == nil ? nil : kept.map { current($0, x.shape[0]) } ?? y
    try norm.backward(kernels, dy, x: convolved, kept: kept, into: nil, shortcut: shortcut, workspace)
    try conv.backward(through: norm, shortcut ?? dy, isDerived: shortcut != nil, convolved: convolved, x: x, into: dx)
  }

  func current(_ memory: Tensor, _ count: Int) -> Tensor { scope.current(memory, count) }

  /// Adds up what the backward calls for each shard need of all; nil where the process has no samples.
  func shareSums(_ dy: Tensor?, y: Tensor?, shortcut: Tensor?) throws {
    let count = dy?.shape[0] ?? 0
    let kept = shortcut == nil ? nil : kept?.prefix(count) ?? y
    try norm.shareSums(kernels, dy, x: convolved.prefix(count), kept: kept, shortcut: shortcut, workspace)
  }

  func forwardWithoutSamples() throws { try norm.forwardWithoutSamples(kernels, workspace) }

  /// Folds the normalisation into the convolution, which `postOp` follows.
  func freeze(folding postOp: Conv2DPostOp) throws {
    let plan = try Conv2DPlan(kernels, conv.shape(postOp: postOp))
    let parameters = [conv.weight, conv.bias, norm.gamma, norm.beta].compactMap(\.self)
    let key = FoldedWeight.Key(packing: plan.packing, gamma: norm.gamma.name)
    let weight = try scope.prepare(key, replacing: parameters) { try FoldedWeight(plan, spec, conv, norm) }
    folded = FoldedConv2D(plan, weight, workspace)
  }

  func thaw() { folded = nil }
}

extension NormalisedConv2DLayer: MixesSamples {
  func sumShards(_ dy: Tensor, _ xs: Selection<Tensor>, y: Tensor, into dxs: Selection<Tensor?>) throws {
    try pair.shareSums(dy, y: y, shortcut: nil)
  }
  func forwardWithoutSamples() throws { try pair.forwardWithoutSamples() }
  func backwardWithoutSamples() throws { try pair.shareSums(nil, y: nil, shortcut: nil) }
}

extension NormalisedConv2DAddLayer: MixesSamples {
  func sumShards(_ dy: Tensor, _ xs: Selection<Tensor>, y: Tensor, into dxs: Selection<Tensor?>) throws {
    try pair.shareSums(dy, y: y, shortcut: shortcutGradient(dy, dxs))
  }
  func forwardWithoutSamples() throws { try pair.forwardWithoutSamples() }
  func backwardWithoutSamples() throws { try pair.shareSums(nil, y: nil, shortcut: nil) }
}
