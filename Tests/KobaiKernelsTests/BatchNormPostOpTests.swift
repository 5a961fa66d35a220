import KobaiKernels
import TestSupport
import Testing

/// A batch normalisation with a post-op, or a shortcut, gives the same bits as the kernels one after the other.
@Suite struct BatchNormPostOpTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let batch: Int, channels: Int, size: Size2D, postOp: BatchNormPostOp, adds: Bool
    var testDescription: String { "\(batch)×\(channels)×\(size) \(postOp)\(adds ? ", shortcut" : "")" }
    init(_ batch: Int, _ channels: Int, _ size: Size2D, _ postOp: BatchNormPostOp, adds: Bool = false) {
      (self.batch, self.channels, self.size, self.postOp, self.adds) = (batch, channels, size, postOp, adds)
    }
  }

  static let cases = [
    Case(9, 15, 1, .relu), Case(40, 33, 1, .relu, adds: true), Case(7, 17, 1, .none, adds: true),
    Case(5, 3, Size2D(3, 3), .relu), Case(4, 17, Size2D(6, 9), .relu, adds: true), Case(3, 5, 8, .none, adds: true),
    Case(1, 2, 2, .reluMaxPool), Case(6, 19, Size2D(4, 6), .reluMaxPool), Case(3, 4, Size2D(14, 34), .reluMaxPool),
  ]

  struct Results {
    var y: [Float], inferred: [Float], dx: [Float], dShortcut: [Float], dGamma: [Float], dBeta: [Float]
    var all: [Float] { y + inferred + dx + dShortcut + dGamma + dBeta }
  }

  struct Data {
    let x: [Float], gamma: [Float], beta: [Float], shortcut: [Float], dy: [Float], mean: [Float], variance: [Float]
    init(_ shape: BatchNormShape) {
      var random = TestRandom(67)
      (x, shortcut) = (random.floats(shape.count).map { $0 * 2 + 0.5 }, random.floats(shape.count))
      (gamma, beta) = (random.floats(shape.channels), random.floats(shape.channels))
      (dy, mean) = (random.floats(shape.outputCount), random.floats(shape.channels))
      variance = random.floats(shape.channels).map { abs($0) + 0.1 }
    }
  }

  private func run(_ kernels: Kernels, _ shape: BatchNormShape, _ d: Data, adds: Bool) throws -> Results {
    let channels = [Float](repeating: 0, count: shape.channels)
    var (mean, inverseStd, runningMean, runningVariance) = (channels, channels, channels, channels)
    var r = Results(
      y: [Float](repeating: .nan, count: shape.outputCount),
      inferred: [Float](repeating: .nan, count: shape.outputCount),
      dx: d.x, dShortcut: adds ? d.x : [], dGamma: channels, dBeta: channels)
    var indices = [UInt8](repeating: 9, count: shape.argmaxCount)
    let shortcut: Span<Float>? = adds ? d.shortcut.span : nil
    try kernels.batchNormInfer(
      shape, d.x.span, shortcut: shortcut, gamma: d.gamma.span, beta: d.beta.span, runningMean: d.mean.span,
      runningVariance: d.variance.span, into: r.inferred.mutableSpan, argmax: indices.mutableSpan)
    try kernels.batchNormForward(
      shape, d.x.span, shortcut: shortcut, gamma: d.gamma.span, beta: d.beta.span,
      runningMean: runningMean.mutableSpan, runningVariance: runningVariance.mutableSpan, into: r.y.mutableSpan,
      argmax: indices.mutableSpan, mean: mean.mutableSpan, inverseStd: inverseStd.mutableSpan)
    let y = r.y
    var (dx, dShortcut, dGamma, dBeta) = (r.dx, r.dShortcut, r.dGamma, r.dBeta)
    if adds {
      try kernels.batchNormBackward(
        shape, d.dy.span, x: d.x.span, kept: y.span, gamma: d.gamma.span, beta: d.beta.span, mean: mean.span,
        inverseStd: inverseStd.span, dx: dx.mutableSpan, dShortcut: dShortcut.mutableSpan, dGamma: dGamma.mutableSpan,
        dBeta: dBeta.mutableSpan)
    } else {
      try kernels.batchNormBackward(
        shape, d.dy.span, x: d.x.span, argmax: indices.span, gamma: d.gamma.span, beta: d.beta.span, mean: mean.span,
        inverseStd: inverseStd.span, dx: dx.mutableSpan, dGamma: dGamma.mutableSpan, dBeta: dBeta.mutableSpan)
    }
    (r.dx, r.dShortcut, r.dGamma, r.dBeta) = (dx, dShortcut, dGamma, dBeta)
    return r
  }

  /// The same with one kernel for each step.
  private func separate(_ kernels: Kernels, _ shape: BatchNormShape, _ d: Data, adds: Bool) throws -> Results {
    var plain = shape
    plain.postOp = .none
    let channels = [Float](repeating: 0, count: shape.channels)
    var (mean, inverseStd, runningMean, runningVariance) = (channels, channels, channels, channels)
    var (normalised, inferred) = (d.x, d.x)
    try kernels.batchNormForward(
      plain, d.x.span, gamma: d.gamma.span, beta: d.beta.span, runningMean: runningMean.mutableSpan,
      runningVariance: runningVariance.mutableSpan, into: normalised.mutableSpan, mean: mean.mutableSpan,
      inverseStd: inverseStd.mutableSpan)
    try kernels.batchNormInfer(
      plain, d.x.span, gamma: d.gamma.span, beta: d.beta.span, runningMean: d.mean.span,
      runningVariance: d.variance.span, into: inferred.mutableSpan)
    let pool = Pool2DShape(planes: shape.batch * shape.channels, input: shape.size, window: 2)
    var indices = [UInt8](repeating: 0, count: shape.argmaxCount)
    func follow(_ x: [Float]) throws -> (rectified: [Float], y: [Float]) {
      var rectified = adds ? zip(x, d.shortcut).map(+) : x
      if shape.postOp != .none {
        let sum = rectified
        try kernels.activationForward(.relu, sum.span, into: rectified.mutableSpan)
      }
      guard shape.postOp == .reluMaxPool else { return (rectified, rectified) }
      var y = [Float](repeating: .nan, count: shape.outputCount)
      try kernels.maxPool2DForward(pool, rectified.span, into: y.mutableSpan, argmax: indices.mutableSpan)
      return (rectified, y)
    }
    let predicted = try follow(inferred).y
    let (rectified, y) = try follow(normalised)
    var gradient = d.dy
    if shape.postOp == .reluMaxPool {
      gradient = d.x
      try kernels.maxPool2DBackward(pool, d.dy.span, argmax: indices.span, into: gradient.mutableSpan)
    }
    if shape.postOp != .none {
      let dy = gradient
      try kernels.activationBackward(.relu, dy.span, y: rectified.span, into: gradient.mutableSpan)
    }
    var (dx, dGamma, dBeta) = (d.x, channels, channels)
    try kernels.batchNormBackward(
      plain, gradient.span, x: d.x.span, gamma: d.gamma.span, beta: d.beta.span, mean: mean.span,
      inverseStd: inverseStd.span, dx: dx.mutableSpan, dGamma: dGamma.mutableSpan, dBeta: dBeta.mutableSpan)
    return Results(
      y: y, inferred: predicted, dx: dx, dShortcut: adds ? gradient : [], dGamma: dGamma, dBeta: dBeta)
  }

  @Test(arguments: cases) func hasTheBitsOfTheSeparateKernels(_ c: Case) throws {
    let shape = BatchNormShape(batch: c.batch, channels: c.channels, size: c.size, postOp: c.postOp)
    let d = Data(shape)
    let expected = try separate(Kernels(instructionSet: .portable, threads: 1), shape, d, adds: c.adds)
    for kernels in Kernels.everyKind {
      expectSameBits(try run(kernels, shape, d, adds: c.adds).all, expected.all, "\(kernels.testDescription)")
    }
  }

  @Test func wrongSizesAreNamed() throws {
    let d = Data(BatchNormShape(batch: 1, channels: 2, size: Size2D(3, 4)))
    let error = #expect(throws: KernelError.self) {
      try run(
        Kernels(), BatchNormShape(batch: 1, channels: 2, size: Size2D(3, 4), postOp: .reluMaxPool), d, adds: false)
    }
    #expect(
      error?.description == "batch norm inference: 2×2 pooling of 3×4 planes, whose sides must be even")
  }
}
