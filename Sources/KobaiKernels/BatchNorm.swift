import CKernels

/// The sizes and constants of a batch normalisation of x (batch, channels, plane).
public struct BatchNormShape: Sendable, Equatable {
  /// `plane` is height · width of an image, 1 for the outputs of an affine layer.
  public var batch: Int, channels: Int, plane: Int
  /// Added to the variance, so that nothing divides by zero.
  public var epsilon: Float
  /// The weight of the new value in the running statistics.
  public var momentum: Float

  /// The sizes of one pass, with PyTorch's defaults.
  public init(batch: Int, channels: Int, plane: Int = 1, epsilon: Float = 1e-5, momentum: Float = 0.1) {
    (self.batch, self.channels, self.plane) = (batch, channels, plane)
    (self.epsilon, self.momentum) = (epsilon, momentum)
  }

  /// Elements of the input, and of the output.
  public var count: Int { batch * channels * plane }

  func check(_ checks: Checks) throws(KernelError) {
    try checks.require(
      batch > 0 && channels > 0 && plane > 0, "\(batch)×\(channels)×\(plane): sizes must be positive")
    try checks.require(epsilon > 0, "epsilon \(epsilon) must be positive")
  }

  var raw: ck_batch_norm {
    ck_batch_norm(batch: batch, channels: channels, plane: plane, epsilon: epsilon, momentum: momentum)
  }
}

extension Kernels {
  /// y = gamma · (x − mean) / √(variance + ε) + beta with the batch's own statistics, which are kept in `mean` and
  /// `inverseStd` for the backward pass; the running ones move towards them (the variance unbiased, as in PyTorch).
  public func batchNormForward(
    _ shape: BatchNormShape, _ x: Span<Float>, gamma: Span<Float>, beta: Span<Float>,
    runningMean: consuming MutableSpan<Float>, runningVariance: consuming MutableSpan<Float>,
    into y: consuming MutableSpan<Float>, mean: consuming MutableSpan<Float>,
    inverseStd: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks("batch norm forward")
    try shape.check(checks)
    try checks.count("x", x.count, shape.count)
    try checks.count("y", y.count, shape.count)
    try checks.count("gamma", gamma.count, shape.channels)
    try checks.count("beta", beta.count, shape.channels)
    try checks.count("runningMean", runningMean.count, shape.channels)
    try checks.count("runningVariance", runningVariance.count, shape.channels)
    try checks.count("mean", mean.count, shape.channels)
    try checks.count("inverseStd", inverseStd.count, shape.channels)
    var norm = shape.raw
    let (target, running) = unsafe (y.pointer(), (runningMean.pointer(), runningVariance.pointer()))
    let saved = unsafe (mean.pointer(), inverseStd.pointer())
    unsafe withContext {
      unsafe ck_batch_norm_forward(
        $0, &norm, x.pointer, gamma.pointer, beta.pointer, running.0, running.1, target, saved.0, saved.1)
    }
  }

  /// The same with the running statistics.
  public func batchNormInfer(
    _ shape: BatchNormShape, _ x: Span<Float>, gamma: Span<Float>, beta: Span<Float>, runningMean: Span<Float>,
    runningVariance: Span<Float>, into y: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks("batch norm inference")
    try shape.check(checks)
    try checks.count("x", x.count, shape.count)
    try checks.count("y", y.count, shape.count)
    try checks.count("gamma", gamma.count, shape.channels)
    try checks.count("beta", beta.count, shape.channels)
    try checks.count("runningMean", runningMean.count, shape.channels)
    try checks.count("runningVariance", runningVariance.count, shape.channels)
    var norm = shape.raw
    let target = unsafe y.pointer()
    unsafe withContext {
      unsafe ck_batch_norm_infer(
        $0, &norm, x.pointer, gamma.pointer, beta.pointer, runningMean.pointer, runningVariance.pointer, target)
    }
  }

  /// The gradients of the training pass; dx may be left out.
  public func batchNormBackward(
    _ shape: BatchNormShape, _ dy: Span<Float>, x: Span<Float>, gamma: Span<Float>, mean: Span<Float>,
    inverseStd: Span<Float>, dx: consuming MutableSpan<Float>?, dGamma: consuming MutableSpan<Float>,
    dBeta: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks("batch norm backward")
    try shape.check(checks)
    try checks.count("dy", dy.count, shape.count)
    try checks.count("x", x.count, shape.count)
    try checks.count("gamma", gamma.count, shape.channels)
    try checks.count("mean", mean.count, shape.channels)
    try checks.count("inverseStd", inverseStd.count, shape.channels)
    try checks.count("dx", dx?.count, shape.count)
    try checks.count("dGamma", dGamma.count, shape.channels)
    try checks.count("dBeta", dBeta.count, shape.channels)
    var norm = shape.raw
    let (dxPointer, dgPointer, dbPointer) = unsafe (dx.pointer(), dGamma.pointer(), dBeta.pointer())
    unsafe withContext {
      unsafe ck_batch_norm_backward(
        $0, &norm, dy.pointer, x.pointer, gamma.pointer, mean.pointer, inverseStd.pointer, dxPointer, dgPointer,
        dbPointer)
    }
  }
}
