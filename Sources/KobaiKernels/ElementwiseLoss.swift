import CKernels

/// A loss of each element x and its target t, with d = x − t.
public enum ElementwiseLoss: Sendable, Equatable {
  /// d²
  case squaredError
  /// |d|, with the gradient 0 at 0.
  case absoluteError
  /// ½ d² where |d| ≤ δ, else δ (|d| − ½ δ) (Huber, 1964).
  case huber(delta: Float)
  /// (1 − t) log(1 + eˣ) + w t log(1 + e⁻ˣ): x is a logit, w the positive weight of its column.
  case binaryCrossEntropy

  fileprivate var raw: (kind: ck_elementwise_loss_kind, delta: Float) {
    switch self {
    case .squaredError: (CK_SQUARED_ERROR, 0)
    case .absoluteError: (CK_ABSOLUTE_ERROR, 0)
    case .huber(let delta): (CK_HUBER, delta)
    case .binaryCrossEntropy: (CK_BINARY_CROSS_ENTROPY, 0)
    }
  }
}

extension Kernels {
  /// The losses of all elements, added up and divided by `divisor`, and the gradient of that.
  ///
  /// - Parameters:
  ///   - loss: the loss of an element.
  ///   - rows: the number of samples.
  ///   - columns: the number of elements of a sample.
  ///   - x: outputs (rows, columns).
  ///   - targets: what they should be (rows, columns).
  ///   - divisor: what the sum is divided by; the number of elements, which makes it their mean, unless given.
  ///   - rowWeights: what the losses of each row are multiplied by (rows); nil is 1 for all.
  ///   - positiveWeights: the positive weight w of each column (columns), for ``ElementwiseLoss/binaryCrossEntropy`` alone; nil
  ///     is 1 for all.
  ///   - dx: filled with the gradient (rows, columns) unless nil.
  ///   - workspace: holds one float for each 1,024 elements of a row.
  public func elementwiseLoss(
    _ loss: ElementwiseLoss, rows: Int, columns: Int, _ x: Span<Float>, targets: Span<Float>, divisor: Float? = nil,
    rowWeights: Span<Float>? = nil, positiveWeights: Span<Float>? = nil, dx: consuming MutableSpan<Float>? = nil,
    workspace: Workspace = Workspace()
  ) throws(KernelError) -> Float {
    let checks = Checks("elementwise loss")
    try checks.matrix(rows: rows, columns: columns, leastRows: 1)
    try checks.count("x", x.count, rows *| columns)
    try checks.count("targets", targets.count, rows *| columns)
    try checks.count("rowWeights", rowWeights?.count, rows)
    try checks.count("positiveWeights", positiveWeights?.count, columns)
    try checks.require(
      positiveWeights == nil || loss == .binaryCrossEntropy, "only binary cross-entropy has positive weights")
    try checks.count("dx", dx?.count, rows *| columns)
    let (kind, delta) = loss.raw
    var raw = unsafe ck_elementwise_loss(
      kind: kind, rows: rows, columns: columns, divisor: divisor ?? Float(rows * columns), delta: delta,
      row_weights: rowWeights?.pointer ?? nil, positive_weights: positiveWeights?.pointer ?? nil)
    let target = unsafe dx.pointer()
    return unsafe withContext { context in
      unsafe ck_elementwise_loss_evaluate(
        context, &raw, x.pointer, targets.pointer, target,
        workspace.pointer(floats: ck_loss_scratch_floats(rows, columns)))
    }
  }
}
