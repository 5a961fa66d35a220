/// Batch normalisation (section 6.3 of the book; Ioffe & Szegedy, 2015): per channel of images, per element of
/// vectors.
///
/// Parameters and buffers as in PyTorch: "weight" (gamma), "bias" (beta), "running_mean" and "running_var".
public struct BatchNorm: LayerSpec, Codable {
  /// Added to the variance, so that nothing divides by zero.
  public var epsilon: Float
  /// The weight of the new value in the running statistics.
  public var momentum: Float

  /// The defaults are PyTorch's.
  public init(epsilon: Float = 1e-5, momentum: Float = 0.1) {
    (self.epsilon, self.momentum) = (epsilon, momentum)
  }

  public var description: String { "BatchNorm" }

  public func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> BatchNormLayer {
    try build(input, postOp: .none, in: scope)
  }

  public func absorbing(_ next: any NodeSpec, inputs: [Shape]) -> (any NodeSpec)? {
    next.pointwise.map { FusedBatchNorm(norm: self, postOp: .activation($0)) }
  }

  fileprivate func build(_ input: Shape, postOp: BatchNormPostOp, in scope: BuildScope) throws(BuildError)
    -> BatchNormLayer
  {
    BatchNormLayer(try Normalisation(self, input, postOp: postOp, in: scope), in: scope)
  }
}

/// A batch normalisation and the layers behind it that are its post-op.
private struct FusedBatchNorm: LayerSpec {
  let norm: BatchNorm
  let postOp: BatchNormPostOp

  var description: String { "\(norm), \(postOp)" }

  func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> BatchNormLayer {
    try norm.build(input, postOp: postOp, in: scope)
  }

  func absorbing(_ next: any NodeSpec, inputs: [Shape]) -> (any NodeSpec)? {
    guard case .activation(let activation) = postOp, inputs[0].rank == 3, let pool = next as? MaxPool2D,
      pool.isSideBySide(Size2D(inputs[0][1], inputs[0][2]))
    else { return nil }
    return FusedBatchNorm(norm: norm, postOp: .activationMaxPool(activation))
  }
}

/// A built ``BatchNorm``.
public final class BatchNormLayer: Layer {
  /// The factor of each normalised channel (channels); saved as "weight".
  public var gamma: Parameter { norm.gamma }
  /// The summand of each normalised channel (channels); saved as "bias".
  public var beta: Parameter { norm.beta }
  /// The mean of each channel that inference uses (channels).
  public var runningMean: Tensor { norm.runningMean }
  /// The unbiased variance of each channel that inference uses (channels).
  public var runningVariance: Tensor { norm.runningVariance }
  public var output: Shape { norm.output }
  private let norm: Normalisation
  private let kernels: Kernels
  private let workspace: Workspace

  init(_ norm: Normalisation, in scope: BuildScope) {
    (self.norm, kernels, workspace) = (norm, scope.kernels, scope.workspace)
    workspace.reserve(kernels.batchNormWorkspaceBytes(norm.shape(batch: scope.batch)))
  }

  public var retained: Retained { .input }
  public var backwardNeedsTraining: Bool { true }
  public var differentiatesShards: Bool { true }

  public func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws {
    let batch = x.shape[0]
    if mode.isTraining {
      try norm.forward(kernels, x, moments: nil, shortcut: nil, into: y, kept: nil, workspace)
    } else {
      let argmax = norm.argmax(batch)
      try kernels.batchNormInfer(
        norm.shape(batch: batch), x.span, gamma: gamma.value.span, beta: beta.value.span, runningMean: runningMean.span,
        runningVariance: runningVariance.span, into: y.mutableSpan, argmax: argmax.mutableSpan, workspace: workspace)
    }
  }

  /// Computes the gradients of the last *training* pass.
  public func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws {
    try norm.backward(kernels, dy, x: x, kept: nil, into: dx, shortcut: nil, workspace)
  }
}

extension BatchNormLayer: MixesSamples {
  func sumShards(_ dy: Tensor, _ xs: Selection<Tensor>, y: Tensor, into dxs: Selection<Tensor?>) throws {
    try norm.shareSums(kernels, dy, x: xs[0], kept: nil, shortcut: nil, workspace)
  }
  func forwardWithoutSamples() throws { try norm.forwardWithoutSamples(kernels, workspace) }
  func backwardWithoutSamples() throws {
    try norm.shareSums(kernels, nil, x: nil, kept: nil, shortcut: nil, workspace)
  }
}
