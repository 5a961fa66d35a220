import KobaiKernels
import TestSupport
import Testing

@Suite struct RandomTests {
  /// Known answers of Philox4x32-10 from the Random123 distribution (kat_vectors). Word w of counter c is element
  /// 64 · (c / 16) + 16 w + c mod 16.
  @Test(arguments: InstructionSet.supported)
  func philoxKnownAnswers(_ isa: InstructionSet) {
    let kernels = Kernels(instructionSet: isa)
    func words(_ key: RandomKey, counter: Int) -> [UInt32] {
      var bits = [UInt32](repeating: 0, count: 64 * (counter / 16 + 1))
      kernels.randomBits(key, into: bits.mutableSpan)
      return (0..<4).map { bits[64 * (counter / 16) + 16 * $0 + counter % 16] }
    }
    #expect(words(RandomKey(seed: 0), counter: 0) == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
    // The other published vectors have counters too large to reach from element 0, but stream and step are words of
    // the counter as well: an independent scalar Philox checks those.
    for (key, counter) in [
      (RandomKey(seed: 0x2994_1036_a409_3822, stream: 0x1319_8a2e, step: 0x0370_7344), 77),
      (RandomKey(seed: .max, stream: .max, step: .max), 15), (RandomKey(seed: 1, .dropout, index: 3, step: 9), 16),
    ] {
      #expect(words(key, counter: counter) == philox([UInt32(counter), 0, key.stream, key.step], seed: key.seed))
    }
    #expect(
      philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], seed: 0x299f_31d0_a409_3822)
        == [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1])
    #expect(
      philox([.max, .max, .max, .max], seed: .max) == [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd])
  }

  private func philox(_ counter: [UInt32], seed: UInt64) -> [UInt32] {
    var x = counter
    var (k0, k1) = (UInt32(truncatingIfNeeded: seed), UInt32(seed >> 32))
    for _ in 0..<10 {
      let (a, b) = (UInt64(x[0]) * 0xD251_1F53, UInt64(x[2]) * 0xCD9E_8D57)
      x = [
        UInt32(b >> 32) ^ x[1] ^ k0, UInt32(truncatingIfNeeded: b), UInt32(a >> 32) ^ x[3] ^ k1,
        UInt32(truncatingIfNeeded: a),
      ]
      (k0, k1) = (k0 &+ 0x9E37_79B9, k1 &+ 0xBB67_AE85)
    }
    return x
  }

  /// u (high - low) + low is rounded to 2 for the largest u, 1 - 2^-24, and for others near it from 1 to 2.
  @Test(arguments: InstructionSet.supported)
  func uniformNumbersStayBelowTheirEnd(_ isa: InstructionSet) {
    let kernels = Kernels(instructionSet: isa)
    for range in [1..<1.0000001, 1..<1.000001, -2 ..< -1.999999, 16_777_214..<16_777_216] as [Range<Float>] {
      var numbers = [Float](repeating: 0, count: 1000)
      kernels.randomUniform(RandomKey(seed: 1), range, into: numbers.mutableSpan)
      #expect(numbers.allSatisfy(range.contains), "\(range)")
    }
  }

  @Test func purposesNeverShareAStream() {
    #expect(RandomKey(seed: 1, .weights, index: 5).stream != RandomKey(seed: 1, .dropout, index: 5).stream)
    #expect(RandomKey(seed: 1, .shuffle, step: 5).step == 5)
  }

  /// Mean and variance within five standard errors of what they should be, and every number in range.
  @Test func uniformNumbers() {
    let count = 200_001
    var x = [Float](repeating: 9, count: count)
    Kernels().randomUniform(RandomKey(seed: 5), -1..<3, into: x.mutableSpan)
    #expect(x.allSatisfy { $0 >= -1 && $0 < 3 })
    let mean = x.reduce(0.0) { $0 + Double($1) } / Double(count)
    let variance = x.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(count)
    let standardError = (16.0 / 12 / Double(count)).squareRoot()
    #expect(abs(mean - 1) < 5 * standardError)
    #expect(abs(variance - 16.0 / 12) < 0.02)
  }

  @Test func normalNumbers() {
    let count = 200_001
    var x = [Float](repeating: 9, count: count)
    Kernels().randomNormal(RandomKey(seed: 6), mean: 2, deviation: 3, into: x.mutableSpan)
    let z = x.map { (Double($0) - 2) / 3 }
    func moment(_ power: Int) -> Double {
      z.reduce(0.0) { sum, v in sum + (0..<power).reduce(1.0) { p, _ in p * v } } / Double(count)
    }
    let standardError = 1 / Double(count).squareRoot()
    #expect(abs(moment(1)) < 5 * standardError)
    #expect(abs(moment(2) - 1) < 5 * 1.42 * standardError)  // the square's deviation is √2
    #expect(abs(moment(3)) < 5 * 3.9 * standardError)  // √15
    #expect(abs(moment(4) - 3) < 5 * 9.8 * standardError)  // √96
    let within = Double(z.count { abs($0) < 1 }) / Double(count)
    #expect(abs(within - 0.682689) < 5 * 0.466 * standardError)
    #expect(z.allSatisfy { abs($0) < 6.5 }, "the largest radius is √(2 · 24 · ln 2) = 5.77")
  }

  @Test(arguments: [0, 0.2, 0.5, 0.9] as [Float])
  func dropoutScalesWhatItKeeps(_ rate: Float) throws {
    let count = 100_003
    let x = [Float](repeating: 2, count: count)
    var (y, again) = (x, x)
    let key = RandomKey(seed: 7, .dropout, index: 2, step: 11)
    try Kernels().dropout(key, rate: rate, x.span, into: y.mutableSpan)
    let kept = y.count { $0 != 0 }
    #expect(y.allSatisfy { $0 == 0 || abs($0 - 2 / (1 - rate)) < 1e-5 })
    let expected = Double(count) * Double(1 - rate)
    #expect(abs(Double(kept) - expected) <= 5 * (expected * Double(rate)).squareRoot())
    try Kernels().dropout(key, rate: rate, x.span, into: again.mutableSpan)
    #expect(again == y, "the same key drops the same elements")
    try Kernels().dropout(RandomKey(seed: 7, .dropout, index: 2, step: 12), rate: rate, x.span, into: again.mutableSpan)
    #expect(rate == 0 || again != y, "another step drops others")
  }

  /// Plane i is kept where element i of the same stream is.
  @Test(arguments: InstructionSet.supported, [1, 15, 16, 33])
  func planesAreDroppedAsAWhole(_ isa: InstructionSet, _ plane: Int) throws {
    let key = RandomKey(seed: 7, .dropout, index: 2, step: 11)
    let ones = [Float](repeating: 1, count: 150)
    var single = ones
    let x = [Float](repeating: 1, count: 150 * plane)
    var planes = x
    try Kernels().dropout(key, rate: 0.3, ones.span, into: single.mutableSpan)
    let kernels = Kernels(instructionSet: isa, threads: 2)
    try kernels.dropoutPlanes(key, rate: 0.3, plane: plane, x.span, into: planes.mutableSpan)
    #expect(single.contains(0))
    expectSameBits(planes, single.flatMap { [Float](repeating: $0, count: plane) })
    let error = #expect(throws: KernelError.self) {
      try kernels.dropoutPlanes(key, rate: 0.3, plane: 7 * plane, x.span, into: planes.mutableSpan)
    }
    #expect(error?.description == "dropout of planes: \(150 * plane) elements are no planes of \(7 * plane)")
  }

  /// Whatever is drawn at a time, element i of the stream decides on element i.
  @Test(arguments: InstructionSet.supported) func dropoutBeginsAnywhere(_ isa: InstructionSet) throws {
    let key = RandomKey(seed: 7, .dropout, index: 2, step: 11)
    var random = TestRandom(5)
    let x = random.floats(20_000)
    var (whole, planes) = (x, x)
    try Kernels(instructionSet: isa, threads: 1).dropout(key, rate: 0.3, x.span, into: whole.mutableSpan)
    try Kernels(instructionSet: isa, threads: 1).dropoutPlanes(
      key, rate: 0.3, plane: 4, x.span, into: planes.mutableSpan)
    for (first, count) in [(1, 3), (60, 4), (60, 5), (63, 1), (64, 64), (100, 19_900), (129, 17_003)] {
      let kernels = Kernels(instructionSet: isa, threads: 3)
      var some = [Float](repeating: 0, count: count)
      try kernels.dropout(
        key, rate: 0.3, first: first, x.span.extracting(first..<first + count), into: some.mutableSpan)
      expectSameBits(some, Array(whole[first..<first + count]), "\(count) from \(first) on")
      let (plane, range) = (first / 4, first / 4 * 4..<first / 4 * 4 + count / 4 * 4)
      some = [Float](repeating: 0, count: range.count)
      try kernels.dropoutPlanes(
        key, rate: 0.3, plane: 4, first: plane, x.span.extracting(range), into: some.mutableSpan)
      expectSameBits(some, Array(planes[range]), "planes from \(plane) on")
    }
    var y: [Float] = [0]
    let error = #expect(throws: KernelError.self) {
      try Kernels().dropout(key, rate: 0.3, first: -1, [1].span, into: y.mutableSpan)
    }
    #expect(error?.description == "dropout: the stream has no element -1")
  }

  @Test func hasTheSameBitsEverywhere() throws {
    let key = RandomKey(seed: 8, .weights, index: 1)
    let x = [Float](repeating: 1, count: 50_001)
    var first: ([UInt32], [[Float]])?
    for kernels in Kernels.everyKind {
      var bits = [UInt32](repeating: 0, count: x.count)
      var (uniform, normal, dropped, planes) = (x, x, x, x)
      kernels.randomBits(key, into: bits.mutableSpan)
      kernels.randomUniform(key, -0.5..<0.25, into: uniform.mutableSpan)
      kernels.randomNormal(key, deviation: 0.01, into: normal.mutableSpan)
      try kernels.dropout(key, rate: 0.3, x.span, into: dropped.mutableSpan)
      try kernels.dropoutPlanes(key, rate: 0.3, plane: 21, x.span, into: planes.mutableSpan)
      if let first {
        #expect(bits == first.0)
        for (result, expected) in zip([uniform, normal, dropped, planes], first.1) {
          expectSameBits(result, expected, "\(kernels)")
        }
      } else {
        first = (bits, [uniform, normal, dropped, planes])
      }
    }
  }

  @Test func namesAWrongRate() {
    var y: [Float] = [0]
    let error = #expect(throws: KernelError.self) {
      try Kernels().dropout(RandomKey(seed: 0), rate: 1, [1].span, into: y.mutableSpan)
    }
    #expect(error?.description == "dropout: rate 1.0 must be in 0 ..< 1")
  }
}
