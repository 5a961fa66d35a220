import CKernels

/// Batch normalisation of a batch whose shards are computed apart: each has statistics and sums of its own, and whoever shares
/// them out combines these.
extension Kernels {
  /// The mean and the biased variance of each channel.
  ///
  /// - Parameters:
  ///   - shape: all sizes.
  ///   - x: (batch, channels, height, width)
  ///   - moments: those of x's planes, where a convolution handed them over; nil: they are computed.
  ///   - mean: (channels)
  ///   - variance: (channels)
  ///   - workspace: scratch memory; give the same one again and again.
  /// - Throws: ``KernelError`` where a buffer's size is not the shape's.
  public func batchNormStatistics(
    _ shape: BatchNormShape, _ x: Span<Float>, moments: Span<Float>? = nil, mean: consuming MutableSpan<Float>,
    variance: consuming MutableSpan<Float>, workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("batch norm statistics")
    try shape.check(checks)
    try checks.count("x", x.count, shape.count)
    try checks.count("moments", moments?.count, shape.momentsCount)
    try checks.count("mean", mean.count, shape.channels)
    try checks.count("variance", variance.count, shape.channels)
    var norm = unsafe shape.raw
    let (means, variances) = unsafe (mean.pointer(), variance.pointer())
    let scratch = unsafe workspace.pointer(bytes: batchNormWorkspaceBytes(shape))
    unsafe withContext {
      unsafe ck_batch_norm_statistics($0, &norm, x.pointer, moments?.pointer ?? nil, means, variances, scratch)
    }
  }

  /// y = gamma · (x − mean) · inverseStd + beta, in training, then the shape's post-op.
  ///
  /// - Parameters:
  ///   - shape: all sizes, and the post-op.
  ///   - x: (batch, channels, height, width)
  ///   - shortcut: added before an activation, shaped like `x`; not with pooling.
  ///   - gamma: (channels)
  ///   - beta: (channels)
  ///   - mean: that of all shards, (channels).
  ///   - inverseStd: the same, from ``batchNormInverseStd(variance:epsilon:into:)``.
  ///   - y: ``BatchNormShape/outputCount`` elements.
  ///   - kept: with a shortcut and an activation that keeps its input, gets the sum of the two.
  ///   - argmax: with pooling, ``BatchNormShape/argmaxCount`` bytes.
  ///   - workspace: scratch memory; give the same one again and again.
  /// - Throws: ``KernelError`` where a buffer's size is not the shape's.
  public func batchNormApply(
    _ shape: BatchNormShape, _ x: Span<Float>, shortcut: Span<Float>? = nil, gamma: Span<Float>, beta: Span<Float>,
    mean: Span<Float>, inverseStd: Span<Float>, into y: consuming MutableSpan<Float>,
    kept: consuming MutableSpan<Float>? = nil, argmax: consuming MutableSpan<UInt8>? = nil,
    workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("batch norm with statistics")
    try shape.check(checks)
    try checks.count("x", x.count, shape.count)
    try checks.count("shortcut", shortcut?.count, shape.postOp.pools ? 0 : shape.count)
    try checks.count("y", y.count, shape.outputCount)
    try checks.count("kept", kept?.count, shape.keptCount(adds: shortcut != nil))
    try checks.count("argmax", argmax?.count ?? 0, shape.argmaxCount)
    var norm = unsafe shape.raw
    var channels = unsafe try checks.channels(shape.channels, gamma, beta, mean, inverseStd)
    let (target, keeper, indices) = unsafe (y.pointer(), kept.pointer(), argmax.pointer())
    let scratch = unsafe workspace.pointer(bytes: batchNormWorkspaceBytes(shape))
    unsafe withContext {
      unsafe ck_batch_norm_apply(
        $0, &norm, x.pointer, shortcut?.pointer ?? nil, &channels, target, keeper, indices, scratch)
    }
  }

  /// The input's gradient of a shard, once the sums of all are known.
  ///
  /// - Parameters:
  ///   - shape: the forward pass's. With a shortcut its post-op is none, for
  ///     ``batchNormBackward(_:_:x:kept:argmax:gamma:beta:mean:inverseStd:dx:dShortcut:dGamma:dBeta:workspace:)`` gives the gradient of
  ///     the activation's input.
  ///   - samples: how many values of each channel the sums are over.
  ///   - dy: the gradient of the output, shaped like it.
  ///   - x: the forward pass's input.
  ///   - argmax: what pooling kept.
  ///   - gamma: the forward pass's; so are the next three.
  ///   - beta: (channels)
  ///   - mean: (channels)
  ///   - inverseStd: (channels)
  ///   - dGamma: the sum of those of all shards, (channels).
  ///   - dBeta: the same.
  ///   - dx: shaped like `x`; it may lie in `dy`'s memory where nothing is pooled.
  ///   - workspace: scratch memory; give the same one again and again.
  /// - Throws: ``KernelError`` where a buffer's size is not the shape's.
  public func batchNormInputGradient(
    _ shape: BatchNormShape, samples: Int, _ dy: Span<Float>, x: Span<Float>, argmax: Span<UInt8>? = nil,
    gamma: Span<Float>, beta: Span<Float>, mean: Span<Float>, inverseStd: Span<Float>, dGamma: Span<Float>,
    dBeta: Span<Float>, dx: consuming MutableSpan<Float>, workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("batch norm input gradient")
    try shape.check(checks)
    try checks.require(samples > 0, "sums over \(samples) values")
    try checks.count("dy", dy.count, shape.outputCount)
    try checks.count("x", x.count, shape.count)
    try checks.count("argmax", argmax?.count ?? 0, shape.argmaxCount)
    try checks.count("dGamma", dGamma.count, shape.channels)
    try checks.count("dBeta", dBeta.count, shape.channels)
    try checks.count("dx", dx.count, shape.count)
    var norm = unsafe shape.raw
    var channels = unsafe try checks.channels(shape.channels, gamma, beta, mean, inverseStd)
    let target = unsafe dx.pointer()
    let scratch = unsafe workspace.pointer(bytes: batchNormWorkspaceBytes(shape))
    unsafe withContext {
      unsafe ck_batch_norm_input_gradient(
        $0, &norm, samples, dy.pointer, x.pointer, argmax?.pointer ?? nil, &channels, dGamma.pointer, dBeta.pointer,
        target, scratch)
    }
  }
}
