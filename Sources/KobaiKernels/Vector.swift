import CKernels

/// Sums and copies of tensors, and what training does to all gradients or to all weights at once.
extension Kernels {
  /// y[i] = a[i] + b[i]; y may lie where one of them does.
  ///
  /// - Throws: `KernelError` where the three differ in length.
  public func add(_ a: Span<Float>, _ b: Span<Float>, into y: consuming MutableSpan<Float>) throws(KernelError) {
    let checks = Checks("add")
    try checks.count("b", b.count, a.count)
    try checks.count("y", y.count, a.count)
    let target = unsafe y.pointer()
    unsafe withContext { unsafe ck_add($0, a.count, a.pointer, b.pointer, target) }
  }

  /// y[i] = a[i] · b[i]; y may lie where one of them does.
  ///
  /// - Throws: `KernelError` where the three differ in length.
  public func multiply(_ a: Span<Float>, _ b: Span<Float>, into y: consuming MutableSpan<Float>) throws(KernelError) {
    let checks = Checks("multiply")
    try checks.count("b", b.count, a.count)
    try checks.count("y", y.count, a.count)
    let target = unsafe y.pointer()
    unsafe withContext { unsafe ck_multiply($0, a.count, a.pointer, b.pointer, target) }
  }

  /// y[i] = a[i] · b[i] + c[i], rounded once; y may lie where one of them does.
  ///
  /// - Throws: `KernelError` where the four differ in length.
  public func multiplyAdd(
    _ a: Span<Float>, _ b: Span<Float>, _ c: Span<Float>, into y: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks("multiply add")
    try checks.count("b", b.count, a.count)
    try checks.count("c", c.count, a.count)
    try checks.count("y", y.count, a.count)
    let target = unsafe y.pointer()
    unsafe withContext { unsafe ck_multiply_add($0, a.count, a.pointer, b.pointer, c.pointer, target) }
  }

  /// y[i] = the larger of a[i] and b[i], NaN where one of them is; y may lie where one of them does.
  ///
  /// - Throws: `KernelError` where the three differ in length.
  public func maximum(_ a: Span<Float>, _ b: Span<Float>, into y: consuming MutableSpan<Float>) throws(KernelError) {
    let checks = Checks("maximum")
    try checks.count("b", b.count, a.count)
    try checks.count("y", y.count, a.count)
    let target = unsafe y.pointer()
    unsafe withContext { unsafe ck_maximum($0, a.count, a.pointer, b.pointer, target) }
  }

  /// y[i] = eˣ, to within 1 unit in the last place; 0 below −104, infinity above 88.8. y may lie where x does.
  ///
  /// - Throws: `KernelError` where the two differ in length.
  public func exp(_ x: Span<Float>, into y: consuming MutableSpan<Float>) throws(KernelError) {
    try Checks("exp").count("y", y.count, x.count)
    let target = unsafe y.pointer()
    unsafe withContext { unsafe ck_exp($0, x.count, x.pointer, target) }
  }

  /// y[i] = the natural logarithm of x[i], to within 1 unit in the last place; −infinity of 0, NaN below. y may lie where
  /// x does.
  ///
  /// - Throws: `KernelError` where the two differ in length.
  public func log(_ x: Span<Float>, into y: consuming MutableSpan<Float>) throws(KernelError) {
    try Checks("log").count("y", y.count, x.count)
    let target = unsafe y.pointer()
    unsafe withContext { unsafe ck_log($0, x.count, x.pointer, target) }
  }

  /// Copies columns of one matrix into another.
  ///
  /// - Parameters:
  ///   - columns: how many columns to copy.
  ///   - rows: the rows of both matrices.
  ///   - x: the matrix to copy from; its rows are `x.count / rows` long.
  ///   - first: the first column to copy.
  ///   - y: the matrix to copy to; its rows are `y.count / rows` long.
  ///   - target: the column that the first one becomes.
  /// - Throws: `KernelError` where a matrix lacks these columns.
  public func copyColumns(
    _ columns: Int, rows: Int, of x: Span<Float>, from first: Int, into y: consuming MutableSpan<Float>, at target: Int
  ) throws(KernelError) {
    let checks = Checks("copy columns")
    try checks.require(rows > 0 && columns >= 0, "\(columns) columns of \(rows) rows")
    try checks.columns("x", first, columns, rows: rows, of: x.count)
    try checks.columns("y", target, columns, rows: rows, of: y.count)
    guard columns > 0 else { return }
    let (xRow, yRow) = (x.count / rows, y.count / rows)
    let to = unsafe y.pointer()
    unsafe withContext {
      unsafe ck_copy_columns($0, rows, columns, x.pointer! + first, xRow, to! + target, yRow)
    }
  }

  /// x ← factor · x
  public func scale(_ x: consuming MutableSpan<Float>, by factor: Float) {
    let (count, target) = (x.count, unsafe x.pointer())
    unsafe withContext { unsafe ck_scale($0, count, factor, target) }
  }

  /// Limits every element to −limit ... limit; a NaN stays one.
  ///
  /// - Throws: `KernelError` where the limit is negative.
  public func clamp(_ x: consuming MutableSpan<Float>, to limit: Float) throws(KernelError) {
    try Checks("clamp").require(limit >= 0, "limit \(limit) must not be negative")
    let (count, target) = (x.count, unsafe x.pointer())
    unsafe withContext { unsafe ck_clamp($0, count, limit, target) }
  }

  /// average ← average + weight · (x − average): a step of an exponential moving average.
  public func lerp(_ x: Span<Float>, weight: Float, into average: consuming MutableSpan<Float>) throws(KernelError) {
    try Checks("lerp").count("average", average.count, x.count)
    let target = unsafe average.pointer()
    unsafe withContext { unsafe ck_lerp($0, x.count, weight, x.pointer, target) }
  }

  /// Σ x². Half of it times λ is what weight decay adds to a loss.
  public func squaredNorm(_ x: Span<Float>) -> Double {
    unsafe withContext { unsafe ck_squared_norm($0, x.count, x.pointer) }
  }
}

extension Checks {
  /// Checks that a matrix with that many elements has these columns.
  fileprivate func columns(
    _ argument: String, _ first: Int, _ columns: Int, rows: Int, of elements: Int
  ) throws(KernelError) {
    try require(
      elements % rows == 0 && first >= 0 && first +| columns <= elements / rows,
      "\(argument) is \(rows) rows of \(elements / rows); it lacks columns \(first) ..< \(first +| columns)")
  }
}
