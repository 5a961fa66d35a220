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
    guard input.count > 0, input.rank == 1 || input.rank == 3 else {
      throw scope.error("batch normalisation needs vectors or (channels, height, width), not \(input)")
    }
    guard epsilon > 0 else { throw scope.error("epsilon \(epsilon) must be positive") }
    guard momentum >= 0, momentum <= 1 else { throw scope.error("momentum \(momentum) must be in 0 ... 1") }
    return BatchNormLayer(self, input, in: scope)
  }
}

/// A built ``BatchNorm``.
public final class BatchNormLayer: Layer {
  /// The factor of each normalised channel (channels); saved as "weight".
  public let gamma: Parameter
  /// The summand of each normalised channel (channels); saved as "bias".
  public let beta: Parameter
  /// The mean of each channel that inference uses (channels).
  public let runningMean: Tensor
  /// The unbiased variance of each channel that inference uses (channels).
  public let runningVariance: Tensor
  public let output: Shape
  private let shape: BatchNormShape
  private let mean: Tensor
  private let inverseStd: Tensor
  private let unwanted: Tensor  // for the gradients of what is not trained, which dx takes along
  private let kernels: Kernels

  init(_ spec: BatchNorm, _ input: Shape, in scope: BuildScope) {
    let channels = input[0]
    gamma = scope.parameter("weight", [channels], .constant(1), decays: false)
    beta = scope.parameter("bias", [channels], .zeros, decays: false)
    runningMean = scope.buffer("running_mean", [channels], filledWith: 0)
    runningVariance = scope.buffer("running_var", [channels], filledWith: 1)
    mean = scope.memory([channels])
    inverseStd = scope.memory([channels])
    unwanted = scope.memory([channels])
    shape = BatchNormShape(
      batch: scope.batch, channels: channels, plane: input.count / channels, epsilon: spec.epsilon,
      momentum: spec.momentum)
    (output, kernels) = (input, scope.kernels)
  }

  public var retained: Retained { .input }
  public var backwardNeedsTraining: Bool { true }

  private func shape(batch: Int) -> BatchNormShape {
    var shape = self.shape
    shape.batch = batch
    return shape
  }

  public func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws {
    let shape = shape(batch: x.shape[0])
    if mode.isTraining {
      try kernels.batchNormForward(
        shape, x.span, gamma: gamma.value.span, beta: beta.value.span, runningMean: runningMean.mutableSpan,
        runningVariance: runningVariance.mutableSpan, into: y.mutableSpan, mean: mean.mutableSpan,
        inverseStd: inverseStd.mutableSpan)
    } else {
      try kernels.batchNormInfer(
        shape, x.span, gamma: gamma.value.span, beta: beta.value.span, runningMean: runningMean.span,
        runningVariance: runningVariance.span, into: y.mutableSpan)
    }
  }

  /// Computes the gradients of the last *training* pass.
  public func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws {
    try kernels.batchNormBackward(
      shape(batch: x.shape[0]), dy.span, x: x.span, gamma: gamma.value.span, mean: mean.span,
      inverseStd: inverseStd.span, dx: dx.mutableSpan,
      dGamma: (gamma.trainedGradient ?? unwanted).mutableSpan, dBeta: (beta.trainedGradient ?? unwanted).mutableSpan)
  }
}
