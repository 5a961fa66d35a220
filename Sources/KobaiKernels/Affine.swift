import CKernels

extension Kernels {
  /// The scratch that the affine layer's forward pass needs.
  ///
  /// - Parameters:
  ///   - batch: how many samples.
  ///   - inputs: the numbers of one.
  ///   - outputs: the numbers that are made of them.
  ///   - isPacked: whether the weight was packed before, so that there need be no room for that.
  public func affineForwardWorkspaceBytes(batch: Int, inputs: Int, outputs: Int, isPacked: Bool = false) -> Int {
    unsafe withContext { unsafe ck_affine_forward_bytes($0, batch, inputs, outputs, isPacked) }
  }

  /// The scratch that the affine layer's passes need.
  public func affineWorkspaceBytes(batch: Int, inputs: Int, outputs: Int) -> Int {
    unsafe withContext {
      max(
        unsafe ck_affine_forward_bytes($0, batch, inputs, outputs, false),
        unsafe ck_affine_backward_bytes($0, batch, inputs, outputs))
    }
  }

  /// y (batch, outputs) = x (batch, inputs) · weightᵀ + bias; the weight is (outputs, inputs), as PyTorch keeps it.
  ///
  /// Then `activation` of it in the same pass, if there is one; the bits are those of the separate kernels. `packed` is what
  /// ``affinePack(inputs:outputs:weight:)`` made of the weight, if anything: it saves packing it anew, and the weight may be nil
  /// where it replaces that (``PackedWeight/replacesWeight``). `kept`, as large as `y`,
  /// gets what the activation is taken of, for the backward pass of one that keeps its input. A `part` of a batch has the bits
  /// of the whole one.
  public func affineForward(
    batch: Int, inputs: Int, outputs: Int, _ x: Span<Float>, weight: Span<Float>?, packed: PackedWeight? = nil,
    bias: Span<Float>?, activation: Activation? = nil, into y: consuming MutableSpan<Float>,
    kept: consuming MutableSpan<Float>? = nil, part: BatchPart? = nil, workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("affine forward")
    try checks.require(batch >= 0 && inputs > 0 && outputs > 0, "\(batch)×\(inputs) to \(outputs) makes no sense")
    try checks.count("x", x.count, batch *| inputs)
    try checks.count("weight", weight?.count, outputs *| inputs)
    try checks.require(weight != nil || packed?.replacesWeight == true, "it needs the weight")
    try checks.count("bias", bias?.count, outputs)
    try checks.count("y", y.count, batch *| outputs)
    try checks.count("kept", kept?.count, activation?.keepsInput == true ? y.count : 0)
    if let packed {
      try checks.require(
        packed.fits(inputs, outputs, self),
        "the packed weight is \(packed), not \(PackedWeight.words(inputs, outputs, self))")
    }
    let (target, keeper) = unsafe (y.pointer(), kept.pointer())
    try unsafe part.withPart(checks, batch) { part throws(KernelError) in
      try unsafe withContext(activation, checks) { context, activation in
        let scratch = unsafe workspace.pointer(
          bytes: ck_affine_forward_bytes(context, batch, inputs, outputs, packed != nil))
        unsafe ck_affine_forward(
          context, batch, inputs, outputs, x.pointer, weight?.pointer ?? nil, packed?.floats ?? nil,
          bias?.pointer ?? nil,
          activation, target, keeper, part, scratch)
      }
    }
  }

  /// Packs the weight (outputs, inputs) of an affine layer for many forward passes: for a single sample that is most of
  /// the work.
  public func affinePack(inputs: Int, outputs: Int, weight: Span<Float>) throws(KernelError) -> PackedWeight {
    let checks = Checks("affine pack")
    try checks.require(inputs > 0 && outputs > 0, "\(inputs) to \(outputs) makes no sense")
    try checks.count("weight", weight.count, outputs *| inputs)
    return unsafe withContext { context in
      let floats = unsafe ck_affine_packed_floats(context, inputs, outputs)
      let packed = PackedWeight(inputs: inputs, outputs: outputs, floats: floats, kernels: self)
      unsafe ck_affine_pack(context, inputs, outputs, weight.pointer, packed.floats)
      return packed
    }
  }

  /// Whether packed weights are all that an affine layer's forward pass reads of them: ``PackedWeight/replacesWeight``.
  public var affinePackingReplacesWeight: Bool { precision != .high }

  /// dx = dy · weight, dWeight = dyᵀ · x, dBias = the column sums of dy; each may be left out. With `addsToInput`, dx is
  /// added to what is there.
  ///
  /// After a forward pass with an activation, dy stands for its input's gradient, and `kept` is what the derivative is taken
  /// from: what the forward pass kept where ``Activation/keepsInput`` says so, else its output. Where the batch comes in parts,
  /// `sums` lets those of the weight and the bias go on.
  public func affineBackward(
    batch: Int, inputs: Int, outputs: Int, _ dy: Span<Float>, x: Span<Float>, weight: Span<Float>,
    activation: Activation? = nil, kept: Span<Float>? = nil, dx: consuming MutableSpan<Float>?,
    addsToInput: Bool = false, dWeight: consuming MutableSpan<Float>?, dBias: consuming MutableSpan<Float>?,
    sums: BatchSums? = nil, workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("affine backward")
    try checks.require(batch >= 0 && inputs > 0 && outputs > 0, "\(batch)×\(inputs) to \(outputs) makes no sense")
    try checks.count("dy", dy.count, batch *| outputs)
    try checks.count("x", x.count, batch *| inputs)
    try checks.count("weight", weight.count, outputs *| inputs)
    try checks.count("kept", kept?.count ?? 0, activation == nil ? 0 : batch *| outputs)
    try checks.count("dx", dx?.count, batch *| inputs)
    try checks.count("dWeight", dWeight?.count, outputs *| inputs)
    try checks.count("dBias", dBias?.count, outputs)
    let (dxPointer, dwPointer, dbPointer) = unsafe (dx.pointer(), dWeight.pointer(), dBias.pointer())
    let whole = sums?.part?.whole ?? 0
    try unsafe sums.withPart(
      checks, batch, floats: affineSumsFloats(whole: whole, inputs: inputs, outputs: outputs)
    ) { part throws(KernelError) in
      try unsafe withContext(activation, checks) { context, activation in
        let scratch = unsafe workspace.pointer(bytes: ck_affine_backward_bytes(context, batch, inputs, outputs))
        unsafe ck_affine_backward(
          context, batch, inputs, outputs, dy.pointer, x.pointer, weight.pointer, activation, kept?.pointer ?? nil,
          dxPointer, addsToInput, dwPointer, dbPointer, part, scratch)
      }
    }
  }

  /// Adds `bias` to every row of y (rows, bias.count).
  public func biasForward(rows: Int, _ bias: Span<Float>, into y: consuming MutableSpan<Float>) throws(KernelError) {
    try Checks("bias forward").count("y", y.count, rows *| bias.count)
    let target = unsafe y.pointer()
    unsafe withContext { unsafe ck_bias_forward($0, rows, bias.count, bias.pointer, target) }
  }

  /// The sum over the rows of dy (rows, dBias.count), which `sums` lets go on where the batch comes in parts.
  public func biasBackward(
    rows: Int, _ dy: Span<Float>, into dBias: consuming MutableSpan<Float>, sums: BatchSums? = nil
  ) throws(KernelError) {
    let columns = dBias.count
    let checks = Checks("bias backward")
    try checks.count("dy", dy.count, rows *| columns)
    let target = unsafe dBias.pointer()
    try unsafe sums.withPart(checks, rows, floats: 0) { part in
      unsafe withContext { unsafe ck_bias_backward($0, rows, columns, dy.pointer, target, part) }
    }
  }

  private func affineSumsFloats(whole: Int, inputs: Int, outputs: Int) -> Int {
    unsafe withContext { unsafe ck_affine_sums_floats($0, whole, inputs, outputs) }
  }
}

/// The weight of an affine layer as the kernels of one instruction set and precision multiply it: a copy, which later
/// changes of the weight do not reach. Any number of threads may read it at once, for it is written before anybody has it.
@safe public final class PackedWeight: CustomStringConvertible, @unchecked Sendable {
  /// The bytes that it takes.
  public var bytes: Int { memory.bytes }
  /// Whether it is all that the forward pass reads of the weight: everywhere but at ``Precision/high``, where the weight's own
  /// numbers decide whether two bfloat16 terms have the range for them.
  public var replacesWeight: Bool { kernels.affinePackingReplacesWeight }
  /// The weight's sizes.
  public let inputs: Int, outputs: Int
  private let kernels: Kernels
  private let memory: AlignedMemory

  fileprivate init(inputs: Int, outputs: Int, floats: Int, kernels: Kernels) {
    (self.inputs, self.outputs, self.kernels) = (inputs, outputs, kernels)
    memory = AlignedMemory(bytes: floats * MemoryLayout<Float>.stride)
  }

  public var description: String { Self.words(inputs, outputs, kernels) }

  fileprivate static func words(_ inputs: Int, _ outputs: Int, _ kernels: Kernels) -> String {
    "\(inputs) to \(outputs) for \(kernels.instructionSet.rawValue) at \(kernels.precision.rawValue)"
  }

  fileprivate func fits(_ inputs: Int, _ outputs: Int, _ other: Kernels) -> Bool {
    self.inputs == inputs && self.outputs == outputs && kernels.instructionSet == other.instructionSet
      && kernels.precision == other.precision
  }

  @unsafe fileprivate var floats: UnsafeMutablePointer<Float> {
    unsafe memory.base.assumingMemoryBound(to: Float.self)
  }
}
