import CKernels

/// The sizes of a matrix product: op(A) is m × k, op(B) is k × n, C is m × n, all row-major.
public struct GemmShape: Sendable, Equatable {
  /// Rows of C, columns of C, and the length of each sum.
  public var m: Int, n: Int, k: Int
  /// Whether op(A) is A's transpose: A is then stored k × m.
  public var transposeA = false
  /// Whether op(B) is B's transpose: B is then stored n × k.
  public var transposeB = false
  /// Floats from one stored row to the next.
  public var lda: Int, ldb: Int, ldc: Int

  /// Leading dimensions left out are those of matrices without gaps.
  public init(
    m: Int, n: Int, k: Int, transposeA: Bool = false, transposeB: Bool = false,
    lda: Int? = nil, ldb: Int? = nil, ldc: Int? = nil
  ) {
    (self.m, self.n, self.k) = (m, n, k)
    (self.transposeA, self.transposeB) = (transposeA, transposeB)
    self.lda = lda ?? (transposeA ? m : k)
    self.ldb = ldb ?? (transposeB ? k : n)
    self.ldc = ldc ?? n
  }

  /// The fewest floats a matrix of `rows` stored rows may have; the last row needs no gap after it.
  static func floats(rows: Int, columns: Int, leading: Int) -> Int {
    rows == 0 || columns == 0 ? 0 : (rows - 1) *| leading +| columns
  }

  func check(a: Int, b: Int, c: Int) throws(KernelError) {
    let checks = Checks("gemm")
    try checks.require(m >= 0 && n >= 0 && k >= 0, "sizes \(m) × \(n) × \(k) must not be negative")
    try check("a", a, rows: transposeA ? k : m, columns: transposeA ? m : k, leading: lda)
    try check("b", b, rows: transposeB ? n : k, columns: transposeB ? k : n, leading: ldb)
    try check("c", c, rows: m, columns: n, leading: ldc)
  }

  /// Checks one matrix as it is stored.
  private func check(
    _ name: StaticString, _ count: Int, rows: Int, columns: Int, leading: Int
  ) throws(KernelError) {
    try Checks("gemm").require(
      leading >= columns, "rows of \(name) have \(columns) elements but start \(leading) apart (ld\(name))")
    let needed = Self.floats(rows: rows, columns: columns, leading: leading)
    guard count >= needed else { throw .count(kernel: "gemm", argument: "\(name)", needed: needed, given: count) }
  }
}

extension Kernels {
  /// C = alpha · op(A) · op(B) + beta · C in single precision. Where `beta` is 0, C is not read.
  ///
  /// Sums are chains of fused multiply-adds in an order that depends on the shape alone.
  /// - Throws: ``KernelError`` where a matrix is smaller than `shape` says or its rows overlap.
  public func gemm(
    _ shape: GemmShape, alpha: Float = 1, _ a: Span<Float>, _ b: Span<Float>, beta: Float = 0,
    into c: consuming MutableSpan<Float>, workspace: Workspace = Workspace()
  ) throws(KernelError) {
    try shape.check(a: a.count, b: b.count, c: c.count)
    let (m, n, k) = (shape.m, shape.n, shape.k)
    let target = unsafe c.pointer()
    unsafe withContext { context in
      let scratch = unsafe workspace.pointer(bytes: ck_sgemm_workspace_bytes(context, m, n, k))
      unsafe ck_sgemm(
        context, shape.transposeA, shape.transposeB, m, n, k, alpha, a.pointer, shape.lda, b.pointer,
        shape.ldb, beta, target, shape.ldc, scratch)
    }
  }

  /// The scratch that ``gemm(_:alpha:_:_:beta:into:workspace:)`` needs for this shape.
  public func gemmWorkspaceBytes(m: Int, n: Int, k: Int) -> Int {
    unsafe withContext { unsafe ck_sgemm_workspace_bytes($0, m, n, k) }
  }
}
