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

/// A convolution with the batch normalisation behind it folded into its weight and bias: what ``Layer/freeze()`` makes of the
/// two.
final class FoldedConv2D {
  private let plan: Conv2DPlan
  private let weight: Tensor
  private let packed: PackedConv2DWeight
  private let bias: Tensor
  private let argmax: Buffer<UInt8>?
  private let workspace: Workspace

  /// - Parameters:
  ///   - shape: the convolution's; its post-op is what follows the normalisation.
  ///   - weight: the folded weight.
  ///   - bias: the folded bias.
  init(_ kernels: Kernels, _ shape: Conv2DShape, weight: Tensor, bias: Tensor, _ workspace: Workspace) throws {
    plan = try Conv2DPlan(kernels, shape)
    packed = try plan.pack(weight: weight.span)
    let arena = Arena()
    argmax = shape.argmaxCount > 0 ? arena.claim(UInt8.self, count: shape.argmaxCount) : nil
    arena.allocate()
    (self.weight, self.bias, self.workspace) = (weight, bias, workspace)
    workspace.reserve(plan.workspaceBytes)
  }

  func forward(_ x: Tensor, shortcut: Tensor?, into y: Tensor) throws {
    let batch = x.shape[0]
    let argmax = argmax?.slice(0, plan.shape.argmaxCount / plan.shape.batch * batch)
    try plan.forward(
      batch: batch, x.span, weight: weight.span, packed: packed, bias: bias.span, into: y.mutableSpan,
      argmax: argmax.mutableSpan,
      shortcut: shortcut.span, workspace: workspace)
  }
}
