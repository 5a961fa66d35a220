import KobaiKernels
import TestSupport
import Testing

/// Products below full precision, on whatever of this machine's instruction sets has them. A processor without any runs
/// none of these but the first.
@Suite struct PrecisionTests {
  static let withMedium = InstructionSet.supported.filter { Precision.medium.isSupported(by: $0) }
  static let withHigh = InstructionSet.supported.filter { Precision.high.isSupported(by: $0) }

  @Test func fallsBackToTheNextHigherOne() {
    #expect(Kernels().precision == .highest)
    for precision in [Precision.medium, .high] {
      #expect(Kernels(instructionSet: .portable, precision: precision).precision == .highest)
    }
    for isa in InstructionSet.supported {
      #expect(Precision.highest.isSupported(by: isa))
      #expect(Precision.high.isSupported(by: isa) == (isa == .amx))
      for precision in [Precision.medium, .high] {
        let expected = precision.isSupported(by: isa) ? precision : .highest
        #expect(Kernels(instructionSet: isa, precision: precision).precision == expected)
      }
    }
  }

  /// Around the tiles' edges, whole and half cells, and the block of 2 × 384 numbers along k.
  static let shapes: [(m: Int, n: Int, k: Int)] = [
    (1, 1, 1), (13, 31, 2), (14, 32, 3), (15, 33, 31), (29, 64, 32), (1, 100, 37), (100, 1, 63), (14, 32, 767),
    (15, 33, 768), (13, 31, 769), (3, 5, 1538), (20, 130, 11), (131, 137, 139), (170, 35, 20), (30, 25, 12_289),
    (29, 8, 33), (15, 24, 769),
  ]

  /// A product of two bf16 numbers is exact in single precision, so that what the kernels add up are the products of the
  /// rounded factors: only the sum rounds, k times at most.
  @Test(arguments: withMedium, shapes)
  func mediumMultipliesRoundedFactors(_ isa: InstructionSet, _ shape: (m: Int, n: Int, k: Int)) throws {
    try expectProducts(isa, .medium, shape, of: \.asBFloat16, error: Double(shape.k) * 0x1p-23)
  }

  /// All four forms, on one to three threads with the same bits.
  ///
  /// - Parameters:
  ///   - factor: what a number is taken for.
  ///   - error: of a sum, as a share of the sum of its products' sizes.
  private func expectProducts(
    _ isa: InstructionSet, _ precision: Precision, _ shape: (m: Int, n: Int, k: Int), of factor: (Float) -> Float,
    error: Double
  ) throws {
    let (m, n, k) = shape
    var random = TestRandom(UInt64(m * 1_000_000 + n * 1000 + k))
    let (a, b) = (random.floats(m * k), random.floats(k * n))
    for (transposeA, transposeB) in [(false, false), (false, true), (true, false), (true, true)] {
      let sizes = GemmShape(m: m, n: n, k: k, transposeA: transposeA, transposeB: transposeB)
      let (sum, magnitude) = Oracle.product(
        m: m, n: n, k: k, transposeA: transposeA, transposeB: transposeB, lda: sizes.lda, ldb: sizes.ldb,
        a.map(factor).doubles, b.map(factor).doubles)
      var first: [Float]?
      for threads in 1...3 {
        var c = [Float](repeating: .nan, count: m * n)
        try Kernels(instructionSet: isa, precision: precision, threads: threads)
          .gemm(sizes, a.span, b.span, into: c.mutableSpan)
        expectClose(c, sum, tolerance: { error * magnitude[$0] }, "\(sizes)")
        if let first { expectSameBits(c, first, "\(threads) threads") }
        first = c
      }
    }
  }

  /// Finite factors stay finite: between the largest bf16 and the largest float they become the former.
  @Test(arguments: withMedium)
  func keepsTheEndsOfTheRange(_ isa: InstructionSet) throws {
    let largest: Float = 0x1.fep127
    let factors: [(Float, Float)] = [
      (.greatestFiniteMagnitude, largest), (-.greatestFiniteMagnitude, -largest), (0x1.fefffep127, largest),
      (0x1.ffp127, largest), (.infinity, .infinity), (-.infinity, -.infinity), (.leastNormalMagnitude, 0x1p-126),
      (-0x1.010002p-126, -0x1.02p-126), (.leastNonzeroMagnitude, 0), (0x1.01p0, 0x1p0), (0x1.03p0, 0x1.04p0), (-0.0, 0),
    ]
    let kernels = Kernels(instructionSet: isa, precision: .medium, threads: 1)
    for (factor, expected) in factors {
      var c: [Float] = [7]
      try kernels.gemm(GemmShape(m: 1, n: 1, k: 1), [factor].span, [Float(1)].span, into: c.mutableSpan)
      #expect(c == [expected], "\(factor)")
      try kernels.gemm(GemmShape(m: 1, n: 1, k: 1), [Float(1)].span, [factor].span, into: c.mutableSpan)
      #expect(c == [expected], "\(factor) as B")
    }
    var c: [Float] = [7]
    try kernels.gemm(GemmShape(m: 1, n: 1, k: 1), [.nan].span, [Float(1)].span, into: c.mutableSpan)
    #expect(c[0].isNaN)
    try kernels.gemm(GemmShape(m: 1, n: 1, k: 1), [.greatestFiniteMagnitude].span, [Float(0)].span, into: c.mutableSpan)
    #expect(c == [0], "not infinity times zero")
  }

  /// A product of two parts each is off by 2⁻¹⁵ at most. The errors of many go all ways, so that of their sum's size they
  /// are about that by the root of their number; twice that is allowed here.
  @Test(arguments: withHigh, shapes)
  func highMultipliesInTwoParts(_ isa: InstructionSet, _ shape: (m: Int, n: Int, k: Int)) throws {
    try expectProducts(isa, .high, shape, of: \.self, error: Self.highError(terms: shape.k))
  }

  static func highError(terms: Int) -> Double { 0x1p-14 / Double(terms).squareRoot() }

  /// Tiny factors are multiplied at full precision, and the largest stay finite.
  @Test(arguments: withHigh)
  func highKeepsTheEndsOfTheRange(_ isa: InstructionSet) throws {
    let sizes = GemmShape(m: 32, n: 32, k: 64)
    var random = TestRandom(7)
    let (a, b) = (random.floats(32 * 64), random.floats(64 * 32))
    let (high, highest) = (Kernels(instructionSet: isa, precision: .high), Kernels(instructionSet: isa))
    for (aScale, bScale) in [(0x1p-60, 1), (1, 0x1p-110), (0x1p-120, 0x1p100)] as [(Float, Float)] {
      let (small, other) = (a.map { $0 * aScale }, b.map { $0 * bScale })
      var (c, expected) = ([Float](repeating: 7, count: 32 * 32), [Float](repeating: 7, count: 32 * 32))
      try high.gemm(sizes, small.span, other.span, into: c.mutableSpan)
      try highest.gemm(sizes, small.span, other.span, into: expected.mutableSpan)
      expectSameBits(c, expected, "scaled by \(aScale) and \(bScale)")
    }
    let factors: [Float] = [.greatestFiniteMagnitude, -.greatestFiniteMagnitude, 0x1.ffp127, 0x1.234568p126, 1e-30, 0]
    for factor in factors {
      var (left, one) = ([Float](repeating: 0, count: 32 * 64), [Float](repeating: 0, count: 64 * 32))
      (left[0], one[0]) = (factor, 1)
      left[64 + 1] = 1
      var c = [Float](repeating: 7, count: 32 * 32)
      try high.gemm(sizes, left.span, one.span, into: c.mutableSpan)
      #expect(c[0].isFinite && abs(c[0] - factor) <= abs(factor) * 0x1p-16, "\(factor)")
    }
  }

  /// But for those that may take Winograd's windows, which have a test of their own.
  @Test(
    arguments: withMedium,
    ConvTests.shapes.filter { $0.channels < 16 } + GroupedConvTests.dilated + GroupedConvTests.shapes[11...12])
  func mediumConvolvesRoundedFactors(_ isa: InstructionSet, _ s: Oracle.Window) throws {
    let data = ConvTests.Data(s)
    let (x, w, dy) = (data.x.map(\.asBFloat16), data.w.map(\.asBFloat16), data.dy.map(\.asBFloat16))
    let y = Oracle.convolution(s, x.doubles, w.doubles, data.bias.doubles)
    let size = Oracle.convolution(s, x.doubles.map(abs), w.doubles.map(abs), data.bias.doubles.map(abs))
    let gradients = Oracle.convolutionGradients(s, x.doubles, w.doubles, dy.doubles)
    let sizes = Oracle.convolutionGradients(s, x.doubles.map(abs), w.doubles.map(abs), dy.doubles.map(abs))
    let biasGradient = Oracle.convolutionGradients(s, x.doubles, w.doubles, data.dy.doubles).db
    // The longest of the three sums, each step of which rounds twice at most.
    let steps = 2 * Double(max(s.channels, s.filters) * s.kernelHeight * s.kernelWidth + s.outputCount)
    var first: [[Float]]?
    for threads in 1...3 {
      let kernels = Kernels(instructionSet: isa, precision: .medium, threads: threads)
      var (result, dx, dw, db) = (data.dy, data.x, data.w, data.bias)
      try kernels.conv2DForward(
        s.conv, data.x.span, weight: data.w.span, bias: data.bias.span, into: result.mutableSpan)
      try kernels.conv2DBackward(
        s.conv, data.dy.span, x: data.x.span, weight: data.w.span, dx: dx.mutableSpan, dWeight: dw.mutableSpan,
        dBias: db.mutableSpan)
      expectClose(result, y, tolerance: { steps * 0x1p-24 * size[$0] }, "y")
      expectClose(dx, gradients.dx, tolerance: { steps * 0x1p-24 * sizes.dx[$0] }, "dx")
      expectClose(dw, gradients.dw, tolerance: { steps * 0x1p-24 * sizes.dw[$0] }, "dw")
      expectClose(db, biasGradient, tolerance: { steps * 0x1p-24 * sizes.db[$0] * 1.01 }, "the bias is not rounded")
      let results = [result, dx, dw, db]
      if let first { for (a, b) in zip(results, first) { expectSameBits(a, b, "\(threads) threads") } }
      first = results
    }
  }

  /// Shapes that fill tiles beside those of the other tests; the sums at their images' corners are the shortest.
  @Test(
    arguments: withHigh,
    ConvTests.shapes + [
      .init(2, 16, 7, 20, filters: 18, kernel: (3, 3), pad: (1, 1)), .init(1, 32, 6, 35, filters: 40, kernel: (3, 3)),
      .init(1, 20, 8, 33, filters: 48, kernel: (5, 5), pad: (2, 2)), .init(3, 40, 14, 14, filters: 33, kernel: (3, 2)),
    ])
  func highConvolvesInTwoParts(_ isa: InstructionSet, _ s: Oracle.Window) throws {
    let data = ConvTests.Data(s)
    let y = Oracle.convolution(s, data.x.doubles, data.w.doubles, data.bias.doubles)
    let size = Oracle.convolution(
      s, data.x.doubles.map(abs), data.w.doubles.map(abs), data.bias.doubles.map(abs))
    let gradients = Oracle.convolutionGradients(s, data.x.doubles, data.w.doubles, data.dy.doubles)
    let sizes = Oracle.convolutionGradients(
      s, data.x.doubles.map(abs), data.w.doubles.map(abs), data.dy.doubles.map(abs))
    var first: [[Float]]?
    for threads in 1...3 {
      let kernels = Kernels(instructionSet: isa, precision: .high, threads: threads)
      var (result, dx, dw) = (data.dy, data.x, data.w)
      try kernels.conv2DForward(
        s.conv, data.x.span, weight: data.w.span, bias: data.bias.span, into: result.mutableSpan)
      try kernels.conv2DBackward(
        s.conv, data.dy.span, x: data.x.span, weight: data.w.span, dx: dx.mutableSpan, dWeight: dw.mutableSpan,
        dBias: nil)
      expectClose(result, y, tolerance: { Self.highError(terms: s.channels) * size[$0] }, "y")
      expectClose(dx, gradients.dx, tolerance: { Self.highError(terms: s.filters) * sizes.dx[$0] }, "dx")
      expectClose(dw, gradients.dw, tolerance: { Self.highError(terms: s.batch) * sizes.dw[$0] }, "dw")
      let results = [result, dx, dw]
      if let first { for (a, b) in zip(results, first) { expectSameBits(a, b, "\(threads) threads") } }
      first = results
    }
  }

  /// A single channel's pixels are paired with their neighbours: what is not finite reaches the same outputs on any
  /// number of threads, and those of its own image alone.
  @Test(arguments: withMedium) func infinitiesStayInTheirImage(_ isa: InstructionSet) throws {
    let shape = Conv2DShape(batch: 2, channels: 1, input: 30, filters: 32, kernel: 3)
    var x = [Float](repeating: 1, count: shape.inputCount)
    x[16 * 30] = .infinity
    let w = [Float](repeating: 0.5, count: shape.weightCount)
    var counts: Set<Int> = []
    for round in 0..<60 {
      let kernels = Kernels(instructionSet: isa, precision: .medium, threads: 1 + round % 3)
      var y = [Float](repeating: 0, count: shape.outputCount)
      try kernels.conv2DForward(shape, x.span, weight: w.span, bias: nil, into: y.mutableSpan)
      counts.insert(y.prefix(shape.outputCount / 2).count { $0.isNaN })
      #expect(y.suffix(shape.outputCount / 2).allSatisfy { $0 == 4.5 })
    }
    #expect(counts.count == 1, "\(counts)")
  }
}

extension Float {
  /// Rounded to bfloat16, to nearest even.
  var asBFloat16: Float {
    let bits = bitPattern
    return Float(bitPattern: (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000)
  }
}
