import CKernels

extension Kernels {
  /// The most rows that an embedding's table may have: up to so many, a float holds every index.
  public static var mostEmbeddingRows: Int { 1 << 24 }

  /// y (index.count, width) = for each index its row of the table (rows, width).
  ///
  /// - Throws: ``KernelError`` also where an index, a float, is no whole number in 0 ..< rows.
  public func embeddingForward(
    rows: Int, width: Int, _ index: Span<Float>, table: Span<Float>, into y: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks("embedding forward")
    try checks.table(rows, width, index)
    try checks.count("table", table.count, rows *| width)
    try checks.count("y", y.count, index.count *| width)
    let target = unsafe y.pointer()
    unsafe withContext { unsafe ck_embedding_forward($0, index.count, width, index.pointer, table.pointer, target) }
  }

  /// dTable = for each row the sum of the dy that it was looked up for, which `sums`, whose rows are indices, lets go on
  /// where the batch comes in parts.
  public func embeddingBackward(
    rows: Int, width: Int, _ dy: Span<Float>, index: Span<Float>, into dTable: consuming MutableSpan<Float>,
    sums: BatchSums? = nil
  ) throws(KernelError) {
    let checks = Checks("embedding backward")
    try checks.table(rows, width, index)
    try checks.count("dy", dy.count, index.count *| width)
    try checks.count("dTable", dTable.count, rows *| width)
    let target = unsafe dTable.pointer()
    try unsafe sums.withPart(checks, index.count, floats: 0) { part in
      unsafe withContext {
        unsafe ck_embedding_backward($0, index.count, rows, width, index.pointer, dy.pointer, target, part)
      }
    }
  }

  /// Which of the indices is the first that is no whole number in 0 ..< rows; nil where all are.
  public func firstInvalidIndex(_ index: Span<Float>, rows: Int) -> Int? {
    let first = unsafe ck_embedding_first_invalid(index.count, index.pointer, rows)
    return first < index.count ? first : nil
  }
}

extension Checks {
  fileprivate func table(_ rows: Int, _ width: Int, _ index: Span<Float>) throws(KernelError) {
    try require(
      rows > 0 && width > 0 && rows <= Kernels.mostEmbeddingRows,
      "a table of \(rows)×\(width): sizes must be positive, and there may be \(Kernels.mostEmbeddingRows) rows at most")
    let first = unsafe ck_embedding_first_invalid(index.count, index.pointer, rows)
    try require(first == index.count, "index[\(first)] is \(index[first]), not a whole number in 0 ..< \(rows)")
  }
}
