import CKernels

/// How a pass of a convolution may be computed.
public enum Conv2DAlgorithm: String, Sendable, CaseIterable {
  /// The quickest one, which depends on the kernels and on one image's shape, not on the batch.
  case automatic
  /// Plain sums, for every shape but depthwise ones.
  case direct
  /// All passes of 3 × 3 windows with stride 1: Winograd's minimal filtering (Lavin & Gray, 2016).
  case winograd
  /// The weights' gradient from those output pixels alone that have one, as after a ReLU.
  case sparse
  /// The weights' gradient of one channel, for windows of 3 × 3 and 5 × 5 with stride 1 and outputs with even sides.
  case singleChannel = "single-channel"
  /// The weights' gradient in the matrix registers of AMX, below full precision and with stride 1.
  case amx
  /// The forward pass of windows of one pixel, as a plain product, at full precision; it has the bits of the direct one.
  case pointwise
  /// All passes of a depthwise convolution, whose groups have one channel each; always at full precision.
  case depthwise
  /// All passes of a batch of tiny images as one product of matrices, at full precision.
  case matrix
  /// All passes of a batch of small images in the matrix registers of AMX, below full precision; the weights' gradient with
  /// stride 1.
  case amxBatch = "amx-batch"

  var raw: ck_conv2d_algorithm {
    switch self {
    case .automatic: CK_CONV_AUTOMATIC
    case .direct: CK_CONV_DIRECT
    case .winograd: CK_CONV_WINOGRAD
    case .sparse: CK_CONV_SPARSE
    case .singleChannel: CK_CONV_SINGLE_CHANNEL
    case .amx: CK_CONV_AMX
    case .pointwise: CK_CONV_POINTWISE
    case .depthwise: CK_CONV_DEPTHWISE
    case .matrix: CK_CONV_MATRIX
    case .amxBatch: CK_CONV_AMX_BATCH
    }
  }

  fileprivate init(_ raw: ck_conv2d_algorithm) { self = Self.allCases.first { $0.raw == raw } ?? .automatic }
}

/// The algorithms of a convolution's passes.
///
/// At ``Precision/highest`` the sparse weights' gradient and the pointwise forward pass have the bits of the direct ones;
/// the others round in an order of their own.
public struct Conv2DAlgorithms: Sendable, Equatable {
  /// Of the forward pass, the weights' gradient and the input's.
  public var forward: Conv2DAlgorithm, weights: Conv2DAlgorithm, input: Conv2DAlgorithm

  /// What is left out is chosen automatically.
  public init(
    forward: Conv2DAlgorithm = .automatic, weights: Conv2DAlgorithm = .automatic, input: Conv2DAlgorithm = .automatic
  ) {
    (self.forward, self.weights, self.input) = (forward, weights, input)
  }

  fileprivate init(_ raw: ck_conv2d_algorithms) {
    self.init(
      forward: Conv2DAlgorithm(raw.forward), weights: Conv2DAlgorithm(raw.weights), input: Conv2DAlgorithm(raw.input))
  }

  fileprivate var raw: ck_conv2d_algorithms {
    ck_conv2d_algorithms(forward: forward.raw, weights: weights.raw, input: input.raw)
  }
}

/// What can be known of a convolution before it sees any numbers: its algorithms, the layout of its workspace, and the
/// tables that its kernels walk by. A layer makes its plan once; a call then plans nothing and allocates nothing.
///
/// Any number of threads may use a plan, each with a workspace of its own.
///
/// ```swift
/// let shape = Conv2DShape(batch: 100, channels: 1, input: 28, filters: 30, kernel: 5)
/// let plan = try Conv2DPlan(Kernels(), shape)
/// print(plan.algorithms.forward)  // direct
/// ```
@safe public final class Conv2DPlan: @unchecked Sendable {  // its memory is written by `init` alone
  /// What the convolution is computed with.
  public let kernels: Kernels
  /// The sizes; the batch is the largest that a call may have.
  public let shape: Conv2DShape
  /// The algorithms that were taken, none of them ``Conv2DAlgorithm/automatic``. At ``Precision/high`` numbers beyond its
  /// range may be computed by others.
  public let algorithms: Conv2DAlgorithms
  /// The scratch that the passes need.
  public let workspaceBytes: Int
  private let memory: AlignedMemory
  let plan: OpaquePointer

  /// - Parameters:
  ///   - kernels: what to compute with.
  ///   - shape: all sizes, and the post-op.
  ///   - algorithms: which ones to take, where that is not left to the kernels.
  /// - Throws: ``KernelError`` where the sizes make no sense together, or one of the algorithms does not support them.
  public convenience init(
    _ kernels: Kernels, _ shape: Conv2DShape, algorithms: Conv2DAlgorithms = Conv2DAlgorithms()
  ) throws(KernelError) {
    try self.init(kernels, shape, algorithms: algorithms, Checks("conv2d"))
  }

  init(
    _ kernels: Kernels, _ shape: Conv2DShape, algorithms wanted: Conv2DAlgorithms = Conv2DAlgorithms(), _ checks: Checks
  ) throws(KernelError) {
    try shape.check(checks)
    var (conv, raw) = unsafe (shape.raw, wanted.raw)
    let bytes = unsafe kernels.withContext { unsafe ck_conv2d_plan_bytes($0, &conv, &raw) }
    try checks.require(
      bytes > 0,
      "\(wanted.forward.rawValue) forward, \(wanted.weights.rawValue) for weights, \(wanted.input.rawValue) for the "
        + "input: not all of them support \(shape.kernel) kernels with stride \(shape.stride)"
        + "\(shape.dilation == 1 ? "" : ", dilation \(shape.dilation)") and \(shape.channels) channels"
        + "\(shape.groups == 1 ? "" : " in \(shape.groups) groups") on \(kernels.instructionSet.rawValue)")
    try checks.require(AlignedMemory.isAvailable(bytes: bytes), "its tables need \(bytes) bytes, which there are not")
    memory = AlignedMemory(bytes: bytes)
    let base = unsafe memory.base
    guard let plan = unsafe kernels.withContext({ unsafe ck_conv2d_plan_make($0, &conv, &raw, base) }) else {
      fatalError("a plan that was measured could not be made")
    }
    unsafe self.plan = plan
    algorithms = Conv2DAlgorithms(unsafe ck_conv2d_plan_algorithms(plan))
    workspaceBytes = unsafe ck_conv2d_workspace_bytes(plan)
    (self.kernels, self.shape) = (kernels, shape)
  }

  /// The sizes of a call with `batch` images.
  func shape(_ batch: Int, _ checks: Checks) throws(KernelError) -> Conv2DShape {
    try checks.require(0...shape.batch ~= batch, "\(batch) images, but the plan is for \(shape.batch) at most")
    var shape = self.shape
    shape.batch = batch
    return shape
  }

  /// y = x ⋆ w + bias: cross-correlation, as in every framework; then the shape's post-op.
  ///
  /// - Parameters:
  ///   - batch: how many images; at most the plan's.
  ///   - x: (batch, channels, height, width)
  ///   - weight: (filters, channels / groups, kernel height, kernel width); it may be nil where `packed` replaces it
  ///     (``PackedConv2DWeight/replacesWeight``).
  ///   - packed: what ``pack(weight:)`` made of the same weight; nil packs it in this call. The bits are the same.
  ///   - bias: (filters); nil adds none.
  ///   - y: (batch, filters, output height, output width)
  ///   - kept: for a post-op that keeps its activation's input (``Conv2DPostOp/keepsInput``) gets that for the backward pass,
  ///     shaped like `y`: of pooled pixels that of the largest ones. It may be left out where none follows.
  ///   - argmax: for a pooling post-op, ``Conv2DShape/argmaxCount`` bytes for the backward pass.
  ///   - shortcut: for a post-op that adds, its second operand, shaped like `y` but not in the same memory.
  ///   - workspace: scratch memory; give the same one again and again.
  /// - Throws: ``KernelError`` where a buffer's size is not the shape's.
  public func forward(
    batch: Int, _ x: Span<Float>, weight: Span<Float>?, packed: PackedConv2DWeight? = nil, bias: Span<Float>?,
    into y: consuming MutableSpan<Float>, kept: consuming MutableSpan<Float>? = nil,
    argmax: consuming MutableSpan<UInt8>? = nil, shortcut: Span<Float>? = nil, workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("conv2d forward")
    let shape = try shape(batch, checks)
    try checks.count("x", x.count, shape.inputCount)
    try checks.count("weight", weight?.count, shape.weightCount)
    try checks.require(weight != nil || packed?.replacesWeight == true, "it needs the weight")
    try checks.count("bias", bias?.count, shape.filters)
    try checks.count("y", y.count, shape.outputCount)
    try checks.count("kept", kept?.count, shape.postOp.keepsInput ? shape.outputCount : 0)
    try checks.count("argmax", argmax?.count ?? 0, shape.argmaxCount)
    try checks.count("shortcut", shortcut?.count ?? 0, shape.postOp.adds ? shape.outputCount : 0)
    try checks.require(packed?.fits(self) ?? true, "the weight was packed for another plan")
    let (target, keeper, indices) = unsafe (y.pointer(), kept.pointer(), argmax.pointer())
    let scratch = unsafe workspace.pointer(bytes: packed == nil ? workspaceBytes : packedWorkspaceBytes)
    var operands = unsafe ck_conv2d_forward_operands()
    unsafe (operands.argmax, operands.shortcut) = unsafe (indices, shortcut?.pointer ?? nil)
    unsafe operands.kept = keeper
    unsafe operands.packed = unsafe UnsafeRawPointer(packed?.pointer)
    unsafe ck_conv2d_forward_fused(
      plan, batch, x.pointer, weight?.pointer ?? nil, bias?.pointer ?? nil, target, &operands, scratch)
  }

  /// The gradients of the input, the weights and the bias; each may be left out.
  ///
  /// - Parameters:
  ///   - batch: the forward pass's.
  ///   - dy: the gradient of the output, shaped like it.
  ///   - x: the forward pass's input.
  ///   - weight: the forward pass's.
  ///   - kept: with an activation, what its derivative is taken from: what the forward pass kept where
  ///     ``Conv2DPostOp/keepsInput`` says so, else its output.
  ///   - argmax: the indices that a pooling post-op kept.
  ///   - dx: shaped like `x`.
  ///   - dWeight: shaped like `weight`.
  ///   - dBias: (filters)
  ///   - dShortcut: for ``Conv2DPostOp/addActivation(_:)``, shaped like `dy`; it may lie in the same memory.
  ///   - sums: where the batch comes in parts, lets the sums of `dWeight` and `dBias` go on.
  ///   - workspace: scratch memory; give the same one again and again.
  /// - Throws: ``KernelError`` where a buffer's size is not the shape's.
  public func backward(
    batch: Int, _ dy: Span<Float>, x: Span<Float>, weight: Span<Float>, kept: Span<Float>? = nil,
    argmax: Span<UInt8>? = nil, dx: consuming MutableSpan<Float>?, dWeight: consuming MutableSpan<Float>?,
    dBias: consuming MutableSpan<Float>?, dShortcut: consuming MutableSpan<Float>? = nil, sums: BatchSums? = nil,
    workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("conv2d backward")
    let shape = try shape(batch, checks)
    try checks.count("dy", dy.count, shape.outputCount)
    try checks.count("x", x.count, shape.inputCount)
    try checks.count("weight", weight.count, shape.weightCount)
    let derives = shape.postOp.activation != nil
    try checks.count("kept", kept?.count ?? 0, derives ? shape.outputCount : kept?.count ?? 0)
    try checks.count("argmax", argmax?.count ?? 0, shape.argmaxCount)
    try checks.count("dx", dx?.count, shape.inputCount)
    try checks.count("dWeight", dWeight?.count, shape.weightCount)
    try checks.count("dBias", dBias?.count, shape.filters)
    try checks.count("dShortcut", dShortcut?.count, shape.postOp.adds && derives ? shape.outputCount : 0)
    let (dxPointer, dwPointer, dbPointer) = unsafe (dx.pointer(), dWeight.pointer(), dBias.pointer())
    var operands = unsafe ck_conv2d_backward_operands()
    unsafe (operands.kept, operands.argmax) = unsafe (kept?.pointer ?? nil, argmax?.pointer ?? nil)
    unsafe operands.dshortcut = unsafe dShortcut.pointer()
    try unsafe withPart(sums, checks, batch) { part in
      unsafe operands.part = unsafe part
      let scratch = unsafe workspace.pointer(bytes: workspaceBytes(part))
      unsafe ck_conv2d_backward_fused(
        plan, batch, dy.pointer, x.pointer, weight.pointer, &operands, dxPointer, dwPointer, dbPointer, scratch)
    }
  }

  /// Calls `body` with the part of a batch that the images of a call are, or nil.
  func withPart(
    _ sums: BatchSums?, _ checks: Checks, _ batch: Int, _ body: (UnsafePointer<ck_batch_part>?) -> Void
  ) throws(KernelError) {
    try unsafe sums.withPart(checks, batch, floats: unsafe ck_conv2d_sums_floats(plan), body)
  }

  /// The scratch that a backward pass needs, which for a part of a batch is more.
  func workspaceBytes(_ part: UnsafePointer<ck_batch_part>?) -> Int {
    unsafe part == nil ? workspaceBytes : ck_conv2d_part_workspace_bytes(plan)
  }
}
