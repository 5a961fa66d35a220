import CKernels

/// The sizes and constants of a normalisation of x (samples, groups, channels, plane) within each group of each sample.
///
/// Layer normalisation is that of one group whose planes are single elements: samples are rows, channels their length.
public struct GroupNormShape: Sendable, Equatable {
  /// How many samples there are, and the groups of channels in each.
  public var samples: Int, groups: Int
  /// The channels of a group, and the elements of a channel: height · width of an image.
  public var channels: Int, plane: Int
  /// Added to the variance, so that nothing divides by zero.
  public var epsilon: Float

  /// The default is PyTorch's.
  public init(samples: Int, groups: Int = 1, channels: Int, plane: Int = 1, epsilon: Float = 1e-5) {
    (self.samples, self.groups, self.channels, self.plane) = (samples, groups, channels, plane)
    self.epsilon = epsilon
  }

  /// Elements of the input and of the output.
  public var count: Int { samples *| groups *| channels *| plane }

  fileprivate func check(
    _ checks: Checks, gamma: Int?, beta: Int?, mean: Int, inverseStd: Int
  ) throws(KernelError) {
    try checks.require(
      samples >= 0 && groups > 0 && channels > 0 && plane > 0,
      "\(samples) samples of \(groups) groups of \(channels) channels of \(plane): sizes must be positive")
    try checks.require(epsilon > 0, "epsilon \(epsilon) must be positive")
    try checks.count("gamma", gamma, groups *| channels)
    try checks.count("beta", beta, groups *| channels)
    try checks.count("mean", mean, samples *| groups)
    try checks.count("inverseStd", inverseStd, samples *| groups)
  }

  fileprivate var raw: ck_group_norm {
    ck_group_norm(samples: samples, groups: groups, channels: channels, plane: plane, epsilon: epsilon)
  }
}

extension Kernels {
  /// y = gamma · (x − mean) · inverseStd + beta; `gamma` and `beta` (groups, channels) may be left out. `mean` and
  /// `inverseStd` (samples, groups) are filled for the backward pass.
  public func groupNormForward(
    _ shape: GroupNormShape, _ x: Span<Float>, gamma: Span<Float>?, beta: Span<Float>?,
    into y: consuming MutableSpan<Float>, mean: consuming MutableSpan<Float>, inverseStd: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks("group norm forward")
    try shape.check(checks, gamma: gamma?.count, beta: beta?.count, mean: mean.count, inverseStd: inverseStd.count)
    try checks.count("x", x.count, shape.count)
    try checks.count("y", y.count, shape.count)
    var norm = shape.raw
    let (target, meanPointer, stdPointer) = unsafe (y.pointer(), mean.pointer(), inverseStd.pointer())
    unsafe withContext {
      unsafe ck_group_norm_forward(
        $0, &norm, x.pointer, gamma?.pointer ?? nil, beta?.pointer ?? nil, target, meanPointer, stdPointer)
    }
  }

  /// The gradients of the input, of gamma and of beta; each may be left out. Where the batch comes in parts, `sums` lets
  /// those of gamma and beta go on.
  public func groupNormBackward(
    _ shape: GroupNormShape, _ dy: Span<Float>, x: Span<Float>, gamma: Span<Float>?, mean: Span<Float>,
    inverseStd: Span<Float>, dx: consuming MutableSpan<Float>?, dGamma: consuming MutableSpan<Float>?,
    dBeta: consuming MutableSpan<Float>?, sums: BatchSums? = nil, workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("group norm backward")
    try shape.check(checks, gamma: gamma?.count, beta: nil, mean: mean.count, inverseStd: inverseStd.count)
    try checks.count("dy", dy.count, shape.count)
    try checks.count("x", x.count, shape.count)
    try checks.count("dx", dx?.count, shape.count)
    try checks.count("dGamma", dGamma?.count, shape.groups *| shape.channels)
    try checks.count("dBeta", dBeta?.count, shape.groups *| shape.channels)
    var norm = shape.raw
    let (dxPointer, dgPointer, dbPointer) = unsafe (dx.pointer(), dGamma.pointer(), dBeta.pointer())
    let scratch = unsafe workspace.pointer(bytes: ck_group_norm_workspace_bytes(&norm))
    let floats = unsafe ck_group_norm_sums_floats(&norm)
    try unsafe sums.withPart(checks, shape.samples, floats: floats) { part in
      unsafe withContext {
        unsafe ck_group_norm_backward(
          $0, &norm, dy.pointer, x.pointer, gamma?.pointer ?? nil, mean.pointer, inverseStd.pointer, dxPointer,
          dgPointer, dbPointer, part, scratch)
      }
    }
  }

  /// The scratch that the backward pass needs.
  public func groupNormWorkspaceBytes(_ shape: GroupNormShape) -> Int {
    var norm = shape.raw
    return unsafe ck_group_norm_workspace_bytes(&norm)
  }
}
