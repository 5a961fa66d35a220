import KobaiKernels
import TestSupport
import Testing

@Suite struct GroupNormTests {
  /// (samples, groups, channels, plane): rows around the lanes and images; the last ones are summed in several chunks.
  static let sizes = [
    (7, 1, 5, 1), (4, 1, 16, 1), (5, 1, 33, 1), (3, 2, 17, 1), (2, 3, 2, 9), (1, 2, 1, 16), (3, 1, 4, 50),
    (600, 1, 64, 1), (40, 4, 2, 65),
  ]

  private func run(
    _ kernels: Kernels, _ shape: GroupNormShape, _ x: [Float], _ dy: [Float], gamma: [Float]?, beta: [Float]?
  ) throws -> [[Float]] {
    var (y, dx) = (x, dy)
    var mean = [Float](repeating: 0, count: shape.samples * shape.groups)
    var inverseStd = mean
    var dGamma = [Float](repeating: .nan, count: shape.groups * shape.channels)
    var dBeta = dGamma
    try kernels.groupNormForward(
      shape, x.span, gamma: gamma?.span, beta: beta?.span, into: y.mutableSpan, mean: mean.mutableSpan,
      inverseStd: inverseStd.mutableSpan)
    try kernels.groupNormBackward(
      shape, dy.span, x: x.span, gamma: gamma?.span, mean: mean.span, inverseStd: inverseStd.span, dx: dx.mutableSpan,
      dGamma: dGamma.mutableSpan, dBeta: dBeta.mutableSpan)
    return [y, dx, dGamma, dBeta]
  }

  @Test(arguments: InstructionSet.supported, sizes)
  func agreesWithDouble(_ isa: InstructionSet, _ size: (Int, Int, Int, Int)) throws {
    let shape = GroupNormShape(samples: size.0, groups: size.1, channels: size.2, plane: size.3)
    var random = TestRandom(73)
    let x = random.floats(shape.count).map { $0 * 3 + 1 }
    let dy = random.floats(shape.count)
    for affine in [true, false] {
      let gamma = affine ? random.floats(size.1 * size.2) : nil
      let beta = affine ? random.floats(size.1 * size.2) : nil
      func oracle(_ x: [Double], _ gamma: [Double]?, _ beta: [Double]?) -> [Double] {
        Oracle.groupNorm(
          samples: size.0, groups: size.1, channels: size.2, plane: size.3, epsilon: 1e-5, x, gamma: gamma, beta: beta)
      }
      var first: [[Float]]?
      for threads in 1...3 {
        let results = try run(
          Kernels(instructionSet: isa, threads: threads), shape, x, dy, gamma: gamma, beta: beta)
        first = first ?? results
        for (a, b) in zip(results, first ?? []) { expectSameBits(a, b, "\(threads) threads") }
      }
      let results = try #require(first)
      expectClose(results[0], oracle(x.doubles, gamma?.doubles, beta?.doubles), tolerance: 3e-6, "y")
      func total(_ y: [Double]) -> Double { zip(y, dy).reduce(0) { $0 + $1.0 * Double($1.1) } }
      // Linear in gamma and beta: their gradients are the totals of what each adds.
      let zeros = [Double](repeating: 0, count: size.1 * size.2)
      func unit(_ i: Int) -> [Double] { zeros.indices.map { $0 == i ? 1 : 0 } }
      guard shape.count < 1000 else { continue }
      expectClose(
        results[2], zeros.indices.map { total(oracle(x.doubles, unit($0), nil)) }, tolerance: 1e-5, "dGamma")
      expectClose(
        results[3], zeros.indices.map { total(oracle(x.doubles, zeros, unit($0))) }, tolerance: 1e-5, "dBeta")
      let dx = Oracle.gradient(of: { total(oracle($0, gamma?.doubles, nil)) }, at: x.doubles)
      expectClose(results[1], dx, tolerance: 1e-5, "dx")
    }
  }

  @Test func instructionSetsComeToTheSameBits() throws {
    for (samples, groups, channels, plane) in [(300, 1, 100, 1), (30, 3, 5, 77)] {
      let shape = GroupNormShape(samples: samples, groups: groups, channels: channels, plane: plane)
      var random = TestRandom(79)
      let (x, dy) = (random.floats(shape.count), random.floats(shape.count))
      let (gamma, beta) = (random.floats(groups * channels), random.floats(groups * channels))
      var first: [[Float]]?
      for kernels in Kernels.everyKind {
        let results = try run(kernels, shape, x, dy, gamma: gamma, beta: beta)
        for (a, b) in zip(results, first ?? results) { expectSameBits(a, b, "\(kernels)") }
        first = first ?? results
      }
    }
  }

  @Test func namesWhatIsWrong() {
    var y: [Float] = [0]
    func reason(_ shape: GroupNormShape) -> String? {
      var (mean, inverseStd) = ([Float](repeating: 0, count: 1), [Float](repeating: 0, count: 1))
      do {
        try Kernels().groupNormForward(
          shape, [1].span, gamma: [1].span, beta: nil, into: y.mutableSpan, mean: mean.mutableSpan,
          inverseStd: inverseStd.mutableSpan)
        return nil
      } catch { return error.description }
    }
    #expect(
      reason(GroupNormShape(samples: 1, groups: 0, channels: 1))
        == "group norm forward: 1 samples of 0 groups of 1 channels of 1: sizes must be positive")
    #expect(
      reason(GroupNormShape(samples: 1, channels: 1, epsilon: 0)) == "group norm forward: epsilon 0.0 must be positive")
    #expect(
      reason(GroupNormShape(samples: 1, channels: 2))
        == "group norm forward: gamma has 1 elements, but the sizes need 2")
  }
}
