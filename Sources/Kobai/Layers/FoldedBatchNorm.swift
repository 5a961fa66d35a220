import KobaiKernels
import KobaiPreconditions

extension BatchNorm {
  /// The weight and bias of one convolution that computes what a convolution and the batch normalisation behind it compute in
  /// inference: w' = w · gamma / √(variance + ε) and b' = (b − mean) · gamma / √(variance + ε) + beta, in double precision
  /// up to the last rounding. Its outputs are those of the two apart but for rounding.
  ///
  /// - Parameters:
  ///   - weight: the convolution's (filters, channels / groups, kernel height, kernel width).
  ///   - bias: the convolution's (filters); nil is zeros.
  ///   - gamma: the normalisation's (filters), as the next three.
  ///   - beta: (filters)
  ///   - mean: the running mean.
  ///   - variance: the running variance.
  ///   - foldedWeight: shaped like `weight`.
  ///   - foldedBias: (filters)
  public func fold(
    weight: Tensor, bias: Tensor?, gamma: Tensor, beta: Tensor, mean: Tensor, variance: Tensor,
    into foldedWeight: Tensor,
    _ foldedBias: Tensor
  ) {
    let filters = gamma.count
    require(
      weight.shape[0] == filters && foldedWeight.count == weight.count && foldedBias.count == filters,
      "a weight \(weight.shape) does not fit \(filters) normalised channels")
    let taps = weight.count / filters
    var w = foldedWeight.mutableSpan
    var b = foldedBias.mutableSpan
    for f in 0..<filters {
      let scale = Double(gamma.span[f]) / (Double(variance.span[f]) + Double(epsilon)).squareRoot()
      let shift = Double(bias?.span[f] ?? 0) - Double(mean.span[f])
      b[f] = Float(shift * scale + Double(beta.span[f]))
      let from = weight.span
      for i in f * taps..<(f + 1) * taps { w[i] = Float(Double(from[i]) * scale) }
    }
  }
}

/// The weight and bias of a convolution with the batch normalisation behind it folded into them.
final class FoldedWeight: @unchecked Sendable {  // nobody writes to it after `init`
  let packed: PackedConv2DWeight
  let bias: Tensor
  /// The folded weight itself; nil where the packed one replaces it.
  let weight: Tensor?

  /// What tells the folded weights of one convolution apart.
  struct Key: Hashable {
    let packing: Conv2DPacking
    /// The name of the normalisation's weight.
    let gamma: String
  }

  init(_ plan: Conv2DPlan, _ spec: BatchNorm, _ conv: Conv2DLayer, _ norm: Normalisation) throws {
    let weight = Tensor(conv.weight.value.shape)
    bias = Tensor([norm.gamma.value.count])
    spec.fold(
      weight: conv.weight.value, bias: conv.bias?.value, gamma: norm.gamma.value, beta: norm.beta.value,
      mean: norm.runningMean, variance: norm.runningVariance, into: weight, bias)
    packed = try plan.pack(weight: weight.span)
    self.weight = packed.replacesWeight ? nil : weight
  }
}

/// A convolution that a batch normalisation is folded into: what ``Layer/freeze()`` makes of the two.
final class FoldedConv2D {
  private let plan: Conv2DPlan
  private let folded: FoldedWeight
  private let argmax: Buffer<UInt8>?
  private let workspace: Workspace

  /// - Parameters:
  ///   - plan: the convolution's; its post-op is what follows the normalisation.
  ///   - folded: the weight and the bias.
  ///   - workspace: scratch memory.
  init(_ plan: Conv2DPlan, _ folded: FoldedWeight, _ workspace: Workspace) {
    let arena = Arena()
    argmax = plan.shape.argmaxCount > 0 ? arena.claim(UInt8.self, count: plan.shape.argmaxCount) : nil
    arena.allocate()
    (self.plan, self.folded, self.workspace) = (plan, folded, workspace)
    workspace.reserve(plan.packedWorkspaceBytes)
  }

  func forward(_ x: Tensor, shortcut: Tensor?, into y: Tensor) throws {
    let batch = x.shape[0]
    let argmax = argmax?.slice(0, plan.shape.argmaxCount / plan.shape.batch * batch)
    try plan.forward(
      batch: batch, x.span, weight: folded.weight.span, packed: folded.packed, bias: folded.bias.span,
      into: y.mutableSpan, argmax: argmax.mutableSpan, shortcut: shortcut.span, workspace: workspace)
  }
}
