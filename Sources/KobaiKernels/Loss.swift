import CKernels

extension Kernels {
  /// The mean over the rows of −log softmax(x)[label], and its gradient dx = (softmax(x) − onehot) / rows.
  ///
  /// - Parameters:
  ///   - rows: the number of samples.
  ///   - columns: the number of classes.
  ///   - x: logits (rows, columns).
  ///   - labels: one for each row, in 0 ..< columns.
  ///   - dx: filled with the gradient (rows, columns) unless nil.
  ///   - workspace: holds one float a row.
  public func softmaxCrossEntropy(
    rows: Int, columns: Int, _ x: Span<Float>, labels: Span<Int32>, dx: consuming MutableSpan<Float>? = nil,
    workspace: Workspace = Workspace()
  ) throws(KernelError) -> Float {
    let checks = Checks("softmax cross-entropy")
    try checks.matrix(rows: rows, columns: columns, leastRows: 1)
    try checks.count("x", x.count, rows * columns)
    try checks.count("labels", labels.count, rows)
    try checks.range("labels", labels, below: columns)
    try checks.count("dx", dx?.count, rows * columns)
    let target = unsafe dx.pointer()
    return unsafe withContext { context in
      unsafe ck_softmax_cross_entropy_labels(
        context, rows, columns, x.pointer, labels.pointer, target, workspace.pointer(floats: rows))
    }
  }

  /// The same for target distributions (rows, columns), one-hot rows among them.
  public func softmaxCrossEntropy(
    rows: Int, columns: Int, _ x: Span<Float>, targets: Span<Float>, dx: consuming MutableSpan<Float>? = nil,
    workspace: Workspace = Workspace()
  ) throws(KernelError) -> Float {
    try unsafe loss(
      Checks("softmax cross-entropy"), rows: rows, columns: columns, x, targets: targets, dx: dx, workspace
    ) { unsafe ck_softmax_cross_entropy_targets($0, rows, columns, $1, $2, $3, $4) }
  }

  /// The mean over the rows of ½ Σ (x − t)², and its gradient dx = (x − t) / rows.
  public func sumOfSquares(
    rows: Int, columns: Int, _ x: Span<Float>, targets: Span<Float>, dx: consuming MutableSpan<Float>? = nil,
    workspace: Workspace = Workspace()
  ) throws(KernelError) -> Float {
    try unsafe loss(
      Checks("sum of squares"), rows: rows, columns: columns, x, targets: targets, dx: dx, workspace
    ) { unsafe ck_sum_of_squares($0, rows, columns, $1, $2, $3, $4) }
  }

  /// Checks the arguments of a loss with targets, and calls its C kernel with their pointers.
  @unsafe private func loss(
    _ checks: Checks, rows: Int, columns: Int, _ x: Span<Float>, targets: Span<Float>,
    dx: consuming MutableSpan<Float>?, _ workspace: Workspace,
    _ kernel: (
      _ context: UnsafePointer<ck_context>, _ x: UnsafePointer<Float>?, _ targets: UnsafePointer<Float>?,
      _ dx: UnsafeMutablePointer<Float>?, _ scratch: UnsafeMutablePointer<Float>
    ) -> Float
  ) throws(KernelError) -> Float {
    try checks.matrix(rows: rows, columns: columns, leastRows: 1)
    try checks.count("x", x.count, rows * columns)
    try checks.count("targets", targets.count, rows * columns)
    try checks.count("dx", dx?.count, rows * columns)
    let target = unsafe dx.pointer()
    return unsafe withContext { context in
      unsafe kernel(context, x.pointer, targets.pointer, target, workspace.pointer(floats: rows))
    }
  }

  /// The column of each row's largest element, the first one among equals.
  public func argmax(
    rows: Int, columns: Int, _ x: Span<Float>, into index: consuming MutableSpan<Int32>
  ) throws(KernelError) {
    let checks = Checks("argmax")
    try checks.matrix(rows: rows, columns: columns)
    try checks.count("x", x.count, rows * columns)
    try checks.count("index", index.count, rows)
    let target = unsafe index.pointer()
    unsafe withContext { unsafe ck_argmax($0, rows, columns, x.pointer, target) }
  }
}
