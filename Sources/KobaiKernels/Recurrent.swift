import CKernels

/// The sizes of one direction of one layer of an LSTM or GRU. Arrays over steps are (batch, steps, …); the state before the
/// first step is zero.
public struct RecurrentShape: Sendable, Equatable {
  /// How many sequences there are, how many steps each has, and the elements of the state.
  public var batch: Int, steps: Int, hidden: Int
  /// Where the batch comes in parts, whose bits are those of the whole one: the sequences of all parts.
  public var whole: Int?
  /// Whether the steps go from the last to the first.
  public var reverse: Bool
  /// Elements of a step of the output, and where this direction's start among them: directions lie side by side.
  public var outputs: Int, firstOutput: Int

  /// Outputs that are left out are this direction's alone.
  public init(
    batch: Int, steps: Int, hidden: Int, reverse: Bool = false, outputs: Int? = nil, firstOutput: Int = 0,
    whole: Int? = nil
  ) {
    (self.batch, self.steps, self.hidden, self.reverse) = (batch, steps, hidden, reverse)
    (self.outputs, self.firstOutput, self.whole) = (outputs ?? hidden, firstOutput, whole)
  }

  fileprivate func check(_ checks: Checks, gates: Int, weight: Int, bias: Int?) throws(KernelError) {
    try checks.require(
      batch >= 0 && steps > 0 && hidden > 0 && firstOutput >= 0 && outputs >= firstOutput +| hidden,
      "\(batch) sequences of \(steps) steps of \(hidden), \(outputs) outputs from \(firstOutput) on: sizes must be "
        + "positive and fit")
    try checks.count("weight", weight, gates *| hidden *| hidden)
    try checks.count("bias", bias, gates *| hidden)
  }

  /// Elements of the state at all steps.
  fileprivate var count: Int { batch *| steps *| hidden }
  fileprivate var outputCount: Int { batch *| steps *| outputs }

  fileprivate var raw: ck_recurrent {
    ck_recurrent(
      batch: batch, steps: steps, hidden: hidden, whole: whole ?? 0, output_row: outputs, reverse: reverse)
  }
}

extension Kernels {
  /// One direction of one layer of an LSTM (Hochreiter & Schmidhuber, 1997), as PyTorch computes it.
  ///
  /// - Parameters:
  ///   - shape: the sizes.
  ///   - gates: before, what the inputs add to the gates i, f, g, o: x · weight_ihᵀ + bias_ih (batch, steps, 4 · hidden);
  ///     afterwards, the gates.
  ///   - weight: weight_hh (4 · hidden, hidden).
  ///   - bias: bias_hh (4 · hidden), if any.
  ///   - y: the states; only this direction's elements are written.
  ///   - previous: filled with the state before each step, for the backward pass, as `cells` with the cells after it.
  ///   - cells: (batch, steps, hidden).
  ///   - workspace: scratch of ``recurrentWorkspaceBytes(_:)``.
  public func lstmForward(
    _ shape: RecurrentShape, gates: consuming MutableSpan<Float>, weight: Span<Float>, bias: Span<Float>?,
    into y: consuming MutableSpan<Float>, previous: consuming MutableSpan<Float>, cells: consuming MutableSpan<Float>,
    workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("lstm forward")
    try shape.check(checks, gates: 4, weight: weight.count, bias: bias?.count)
    try checks.count("gates", gates.count, 4 *| shape.count)
    try checks.count("y", y.count, shape.outputCount)
    try checks.count("previous", previous.count, shape.count)
    try checks.count("cells", cells.count, shape.count)
    var raw = shape.raw
    let (gatePointer, cellPointer) = unsafe (gates.pointer(), cells.pointer())
    let (target, previousPointer) = unsafe (y.pointer(at: shape.firstOutput), previous.pointer())
    unsafe withContext { context in
      let scratch = unsafe workspace.pointer(bytes: ck_recurrent_workspace_bytes(context, &raw))
      unsafe ck_lstm_forward(
        context, &raw, gatePointer, weight.pointer, bias?.pointer ?? nil, target, previousPointer, gatePointer,
        cellPointer, scratch)
    }
  }

  /// dGates = the gradient of what the inputs added to the gates. It is also what gives the gradients of weight_hh,
  /// dGatesᵀ · previous, and of bias_hh, its column sums.
  public func lstmBackward(
    _ shape: RecurrentShape, _ dy: Span<Float>, weight: Span<Float>, gates: Span<Float>, cells: Span<Float>,
    dGates: consuming MutableSpan<Float>, workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("lstm backward")
    try shape.check(checks, gates: 4, weight: weight.count, bias: nil)
    try checks.count("dy", dy.count, shape.outputCount)
    try checks.count("gates", gates.count, 4 *| shape.count)
    try checks.count("cells", cells.count, shape.count)
    try checks.count("dGates", dGates.count, 4 *| shape.count)
    var raw = shape.raw
    let target = unsafe dGates.pointer()
    unsafe withContext { context in
      let scratch = unsafe workspace.pointer(bytes: ck_recurrent_workspace_bytes(context, &raw))
      unsafe ck_lstm_backward(
        context, &raw, dy.pointer(at: shape.firstOutput), weight.pointer, gates.pointer, cells.pointer, target, scratch)
    }
  }

  /// One direction of one layer of a GRU (Cho et al., 2014), as PyTorch computes it.
  ///
  /// - Parameters:
  ///   - shape: the sizes.
  ///   - gates: before, what the inputs add to the gates r, z, n: x · weight_ihᵀ + bias_ih (batch, steps, 3 · hidden);
  ///     afterwards, the gates.
  ///   - weight: weight_hh (3 · hidden, hidden).
  ///   - bias: bias_hh (3 · hidden), if any.
  ///   - y: the states; only this direction's elements are written.
  ///   - previous: filled with the state before each step, for the backward pass, as `candidates` with what the state adds
  ///     to n before r scales it.
  ///   - candidates: (batch, steps, hidden).
  ///   - workspace: scratch of ``recurrentWorkspaceBytes(_:)``.
  public func gruForward(
    _ shape: RecurrentShape, gates: consuming MutableSpan<Float>, weight: Span<Float>, bias: Span<Float>?,
    into y: consuming MutableSpan<Float>, previous: consuming MutableSpan<Float>,
    candidates: consuming MutableSpan<Float>, workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("gru forward")
    try shape.check(checks, gates: 3, weight: weight.count, bias: bias?.count)
    try checks.count("gates", gates.count, 3 *| shape.count)
    try checks.count("y", y.count, shape.outputCount)
    try checks.count("previous", previous.count, shape.count)
    try checks.count("candidates", candidates.count, shape.count)
    var raw = shape.raw
    let (gatePointer, candidatePointer) = unsafe (gates.pointer(), candidates.pointer())
    let (target, previousPointer) = unsafe (y.pointer(at: shape.firstOutput), previous.pointer())
    unsafe withContext { context in
      let scratch = unsafe workspace.pointer(bytes: ck_recurrent_workspace_bytes(context, &raw))
      unsafe ck_gru_forward(
        context, &raw, gatePointer, weight.pointer, bias?.pointer ?? nil, target, previousPointer, gatePointer,
        candidatePointer, scratch)
    }
  }

  /// dGates = the gradient of what the inputs added to the gates, dHiddenGates of what the state did: it gives the
  /// gradients of weight_hh, dHiddenGatesᵀ · previous, and of bias_hh, its column sums.
  public func gruBackward(
    _ shape: RecurrentShape, _ dy: Span<Float>, weight: Span<Float>, previous: Span<Float>, gates: Span<Float>,
    candidates: Span<Float>, dGates: consuming MutableSpan<Float>, dHiddenGates: consuming MutableSpan<Float>,
    workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("gru backward")
    try shape.check(checks, gates: 3, weight: weight.count, bias: nil)
    try checks.count("dy", dy.count, shape.outputCount)
    try checks.count("previous", previous.count, shape.count)
    try checks.count("gates", gates.count, 3 *| shape.count)
    try checks.count("candidates", candidates.count, shape.count)
    try checks.count("dGates", dGates.count, 3 *| shape.count)
    try checks.count("dHiddenGates", dHiddenGates.count, 3 *| shape.count)
    var raw = shape.raw
    let (target, hiddenTarget) = unsafe (dGates.pointer(), dHiddenGates.pointer())
    unsafe withContext { context in
      let scratch = unsafe workspace.pointer(bytes: ck_recurrent_workspace_bytes(context, &raw))
      unsafe ck_gru_backward(
        context, &raw, dy.pointer(at: shape.firstOutput), weight.pointer, previous.pointer, gates.pointer,
        candidates.pointer, target,
        hiddenTarget, scratch)
    }
  }

  /// The scratch that the passes of LSTMs and GRUs need.
  public func recurrentWorkspaceBytes(_ shape: RecurrentShape) -> Int {
    var raw = shape.raw
    return unsafe withContext { unsafe ck_recurrent_workspace_bytes($0, &raw) }
  }
}
