import CKernels

extension Kernels {
  /// The mean over the rows of −log softmax(x)[label], and its gradient dx = (softmax(x) − onehot) / rows.
  ///
  /// - Parameters:
  ///   - rows: the number of samples.
  ///   - columns: the number of classes.
  ///   - x: logits (rows, columns).
  ///   - labels: one for each row, in 0 ..< columns.
  ///   - divisor: what the sum over the rows is divided by; their number unless given. For a part of a batch it is the number
  ///     of all rows, for their gradients to be those of the whole batch.
  ///   - dx: filled with the gradient (rows, columns) unless nil.
  ///   - workspace: holds one float a row.
  public func softmaxCrossEntropy(
    rows: Int, columns: Int, _ x: Span<Float>, labels: Span<Int32>, divisor: Float? = nil,
    dx: consuming MutableSpan<Float>? = nil, workspace: Workspace = Workspace()
  ) throws(KernelError) -> Float {
    let checks = Checks("softmax cross-entropy")
    try checks.matrix(rows: rows, columns: columns, leastRows: 1)
    try checks.count("x", x.count, rows *| columns)
    try checks.count("labels", labels.count, rows)
    try checks.range("labels", labels, below: columns)
    try checks.count("dx", dx?.count, rows *| columns)
    let target = unsafe dx.pointer()
    return unsafe withContext { context in
      unsafe ck_softmax_cross_entropy_labels(
        context, rows, columns, divisor ?? Float(rows), x.pointer, labels.pointer, target,
        workspace.pointer(floats: rows))
    }
  }

  /// The same for target distributions (rows, columns), one-hot rows among them.
  public func softmaxCrossEntropy(
    rows: Int, columns: Int, _ x: Span<Float>, targets: Span<Float>, divisor: Float? = nil,
    dx: consuming MutableSpan<Float>? = nil, workspace: Workspace = Workspace()
  ) throws(KernelError) -> Float {
    let checks = Checks("softmax cross-entropy")
    try checks.matrix(rows: rows, columns: columns, leastRows: 1)
    try checks.count("x", x.count, rows *| columns)
    try checks.count("targets", targets.count, rows *| columns)
    try checks.count("dx", dx?.count, rows *| columns)
    let target = unsafe dx.pointer()
    return unsafe withContext { context in
      unsafe ck_softmax_cross_entropy_targets(
        context, rows, columns, divisor ?? Float(rows), x.pointer, targets.pointer, target,
        workspace.pointer(floats: rows))
    }
  }

  /// The column of each row's largest element, the first one among equals.
  public func argmax(
    rows: Int, columns: Int, _ x: Span<Float>, into index: consuming MutableSpan<Int32>
  ) throws(KernelError) {
    let checks = Checks("argmax")
    try checks.matrix(rows: rows, columns: columns)
    try checks.count("x", x.count, rows *| columns)
    try checks.count("index", index.count, rows)
    let target = unsafe index.pointer()
    unsafe withContext { unsafe ck_argmax($0, rows, columns, x.pointer, target) }
  }
}
