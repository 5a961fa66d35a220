import KobaiKernels
import TestSupport
import Testing

@Suite struct BatchNormTests {
  /// (batch, channels, plane): columns (plane 1) around the lanes, and images.
  static let shapes = [(7, 1, 1), (9, 15, 1), (4, 16, 1), (5, 17, 1), (3, 40, 1), (1, 3, 9), (2, 5, 16), (6, 2, 50)]

  struct Data {
    let shape: BatchNormShape
    let x: [Float], dy: [Float], gamma: [Float], beta: [Float]
    init(_ size: (Int, Int, Int)) {
      shape = BatchNormShape(batch: size.0, channels: size.1, size: Size2D(1, size.2))
      var random = TestRandom(59)
      x = random.floats(shape.count).map { $0 * 3 + 1 }
      dy = random.floats(shape.count)
      (gamma, beta) = (random.floats(shape.channels), random.floats(shape.channels))
    }

    func oracle(_ x: [Double], gamma: [Double]? = nil, beta: [Double]? = nil) -> (
      y: [Double], mean: [Double], variance: [Double]
    ) {
      Oracle.batchNorm(
        batch: shape.batch, channels: shape.channels, plane: shape.plane, epsilon: Double(shape.epsilon), x,
        gamma: gamma ?? self.gamma.doubles, beta: beta ?? self.beta.doubles)
    }
    func total(_ y: [Double]) -> Double { zip(y, dy).reduce(0) { $0 + $1.0 * Double($1.1) } }
  }

  struct Outcome {
    var y: [Float], mean: [Float], inverseStd: [Float], runningMean: [Float], runningVariance: [Float]
    var dx: [Float], dGamma: [Float], dBeta: [Float], inferred: [Float]
    var all: [Float] { y + mean + inverseStd + runningMean + runningVariance + dx + dGamma + dBeta + inferred }
  }

  private func run(_ kernels: Kernels, _ d: Data) throws -> Outcome {
    let zeros = [Float](repeating: 0, count: d.shape.channels)
    var (y, mean, inverseStd) = (d.x, zeros, zeros)
    var (runningMean, runningVariance) = (zeros.map { $0 + 5 }, zeros.map { $0 + 2 })
    try kernels.batchNormForward(
      d.shape, d.x.span, gamma: d.gamma.span, beta: d.beta.span, runningMean: runningMean.mutableSpan,
      runningVariance: runningVariance.mutableSpan, into: y.mutableSpan, mean: mean.mutableSpan,
      inverseStd: inverseStd.mutableSpan)
    var (dx, dGamma, dBeta, inferred) = (d.x, zeros, zeros, d.x)
    try kernels.batchNormBackward(
      d.shape, d.dy.span, x: d.x.span, gamma: d.gamma.span, beta: d.beta.span, mean: mean.span,
      inverseStd: inverseStd.span,
      dx: dx.mutableSpan, dGamma: dGamma.mutableSpan, dBeta: dBeta.mutableSpan)
    try kernels.batchNormInfer(
      d.shape, d.x.span, gamma: d.gamma.span, beta: d.beta.span, runningMean: runningMean.span,
      runningVariance: runningVariance.span, into: inferred.mutableSpan)
    return Outcome(
      y: y, mean: mean, inverseStd: inverseStd, runningMean: runningMean, runningVariance: runningVariance, dx: dx,
      dGamma: dGamma, dBeta: dBeta, inferred: inferred)
  }

  /// The kernel reads it where it is given, though no shortcut's gradient asks for it.
  @Test func whatWasKeptIsAsLargeAsTheOutput() throws {
    let d = Data(Self.shapes[5])
    let zeros = [Float](repeating: 0, count: d.shape.channels)
    var (dx, dGamma, dBeta, shape) = (d.x, zeros, zeros, d.shape)
    shape.postOp = .relu
    let kept: [Float] = [1]
    #expect(throws: KernelError.count(kernel: "batch norm backward", argument: "kept", needed: shape.count, given: 1)) {
      try Kernels().batchNormBackward(
        shape, d.dy.span, x: d.x.span, kept: kept.span, gamma: d.gamma.span, beta: d.beta.span, mean: zeros.span,
        inverseStd: zeros.span, dx: dx.mutableSpan, dGamma: dGamma.mutableSpan, dBeta: dBeta.mutableSpan)
    }
  }

  @Test(arguments: InstructionSet.supported, shapes)
  func agreesWithDouble(_ isa: InstructionSet, _ size: (Int, Int, Int)) throws {
    let d = Data(size)
    let o = try run(Kernels(instructionSet: isa, threads: 2), d)
    let (y, mean, variance) = d.oracle(d.x.doubles)
    expectClose(o.y, y, tolerance: 3e-6, "y")
    expectClose(o.mean, mean, tolerance: 1e-6, "mean")
    expectClose(
      o.inverseStd, variance.map { 1 / ($0 + 1e-5).squareRoot() },
      tolerance: { 1e-5 / (variance[$0] + 1e-5).squareRoot() })
    let samples = Double(d.shape.batch * d.shape.plane)
    let unbiased = samples / max(samples - 1, 1)
    expectClose(o.runningMean, mean.map { 0.9 * 5 + 0.1 * $0 }, tolerance: 1e-6, "running mean")
    expectClose(o.runningVariance, variance.map { 0.9 * 2 + 0.1 * $0 * unbiased }, tolerance: 2e-6, "running variance")
    let inferred = d.x.indices.map { i in
      let c = i / d.shape.plane % d.shape.channels
      return Double(d.gamma[c]) * (Double(d.x[i]) - Double(o.runningMean[c]))
        / (Double(o.runningVariance[c]) + 1e-5).squareRoot() + Double(d.beta[c])
    }
    expectClose(o.inferred, inferred, tolerance: 3e-6, "inference")
  }

  /// The gradient flows through the mean and the variance, too.
  @Test(arguments: InstructionSet.supported, shapes)
  func gradientsAreCentralDifferences(_ isa: InstructionSet, _ size: (Int, Int, Int)) throws {
    let d = Data(size)
    let o = try run(Kernels(instructionSet: isa, threads: 2), d)
    let dx = Oracle.gradient(of: { d.total(d.oracle($0).y) }, at: d.x.doubles)
    let dGamma = Oracle.gradient(of: { d.total(d.oracle(d.x.doubles, gamma: $0).y) }, at: d.gamma.doubles)
    let dBeta = Oracle.gradient(of: { d.total(d.oracle(d.x.doubles, beta: $0).y) }, at: d.beta.doubles)
    // Sums of up to 300 terms near 1, divided by standard deviations near 2.
    expectClose(o.dx, dx, tolerance: 5e-6, "dx")
    expectClose(o.dGamma, dGamma, tolerance: 3e-5, "dGamma")
    expectClose(o.dBeta, dBeta, tolerance: 3e-5, "dBeta")
  }

  @Test func dxMayBeLeftOut() throws {
    for size in [Self.shapes[3], Self.shapes[7]] {
      let d = Data(size)
      let kernels = Kernels()
      let o = try run(kernels, d)
      var (dGamma, dBeta) = (o.dBeta, o.dGamma)
      try kernels.batchNormBackward(
        d.shape, d.dy.span, x: d.x.span, gamma: d.gamma.span, beta: d.beta.span, mean: o.mean.span,
        inverseStd: o.inverseStd.span,
        dx: nil, dGamma: dGamma.mutableSpan, dBeta: dBeta.mutableSpan)
      expectSameBits(dGamma, o.dGamma)
      expectSameBits(dBeta, o.dBeta)
    }
  }

  /// Values far from zero keep their variance: it is that within planes plus that of their means.
  @Test(arguments: InstructionSet.supported)
  func aLargeMeanLeavesTheVariance(_ isa: InstructionSet) throws {
    let shape = BatchNormShape(batch: 20, channels: 3, size: Size2D(8, 9))
    var random = TestRandom(61)
    // Multiples of 2^-10 near 4000 have no rounding of their own.
    let x = random.floats(shape.count).map { 4000 + ($0 * 1024).rounded() / 1024 }
    let ones = [Float](repeating: 1, count: 3)
    var (y, mean, inverseStd, runningMean, runningVariance) = (x, ones, ones, ones, ones)
    try Kernels(instructionSet: isa, threads: 2).batchNormForward(
      shape, x.span, gamma: ones.span, beta: ones.span, runningMean: runningMean.mutableSpan,
      runningVariance: runningVariance.mutableSpan, into: y.mutableSpan, mean: mean.mutableSpan,
      inverseStd: inverseStd.mutableSpan)
    let variance = Oracle.batchNorm(
      batch: 20, channels: 3, plane: 72, epsilon: 0, x.doubles, gamma: ones.doubles, beta: ones.doubles
    ).variance
    // A mean of a plane is off by half a unit in the last place of 4000 at most, 2^-13.
    expectClose(inverseStd, variance.map { 1 / ($0 + 1e-5).squareRoot() }, tolerance: 1e-4)
  }

  @Test(arguments: [(100, 100, 1), (10, 33, 100)])
  func hasTheSameBitsEverywhere(_ size: (Int, Int, Int)) throws {
    let d = Data(size)
    var first: Outcome?
    for kernels in Kernels.everyKind {
      let o = try run(kernels, d)
      guard let first else {
        first = o
        continue
      }
      expectSameBits(o.all, first.all, "\(kernels)")
    }
  }
}
