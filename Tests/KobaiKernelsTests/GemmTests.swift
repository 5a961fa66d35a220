import KobaiKernels
import TestSupport
import Testing

@Suite struct GemmTests {
  /// Around the tiles' edges (rows 6 and 14, half strips of 8, strips of 16, pairs of 32), the block of 384 along k, and
  /// primes.
  static let shapes: [(m: Int, n: Int, k: Int)] = [
    (0, 5, 3), (5, 0, 3), (1, 1, 1), (5, 15, 7), (6, 16, 8), (7, 17, 9), (13, 31, 2), (14, 32, 1), (15, 33, 5),
    (29, 64, 3), (1, 100, 37), (100, 1, 37), (41, 43, 47), (14, 32, 383), (15, 33, 384), (13, 31, 385),
    (3, 5, 769), (130, 20, 11), (20, 130, 11), (131, 137, 139), (170, 35, 20), (27, 8, 6), (29, 9, 5), (15, 24, 387),
    // Small products whose transposed B has more panels than there is room for, and those that just do or do not count as small.
    (5, 200, 50), (3, 100, 200), (1, 300, 384), (2, 20, 385), (58, 58, 59), (59, 58, 59),
    // Sizes from which A, where it is transposed, or B is packed, and those of products that are one tile high or one row.
    (520, 33, 20), (270, 130, 50), (13, 100, 770), (1, 1030, 400),
    // The last one's sums are cut into parts.
    (28, 25, 4), (131, 40, 10), (4, 5, 6300),
  ]

  @Test(arguments: InstructionSet.supported, shapes)
  func agreesWithDouble(_ isa: InstructionSet, _ shape: (m: Int, n: Int, k: Int)) throws {
    let (m, n, k) = shape
    let kernels = Kernels(instructionSet: isa, threads: 2)
    var random = TestRandom(UInt64(m * 1_000_000 + n * 1000 + k))
    let (a, b) = (random.floats(m * k), random.floats(k * n))
    for (transposeA, transposeB) in [(false, false), (false, true), (true, false), (true, true)] {
      let sizes = GemmShape(m: m, n: n, k: k, transposeA: transposeA, transposeB: transposeB)
      var c = [Float](repeating: .nan, count: m * n)  // not read: NaN must not come through
      try kernels.gemm(sizes, a.span, b.span, into: c.mutableSpan)
      let (sum, magnitude) = Oracle.product(
        m: m, n: n, k: k, transposeA: transposeA, transposeB: transposeB, lda: sizes.lda, ldb: sizes.ldb, a.doubles,
        b.doubles)
      // A chain of k roundings, each of half a unit in the last place, 2^-24, of at most the magnitude so far.
      expectClose(c, sum, tolerance: { Double(k) * 0x1p-24 * magnitude[$0] }, "\(sizes)")
    }
  }

  @Test(arguments: InstructionSet.supported)
  func zeroStepsOfKGiveBetaTimesC(_ isa: InstructionSet) throws {
    var c: [Float] = [1, 2, 3, 4, 5, 6]
    try Kernels(instructionSet: isa).gemm(
      GemmShape(m: 2, n: 3, k: 0), [Float]().span, [Float]().span, beta: 2, into: c.mutableSpan)
    #expect(c == [2, 4, 6, 8, 10, 12])
  }

  @Test(
    arguments: InstructionSet.supported,
    [(1, 0), (1, 1), (0.5, 0), (-2, 1), (1, 0.25), (3, -1)] as [(Float, Float)])
  func scalesByAlphaAndBeta(_ isa: InstructionSet, _ factors: (alpha: Float, beta: Float)) throws {
    let (m, n, k) = (15, 37, 401)  // two blocks of k
    var random = TestRandom(7)
    let (a, b, old) = (random.floats(m * k), random.floats(k * n), random.floats(m * n))
    var c = old
    try Kernels(instructionSet: isa, threads: 2).gemm(
      GemmShape(m: m, n: n, k: k), alpha: factors.alpha, a.span, b.span, beta: factors.beta, into: c.mutableSpan)
    let (sum, magnitude) = Oracle.product(m: m, n: n, k: k, lda: k, ldb: n, a.doubles, b.doubles)
    let expected = sum.indices.map { Double(factors.alpha) * sum[$0] + Double(factors.beta) * Double(old[$0]) }
    expectClose(
      c, expected,
      tolerance: {
        Double(k + 2) * 0x1p-24 * abs(Double(factors.alpha)) * magnitude[$0]
          + 0x1p-22 * abs(Double(factors.beta) * Double(old[$0]))
      })
  }

  @Test(arguments: InstructionSet.supported, [(false, false), (false, true), (true, false), (true, true)])
  func leavesGapsBetweenRowsAlone(_ isa: InstructionSet, _ transposed: (a: Bool, b: Bool)) throws {
    let (m, n, k) = (17, 35, 19)
    let (lda, ldb, ldc) = (53, 61, 41)
    var random = TestRandom(11)
    let a = random.floats((transposed.a ? k : m) * lda)
    let b = random.floats((transposed.b ? n : k) * ldb)
    var c = [Float](repeating: 99, count: m * ldc)
    try Kernels(instructionSet: isa, threads: 2).gemm(
      GemmShape(
        m: m, n: n, k: k, transposeA: transposed.a, transposeB: transposed.b, lda: lda, ldb: ldb, ldc: ldc),
      a.span, b.span, into: c.mutableSpan)
    let (sum, magnitude) = Oracle.product(
      m: m, n: n, k: k, transposeA: transposed.a, transposeB: transposed.b, lda: lda, ldb: ldb, a.doubles, b.doubles)
    let inside = (0..<m).flatMap { i in c[i * ldc..<i * ldc + n] }
    expectClose(inside, sum, tolerance: { Double(k) * 0x1p-24 * magnitude[$0] })
    for i in 0..<m { #expect(c[i * ldc + n..<(i + 1) * ldc].allSatisfy { $0 == 99 }) }
  }

  /// Few outputs over a long k: the sum is split into 16 partial sums, whatever the thread count.
  @Test(arguments: InstructionSet.supported)
  func splitsLongSums(_ isa: InstructionSet) throws {
    let (m, n, k) = (3, 5, 16 * 384 + 77)
    var random = TestRandom(13)
    let (a, b) = (random.floats(k * m), random.floats(k * n))
    var c = [Float](repeating: 1, count: m * n)
    try Kernels(instructionSet: isa, threads: 2).gemm(
      GemmShape(m: m, n: n, k: k, transposeA: true), alpha: 2, a.span, b.span, beta: -1, into: c.mutableSpan)
    let (sum, magnitude) = Oracle.product(m: m, n: n, k: k, transposeA: true, lda: m, ldb: n, a.doubles, b.doubles)
    // Chains of at most two blocks in each part, then a tree over the parts.
    expectClose(c, sum.map { 2 * $0 - 1 }, tolerance: { 2 * 800 * 0x1p-24 * magnitude[$0] })
  }

  @Test(
    arguments: [
      (m: 100, n: 100, k: 500, a: false, b: true), (m: 37, n: 530, k: 29, a: true, b: false),
      (m: 200, n: 150, k: 400, a: false, b: false), (m: 7, n: 9, k: 7000, a: true, b: true),
      (m: 64, n: 64, k: 1024, a: false, b: false),
    ])
  func hasTheSameBitsEverywhere(_ shape: (m: Int, n: Int, k: Int, a: Bool, b: Bool)) throws {
    var random = TestRandom(17)
    let (a, b) = (random.floats(shape.m * shape.k), random.floats(shape.k * shape.n))
    let sizes = GemmShape(m: shape.m, n: shape.n, k: shape.k, transposeA: shape.a, transposeB: shape.b)
    var first: [Float]?
    for kernels in Kernels.everyKind {
      var c = [Float](repeating: 0.5, count: shape.m * shape.n)
      try kernels.gemm(sizes, alpha: 1.5, a.span, b.span, beta: 0.75, into: c.mutableSpan)
      if let first { expectSameBits(c, first, kernels.testDescription) } else { first = c }
    }
  }

  @Test func namesWhatIsWrong() {
    let kernels = Kernels()
    var c = [Float](repeating: 0, count: 6)
    let (six, five) = ([Float](repeating: 0, count: 6), [Float](repeating: 0, count: 5))
    #expect(throws: KernelError.count(kernel: "gemm", argument: "a", needed: 6, given: 5)) {
      try kernels.gemm(GemmShape(m: 2, n: 2, k: 3), five.span, six.span, into: c.mutableSpan)
    }
    #expect(throws: KernelError.count(kernel: "gemm", argument: "c", needed: 8, given: 6)) {
      try kernels.gemm(GemmShape(m: 2, n: 3, k: 2, ldc: 5), six.span, six.span, into: c.mutableSpan)
    }
    let error = #expect(throws: KernelError.self) {
      try kernels.gemm(GemmShape(m: 2, n: 3, k: 2, ldb: 2), six.span, six.span, into: c.mutableSpan)
    }
    #expect(error?.description == "gemm: rows of b have 3 elements but start 2 apart (ldb)")
    #expect(throws: KernelError.invalid(kernel: "gemm", reason: "sizes -1 × 2 × 3 must not be negative")) {
      try kernels.gemm(GemmShape(m: -1, n: 2, k: 3), six.span, six.span, into: c.mutableSpan)
    }
  }

  /// Two products at once from two threads of the caller do not disturb each other.
  @Test func isSafeToCallFromSeveralThreads() async {
    var random = TestRandom(19)
    let (a, b) = (random.floats(90 * 300), random.floats(300 * 110))
    @Sendable func product(_ threads: Int) throws -> [Float] {
      var c = [Float](repeating: 0, count: 90 * 110)
      try Kernels(threads: threads).gemm(GemmShape(m: 90, n: 110, k: 300), a.span, b.span, into: c.mutableSpan)
      return c
    }
    let results = await withTaskGroup(of: [Float]?.self) { group in
      for i in 0..<8 { group.addTask { try? product(1 + i % 3) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(results.count == 8)
    for result in results { expectSameBits(result ?? [], results[0] ?? [1]) }
  }
}
