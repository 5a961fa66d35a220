import CKernels

/// What is applied to the outputs of a batch normalisation in the same pass. The bits are those of the separate kernels.
public enum BatchNormPostOp: Sendable, Hashable {
  /// The outputs stay as they are.
  case none
  /// An activation function.
  case activation(Activation)
  /// An activation function, then 2 × 2 max pooling with windows side by side; the planes must have even sides.
  case activationMaxPool(Activation)

  /// max(y, 0)
  public static let relu = BatchNormPostOp.activation(.relu)
  /// ReLU, then 2 × 2 max pooling.
  public static let reluMaxPool = BatchNormPostOp.activationMaxPool(.relu)

  /// The activation; nil where there is none.
  public var activation: Activation? {
    switch self {
    case .none: nil
    case .activation(let activation), .activationMaxPool(let activation): activation
    }
  }

  /// Whether the outputs are pooled.
  public var pools: Bool { if case .activationMaxPool = self { true } else { false } }

  var raw: ck_norm_post_op {
    switch self {
    case .none: CK_NORM_NONE
    case .activation: CK_NORM_ACTIVATION
    case .activationMaxPool: CK_NORM_ACTIVATION_MAX_POOL
    }
  }
}

/// The sizes and constants of a batch normalisation of x (batch, channels, height, width).
public struct BatchNormShape: Sendable, Equatable {
  /// Images and their channels.
  public var batch: Int, channels: Int
  /// Height and width of a plane; 1 × 1 for the outputs of an affine layer.
  public var size: Size2D
  /// Added to the variance, so that nothing divides by zero.
  public var epsilon: Float
  /// The weight of the new value in the running statistics.
  public var momentum: Float
  /// What is applied to the outputs in the same pass.
  public var postOp: BatchNormPostOp

  /// The sizes of one pass, with PyTorch's defaults.
  public init(
    batch: Int, channels: Int, size: Size2D = 1, epsilon: Float = 1e-5, momentum: Float = 0.1,
    postOp: BatchNormPostOp = .none
  ) {
    (self.batch, self.channels, self.size) = (batch, channels, size)
    (self.epsilon, self.momentum, self.postOp) = (epsilon, momentum, postOp)
  }

  /// Elements of a plane.
  public var plane: Int { size.area }
  /// Elements of the input.
  public var count: Int { batch *| channels *| plane }
  /// Elements of the output, a quarter of the input's after pooling.
  public var outputCount: Int { postOp.pools ? count / 4 : count }
  /// Bytes of the indices of the largest pixels, which pooling keeps for the backward pass; 0 for other post-ops.
  public var argmaxCount: Int { postOp.pools ? count / 4 : 0 }
  /// Elements of what the forward pass keeps for an activation: the sum with a shortcut, where it keeps its input.
  func keptCount(adds: Bool) -> Int { adds && postOp.activation?.keepsInput == true ? count : 0 }
  /// Elements of the moments of all planes (batch, 2, channels): the means, then the sums of squared deviations from them.
  public var momentsCount: Int { 2 *| batch *| channels }

  func check(_ checks: Checks) throws(KernelError) {
    try checks.require(
      batch > 0 && channels > 0 && size.height > 0 && size.width > 0,
      "\(batch)×\(channels)×\(size): sizes must be positive")
    try checks.require(epsilon > 0, "epsilon \(epsilon) must be positive")
    try checks.require(
      !postOp.pools || size.height % 2 == 0 && size.width % 2 == 0,
      "2×2 pooling of \(size) planes, whose sides must be even")
    try postOp.activation?.check(checks)
  }

  var raw: ck_batch_norm {
    unsafe ck_batch_norm(
      batch: batch, channels: channels, plane: plane, epsilon: epsilon, momentum: momentum, post_op: postOp.raw,
      width: size.width, activation: (postOp.activation ?? .relu).raw)
  }
}

extension Kernels {
  /// The scratch that a batch normalisation's passes need.
  public func batchNormWorkspaceBytes(_ shape: BatchNormShape) -> Int {
    var norm = unsafe shape.raw
    return unsafe withContext { unsafe ck_batch_norm_workspace_bytes($0, &norm) }
  }

  /// y = gamma · (x − mean) / √(variance + ε) + beta with the batch's own statistics, which are kept in `mean` and
  /// `inverseStd` for the backward pass; the running ones move towards them (the variance unbiased, as in PyTorch). Then the
  /// shape's post-op.
  ///
  /// - Parameters:
  ///   - shape: all sizes, and the post-op.
  ///   - x: (batch, channels, height, width)
  ///   - moments: those of x's planes, where a convolution handed them over; nil: they are computed.
  ///   - shortcut: added before an activation, shaped like `x`; not with pooling.
  ///   - gamma: (channels)
  ///   - beta: (channels)
  ///   - runningMean: (channels)
  ///   - runningVariance: (channels)
  ///   - y: ``BatchNormShape/outputCount`` elements.
  ///   - kept: with a shortcut and an activation that keeps its input, gets the sum of the two, for the backward pass.
  ///   - argmax: with pooling, ``BatchNormShape/argmaxCount`` bytes for the backward pass.
  ///   - mean: (channels)
  ///   - inverseStd: (channels)
  ///   - workspace: scratch memory; give the same one again and again.
  /// - Throws: ``KernelError`` where a buffer's size is not the shape's.
  public func batchNormForward(
    _ shape: BatchNormShape, _ x: Span<Float>, moments: Span<Float>? = nil, shortcut: Span<Float>? = nil,
    gamma: Span<Float>, beta: Span<Float>, runningMean: consuming MutableSpan<Float>,
    runningVariance: consuming MutableSpan<Float>, into y: consuming MutableSpan<Float>,
    kept: consuming MutableSpan<Float>? = nil, argmax: consuming MutableSpan<UInt8>? = nil,
    mean: consuming MutableSpan<Float>,
    inverseStd: consuming MutableSpan<Float>, workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("batch norm forward")
    try shape.check(checks)
    try checks.count("x", x.count, shape.count)
    try checks.count("moments", moments?.count, shape.momentsCount)
    try checks.count("shortcut", shortcut?.count, shape.postOp.pools ? 0 : shape.count)
    try checks.count("y", y.count, shape.outputCount)
    try checks.count("kept", kept?.count, shape.keptCount(adds: shortcut != nil))
    try checks.count("argmax", argmax?.count ?? 0, shape.argmaxCount)
    try checks.count("gamma", gamma.count, shape.channels)
    try checks.count("beta", beta.count, shape.channels)
    try checks.count("runningMean", runningMean.count, shape.channels)
    try checks.count("runningVariance", runningVariance.count, shape.channels)
    try checks.count("mean", mean.count, shape.channels)
    try checks.count("inverseStd", inverseStd.count, shape.channels)
    var norm = unsafe shape.raw
    let (target, keeper, indices) = unsafe (y.pointer(), kept.pointer(), argmax.pointer())
    let running = unsafe (runningMean.pointer(), runningVariance.pointer())
    let saved = unsafe (mean.pointer(), inverseStd.pointer())
    let scratch = unsafe workspace.pointer(bytes: batchNormWorkspaceBytes(shape))
    unsafe withContext {
      unsafe ck_batch_norm_forward(
        $0, &norm, x.pointer, moments?.pointer ?? nil, shortcut?.pointer ?? nil, gamma.pointer, beta.pointer, running.0,
        running.1, target, keeper, indices, saved.0, saved.1, scratch)
    }
  }

  /// 1 / √(variance + ε) of each channel, for ``Conv2DPlan/forward(batch:_:weight:bias:gamma:beta:mean:inverseStd:activation:shortcut:into:workspace:)``.
  public func batchNormInverseStd(
    variance: Span<Float>, epsilon: Float, into inverseStd: consuming MutableSpan<Float>
  ) throws(KernelError) {
    try Checks("batch norm inverse std").count("inverseStd", inverseStd.count, variance.count)
    let target = unsafe inverseStd.pointer()
    unsafe withContext { unsafe ck_batch_norm_inverse_std($0, variance.count, variance.pointer, epsilon, target) }
  }

  /// The same with the running statistics.
  ///
  /// - Parameters:
  ///   - shape: all sizes, and the post-op.
  ///   - x: (batch, channels, height, width)
  ///   - shortcut: added before an activation, shaped like `x`; not with pooling.
  ///   - gamma: (channels)
  ///   - beta: (channels)
  ///   - runningMean: (channels)
  ///   - runningVariance: (channels)
  ///   - y: ``BatchNormShape/outputCount`` elements.
  ///   - argmax: with pooling, ``BatchNormShape/argmaxCount`` bytes.
  ///   - workspace: scratch memory; give the same one again and again.
  /// - Throws: ``KernelError`` where a buffer's size is not the shape's.
  public func batchNormInfer(
    _ shape: BatchNormShape, _ x: Span<Float>, shortcut: Span<Float>? = nil, gamma: Span<Float>, beta: Span<Float>,
    runningMean: Span<Float>, runningVariance: Span<Float>, into y: consuming MutableSpan<Float>,
    argmax: consuming MutableSpan<UInt8>? = nil, workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("batch norm inference")
    try shape.check(checks)
    try checks.count("x", x.count, shape.count)
    try checks.count("shortcut", shortcut?.count, shape.postOp.pools ? 0 : shape.count)
    try checks.count("y", y.count, shape.outputCount)
    try checks.count("argmax", argmax?.count ?? 0, shape.argmaxCount)
    try checks.count("gamma", gamma.count, shape.channels)
    try checks.count("beta", beta.count, shape.channels)
    try checks.count("runningMean", runningMean.count, shape.channels)
    try checks.count("runningVariance", runningVariance.count, shape.channels)
    var norm = unsafe shape.raw
    let (target, indices) = unsafe (y.pointer(), argmax.pointer())
    let scratch = unsafe workspace.pointer(bytes: batchNormWorkspaceBytes(shape))
    unsafe withContext {
      unsafe ck_batch_norm_infer(
        $0, &norm, x.pointer, shortcut?.pointer ?? nil, gamma.pointer, beta.pointer, runningMean.pointer,
        runningVariance.pointer, target, indices, scratch)
    }
  }

  /// The gradients of the training pass.
  ///
  /// - Parameters:
  ///   - shape: the forward pass's.
  ///   - dy: the gradient of the output, shaped like it.
  ///   - x: the forward pass's input.
  ///   - kept: where a shortcut was added before an activation, what that one's derivative is taken from: what the forward pass
  ///     kept where ``Activation/keepsInput`` says so, else its output.
  ///   - argmax: what pooling kept.
  ///   - gamma: the forward pass's; so are the next three.
  ///   - beta: (channels)
  ///   - mean: (channels)
  ///   - inverseStd: (channels)
  ///   - dx: shaped like `x`; it may lie in `dy`'s memory where nothing is pooled. It may be left out, where the convolution
  ///     before computes it for itself.
  ///   - dShortcut: where a shortcut was added, its gradient, which is that of the activation's input; it may lie in `dy`'s memory.
  ///   - dGamma: (channels)
  ///   - dBeta: (channels)
  ///   - workspace: scratch memory; give the same one again and again.
  /// - Throws: ``KernelError`` where a buffer's size is not the shape's.
  public func batchNormBackward(
    _ shape: BatchNormShape, _ dy: Span<Float>, x: Span<Float>, kept: Span<Float>? = nil, argmax: Span<UInt8>? = nil,
    gamma: Span<Float>, beta: Span<Float>, mean: Span<Float>, inverseStd: Span<Float>,
    dx: consuming MutableSpan<Float>?, dShortcut: consuming MutableSpan<Float>? = nil,
    dGamma: consuming MutableSpan<Float>, dBeta: consuming MutableSpan<Float>, workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("batch norm backward")
    try shape.check(checks)
    try checks.count("dy", dy.count, shape.outputCount)
    try checks.count("x", x.count, shape.count)
    let derives = dShortcut != nil && shape.postOp != .none
    try checks.count("kept", kept?.count ?? 0, derives || kept != nil ? shape.outputCount : 0)
    try checks.count("argmax", argmax?.count ?? 0, shape.argmaxCount)
    var channels = unsafe try checks.channels(shape.channels, gamma, beta, mean, inverseStd)
    try checks.count("dx", dx?.count, shape.count)
    try checks.count("dShortcut", dShortcut?.count, shape.postOp.pools ? 0 : shape.count)
    try checks.count("dGamma", dGamma.count, shape.channels)
    try checks.count("dBeta", dBeta.count, shape.channels)
    var norm = unsafe shape.raw
    let (dxPointer, dsPointer) = unsafe (dx.pointer(), dShortcut.pointer())
    let (dgPointer, dbPointer) = unsafe (dGamma.pointer(), dBeta.pointer())
    let scratch = unsafe workspace.pointer(bytes: batchNormWorkspaceBytes(shape))
    unsafe withContext {
      unsafe ck_batch_norm_backward(
        $0, &norm, dy.pointer, x.pointer, kept?.pointer ?? nil, argmax?.pointer ?? nil, &channels, dxPointer, dsPointer,
        dgPointer, dbPointer, scratch)
    }
  }
}

extension Checks {
  /// What normalises each channel, as C takes it.
  @unsafe func channels(
    _ count: Int, _ gamma: Span<Float>, _ beta: Span<Float>, _ mean: Span<Float>, _ inverseStd: Span<Float>
  ) throws(KernelError) -> ck_norm_channels {
    try self.count("gamma", gamma.count, count)
    try self.count("beta", beta.count, count)
    try self.count("mean", mean.count, count)
    try self.count("inverseStd", inverseStd.count, count)
    return unsafe ck_norm_channels(
      gamma: gamma.pointer, beta: beta.pointer, mean: mean.pointer, inverse_std: inverseStd.pointer)
  }
}
