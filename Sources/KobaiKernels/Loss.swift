import CKernels

extension Kernels {
  /// The mean over the rows of −log softmax(x)[label], and its gradient dx = (softmax(x) − onehot) / rows.
  ///
  /// - Parameters:
  ///   - rows: samples.
  ///   - columns: classes.
  ///   - x: logits (rows, columns).
  ///   - labels: one for each row, in 0 ..< columns.
  ///   - dx: left out where only the loss is wanted.
  ///   - workspace: holds one float a row.
  public func softmaxCrossEntropy(
    rows: Int, columns: Int, _ x: Span<Float>, labels: Span<Int32>, dx: consuming MutableSpan<Float>? = nil,
    workspace: Workspace = Workspace()
  ) throws(KernelError) -> Float {
    let checks = Checks("softmax cross-entropy")
    try checks.require(rows > 0 && columns > 0, "\(rows) rows of \(columns) columns: sizes must be positive")
    try checks.count("x", x.count, rows * columns)
    try checks.count("labels", labels.count, rows)
    try checks.range("labels", labels, below: columns)
    try checks.count("dx", dx?.count, rows * columns)
    let target = unsafe dx.pointer()
    return unsafe withContext { context in
      unsafe ck_softmax_cross_entropy_labels(
        context, rows, columns, x.pointer, labels.pointer, target,
        workspace.pointer(bytes: 4 * rows).assumingMemoryBound(to: Float.self))
    }
  }

  /// The same for target distributions (rows, columns), one-hot rows among them.
  public func softmaxCrossEntropy(
    rows: Int, columns: Int, _ x: Span<Float>, targets: Span<Float>, dx: consuming MutableSpan<Float>? = nil,
    workspace: Workspace = Workspace()
  ) throws(KernelError) -> Float {
    let checks = Checks("softmax cross-entropy")
    try checks.require(rows > 0 && columns > 0, "\(rows) rows of \(columns) columns: sizes must be positive")
    try checks.count("x", x.count, rows * columns)
    try checks.count("targets", targets.count, rows * columns)
    try checks.count("dx", dx?.count, rows * columns)
    let target = unsafe dx.pointer()
    return unsafe withContext { context in
      unsafe ck_softmax_cross_entropy_targets(
        context, rows, columns, x.pointer, targets.pointer, target,
        workspace.pointer(bytes: 4 * rows).assumingMemoryBound(to: Float.self))
    }
  }

  /// The mean over the rows of ½ Σ (x − t)², and its gradient dx = (x − t) / rows.
  public func sumOfSquares(
    rows: Int, columns: Int, _ x: Span<Float>, targets: Span<Float>, dx: consuming MutableSpan<Float>? = nil,
    workspace: Workspace = Workspace()
  ) throws(KernelError) -> Float {
    let checks = Checks("sum of squares")
    try checks.require(rows > 0 && columns > 0, "\(rows) rows of \(columns) columns: sizes must be positive")
    try checks.count("x", x.count, rows * columns)
    try checks.count("targets", targets.count, rows * columns)
    try checks.count("dx", dx?.count, rows * columns)
    let target = unsafe dx.pointer()
    return unsafe withContext { context in
      unsafe ck_sum_of_squares(
        context, rows, columns, x.pointer, targets.pointer, target,
        workspace.pointer(bytes: 4 * rows).assumingMemoryBound(to: Float.self))
    }
  }

  /// The column of each row's largest element, the first one among equals.
  public func argmax(
    rows: Int, columns: Int, _ x: Span<Float>, into index: consuming MutableSpan<Int32>
  ) throws(KernelError) {
    let checks = Checks("argmax")
    try checks.require(rows >= 0 && columns > 0, "\(rows) rows of \(columns) columns: sizes must be positive")
    try checks.count("x", x.count, rows * columns)
    try checks.count("index", index.count, rows)
    let target = unsafe index.pointer()
    unsafe withContext { unsafe ck_argmax($0, rows, columns, x.pointer, target) }
  }
}
