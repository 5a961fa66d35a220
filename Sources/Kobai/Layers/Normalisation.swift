import KobaiKernels

/// What a batch normalisation has, by itself or behind a convolution: parameters, running statistics, and the statistics of
/// the last training batch.
struct Normalisation {
  let gamma: Parameter
  let beta: Parameter
  let runningMean: Tensor
  let runningVariance: Tensor
  let mean: Tensor
  let inverseStd: Tensor
  private let unwanted: (gamma: Tensor, beta: Tensor)  // gradients of what is not trained, which dx depends on
  /// The shape of one sample of the output.
  let output: Shape
  private let shape: BatchNormShape
  private let indices: Buffer<UInt8>?  // nil where no pooling is fused
  let scope: BuildScope

  /// Checks the shape of one sample of what is normalised, and claims everything from `scope`.
  init(_ spec: BatchNorm, _ input: Shape, postOp: BatchNormPostOp, in scope: BuildScope) throws(BuildError) {
    guard input.count > 0, input.rank == 1 || input.rank == 3 else {
      throw scope.error("batch normalisation needs vectors or (channels, height, width), not \(input)")
    }
    guard spec.epsilon > 0 else { throw scope.error("epsilon \(spec.epsilon) must be positive") }
    guard spec.momentum >= 0, spec.momentum <= 1 else {
      throw scope.error("momentum \(spec.momentum) must be in 0 ... 1")
    }
    let channels = input[0]
    gamma = scope.mixedParameter("weight", [channels], .constant(1))
    beta = scope.mixedParameter("bias", [channels], .zeros)
    runningMean = scope.buffer("running_mean", [channels], filledWith: 0)
    runningVariance = scope.buffer("running_var", [channels], filledWith: 1)
    mean = scope.trainingMemory([channels])
    inverseStd = scope.trainingMemory([channels])
    unwanted = (scope.trainingMemory([channels]), scope.trainingMemory([channels]))
    shape = BatchNormShape(
      batch: scope.batch, channels: channels, size: input.rank == 3 ? Size2D(input[1], input[2]) : 1,
      epsilon: spec.epsilon, momentum: spec.momentum, postOp: postOp)
    output = postOp.pools ? [channels, input[1] / 2, input[2] / 2] : input
    indices = shape.argmaxCount > 0 ? scope.bytes(shape.argmaxCount) : nil
    self.scope = scope
  }

  /// Where the gradients of the parameters go, trained or not.
  var gammaGradient: Tensor { gamma.trainedGradient ?? unwanted.gamma }
  var betaGradient: Tensor { beta.trainedGradient ?? unwanted.beta }

  var epsilon: Float { shape.epsilon }
  var postOp: BatchNormPostOp { shape.postOp }

  /// The sizes of a pass over so many samples.
  func shape(batch: Int) -> BatchNormShape {
    var shape = self.shape
    shape.batch = batch
    return shape
  }

  /// The part of the indices that pooling keeps which so many samples take.
  func argmax(_ batch: Int) -> Buffer<UInt8>? {
    indices.map { scope.current($0, batch, perSample: shape.argmaxCount / shape.batch) }
  }

  /// The same of some samples.
  func argmax(of samples: Range<Int>) -> Buffer<UInt8>? {
    let each = shape.argmaxCount / shape.batch
    return indices?.slice(samples.lowerBound * each, samples.count * each)
  }

  /// How many values of each channel the statistics and the sums are over; nil where they are the batch's own.
  var sharedSamples: Int? { scope.shardedBatch.map { $0.whole * shape.plane } }

  /// The training pass; `moments` are those of x's planes where they are known, and `kept` gets what an activation is taken of
  /// where its backward pass needs that and a shortcut was added.
  func forward(
    _ kernels: Kernels, _ x: Tensor, moments: Tensor?, shortcut: Tensor?, into y: Tensor, kept: Tensor?,
    _ workspace: Workspace
  ) throws {
    let batch = x.shape[0]
    let argmax = argmax(batch)
    if let sharded = scope.shardedBatch {
      try shareStatistics(kernels, sharded, x, moments: moments, workspace)
      return try kernels.batchNormApply(
        shape(batch: batch), x.span, shortcut: shortcut.span, gamma: gamma.value.span, beta: beta.value.span,
        mean: mean.span, inverseStd: inverseStd.span, into: y.mutableSpan, kept: kept.mutableSpan,
        argmax: argmax.mutableSpan, workspace: workspace)
    }
    try kernels.batchNormForward(
      shape(batch: batch), x.span, moments: moments.span, shortcut: shortcut.span, gamma: gamma.value.span,
      beta: beta.value.span, runningMean: runningMean.mutableSpan, runningVariance: runningVariance.mutableSpan,
      into: y.mutableSpan, kept: kept.mutableSpan, argmax: argmax.mutableSpan, mean: mean.mutableSpan,
      inverseStd: inverseStd.mutableSpan,
      workspace: workspace)
  }

  /// The gradients of the last training pass; `kept` is read where a shortcut was added before an activation, whose derivative
  /// is taken from it.
  func backward(
    _ kernels: Kernels, _ dy: Tensor, x: Tensor, kept: Tensor?, into dx: Tensor?, shortcut: Tensor?,
    _ workspace: Workspace
  ) throws {
    let batch = x.shape[0]
    let argmax = argmax(batch)
    if let sharedSamples {
      guard let dx else { return }
      return try kernels.batchNormInputGradient(
        shape(batch: batch), samples: sharedSamples, dy.span, x: x.span, argmax: argmax.span, gamma: gamma.value.span,
        beta: beta.value.span, mean: mean.span, inverseStd: inverseStd.span, dGamma: gammaGradient.span,
        dBeta: betaGradient.span, dx: dx.mutableSpan, workspace: workspace)
    }
    try kernels.batchNormBackward(
      shape(batch: batch), dy.span, x: x.span, kept: kept.span, argmax: argmax.span, gamma: gamma.value.span,
      beta: beta.value.span, mean: mean.span, inverseStd: inverseStd.span, dx: dx.mutableSpan,
      dShortcut: shortcut.mutableSpan, dGamma: gammaGradient.mutableSpan, dBeta: betaGradient.mutableSpan,
      workspace: workspace)
  }
}
