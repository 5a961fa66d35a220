import KobaiKernels
import TestSupport
import Testing

/// A convolution and the batch normalisation behind it in one pass give the same bits as the kernels one after the other,
/// and so does a convolution that adds a shortcut.
@Suite struct ConvBatchNormTests {
  static let shapes: [Oracle.Window] = [
    .init(3, 3, 6, 8, filters: 17, kernel: (3, 3), pad: (1, 1)),
    .init(2, 16, 8, 10, filters: 18, kernel: (3, 3), pad: (1, 1)),  // Winograd's, of all passes
    .init(2, 17, 7, 9, filters: 16, kernel: (3, 3), pad: (1, 1)),  // the same, with odd sides
    .init(1, 9, 9, 11, filters: 33, kernel: (3, 3), pad: (1, 1)),
    .init(2, 5, 8, 8, filters: 4, kernel: (1, 1), stride: (2, 2)),
    .init(2, 2, 6, 300, filters: 3, kernel: (1, 1)),  // long rows
    .init(2, 17, 4, 8, filters: 15, kernel: (1, 1)),  // planes as they lie, several blocks of pixels
    .init(3, 4, 3, 3, filters: 20, kernel: (3, 3)),  // one pixel
    .init(19, 17, 2, 2, filters: 18, kernel: (3, 3), pad: (1, 1)),  // tiny images, all of them together
    .init(3, 8, 2, 2, filters: 34, kernel: (3, 3), pad: (1, 1), groups: 2),
    .init(2, 8, 6, 6, filters: 20, kernel: (3, 3), pad: (1, 1), groups: 2),
    .init(2, 18, 6, 8, filters: 18, kernel: (3, 3), pad: (1, 1), groups: 18),
    .init(2, 18, 6, 14, filters: 18, kernel: (3, 3), pad: (1, 1), groups: 18),
  ]

  private struct Data {
    let conv: ConvTests.Data
    let gamma: [Float], beta: [Float], mean: [Float], variance: [Float], shortcut: [Float], dy: [Float]
    init(_ s: Oracle.Window, _ norm: BatchNormShape) {
      conv = ConvTests.Data(s)
      var random = TestRandom(71)
      (gamma, beta) = (random.floats(s.filters), random.floats(s.filters))
      (mean, variance) = (random.floats(s.filters), random.floats(s.filters).map { abs($0) + 0.1 })
      (shortcut, dy) = (random.floats(s.outputCount), random.floats(norm.outputCount))
    }
  }

  private struct Results {
    var y: [Float], dx: [Float], dw: [Float], db: [Float], dGamma: [Float], dBeta: [Float], inferred: [Float]
    var all: [Float] { y + dx + dw + db + dGamma + dBeta + inferred }
  }

  private func plan(_ kernels: Kernels, _ s: Oracle.Window) throws -> Conv2DPlan {
    var shape = s.conv
    shape.postOp = .batchNorm
    return try Conv2DPlan(kernels, shape)
  }

  /// In training as one pass, or with the gradient of the convolution's outputs written out between the two.
  private func train(_ kernels: Kernels, _ s: Oracle.Window, _ norm: BatchNormShape, _ d: Data, fused: Bool) throws
    -> Results
  {
    let plan = try plan(kernels, s)
    let c = d.conv
    let channels = [Float](repeating: 0, count: s.filters)
    var (mean, inverseStd, runningMean, runningVariance) = (channels, channels, channels, channels)
    var convolved = [Float](repeating: .nan, count: s.outputCount)
    var moments = [Float](repeating: .nan, count: norm.momentsCount)
    var indices = [UInt8](repeating: 9, count: norm.argmaxCount)
    var r = Results(
      y: [Float](repeating: .nan, count: norm.outputCount), dx: c.x, dw: c.w, db: c.bias, dGamma: channels,
      dBeta: channels, inferred: [])
    var (y, dx, dw, db, dGamma, dBeta) = (r.y, r.dx, r.dw, r.db, r.dGamma, r.dBeta)
    if fused {
      try plan.forward(
        batch: s.batch, c.x.span, weight: c.w.span, bias: c.bias.span, into: convolved.mutableSpan,
        moments: moments.mutableSpan)
      try kernels.batchNormForward(
        norm, convolved.span, moments: moments.span, gamma: d.gamma.span, beta: d.beta.span,
        runningMean: runningMean.mutableSpan, runningVariance: runningVariance.mutableSpan, into: y.mutableSpan,
        argmax: indices.mutableSpan, mean: mean.mutableSpan, inverseStd: inverseStd.mutableSpan)
      try kernels.batchNormBackward(
        norm, d.dy.span, x: convolved.span, argmax: indices.span, gamma: d.gamma.span, beta: d.beta.span,
        mean: mean.span, inverseStd: inverseStd.span, dx: nil, dGamma: dGamma.mutableSpan,
        dBeta: dBeta.mutableSpan)
      try plan.backward(
        through: norm, d.dy.span, convolved: convolved.span, argmax: indices.span, gamma: d.gamma.span,
        beta: d.beta.span, mean: mean.span, inverseStd: inverseStd.span, dGamma: dGamma.span, dBeta: dBeta.span,
        x: c.x.span, weight: c.w.span, dx: dx.mutableSpan, dWeight: dw.mutableSpan, dBias: db.mutableSpan)
    } else {
      var gradient = convolved
      try plan.forward(
        batch: s.batch, c.x.span, weight: c.w.span, bias: c.bias.span, into: convolved.mutableSpan)
      try kernels.batchNormForward(
        norm, convolved.span, gamma: d.gamma.span, beta: d.beta.span,
        runningMean: runningMean.mutableSpan, runningVariance: runningVariance.mutableSpan, into: y.mutableSpan,
        argmax: indices.mutableSpan, mean: mean.mutableSpan, inverseStd: inverseStd.mutableSpan)
      try kernels.batchNormBackward(
        norm, d.dy.span, x: convolved.span, argmax: indices.span, gamma: d.gamma.span, beta: d.beta.span,
        mean: mean.span, inverseStd: inverseStd.span, dx: gradient.mutableSpan, dGamma: dGamma.mutableSpan,
        dBeta: dBeta.mutableSpan)
      try plan.backward(
        batch: s.batch, gradient.span, x: c.x.span, weight: c.w.span, dx: dx.mutableSpan, dWeight: dw.mutableSpan,
        dBias: db.mutableSpan)
    }
    (r.y, r.dx, r.dw, r.db, r.dGamma, r.dBeta) = (y, dx, dw, db, dGamma, dBeta)
    return r
  }

  @Test(arguments: shapes, [BatchNormPostOp.none, .relu, .reluMaxPool])
  func trainingHasTheBitsOfTheTwoApart(_ s: Oracle.Window, _ postOp: BatchNormPostOp) throws {
    let size = s.conv.convolved
    guard postOp != .reluMaxPool || size.height % 2 == 0 && size.width % 2 == 0 else { return }
    let norm = BatchNormShape(batch: s.batch, channels: s.filters, size: size, postOp: postOp)
    let d = Data(s, norm)
    let expected = try train(Kernels(instructionSet: .portable, threads: 1), s, norm, d, fused: false)
    for kernels in Kernels.everyKind {
      let r = try train(kernels, s, norm, d, fused: true)
      expectSameBits(r.all, expected.all, "\(kernels.testDescription), \(s)")
    }
  }

  @Test(arguments: shapes, [false, true])
  func inferenceHasTheBitsOfTheTwoApart(_ s: Oracle.Window, _ adds: Bool) throws {
    let norm = BatchNormShape(batch: s.batch, channels: s.filters, size: s.conv.convolved, postOp: adds ? .relu : .none)
    let d = Data(s, norm)
    let portable = Kernels(instructionSet: .portable, threads: 1)
    var convolved = [Float](repeating: .nan, count: s.outputCount)
    try plan(portable, s).forward(
      batch: s.batch, d.conv.x.span, weight: d.conv.w.span, bias: nil, into: convolved.mutableSpan)
    var expected = convolved
    try portable.batchNormInfer(
      norm, convolved.span, shortcut: adds ? d.shortcut.span : nil, gamma: d.gamma.span, beta: d.beta.span,
      runningMean: d.mean.span, runningVariance: d.variance.span, into: expected.mutableSpan)
    for kernels in Kernels.everyKind {
      var (y, inverseStd) = (convolved, d.gamma)
      try kernels.batchNormInverseStd(variance: d.variance.span, epsilon: norm.epsilon, into: inverseStd.mutableSpan)
      try plan(kernels, s).forward(
        batch: s.batch, d.conv.x.span, weight: d.conv.w.span, bias: nil, gamma: d.gamma.span, beta: d.beta.span,
        mean: d.mean.span, inverseStd: inverseStd.span, activation: adds ? .relu : nil,
        shortcut: adds ? d.shortcut.span : nil,
        into: y.mutableSpan)
      expectSameBits(y, expected, "\(kernels.testDescription), \(s)")
    }
  }

  /// Convolution, sum and ReLU against the three kernels; without the ReLU the shortcut's gradient is the output's.
  @Test(arguments: shapes, [Conv2DPostOp.add, .addReLU])
  func addsAShortcut(_ s: Oracle.Window, _ postOp: Conv2DPostOp) throws {
    let c = ConvTests.Data(s)
    var random = TestRandom(73)
    let shortcut = random.floats(s.outputCount)
    let portable = Kernels(instructionSet: .portable, threads: 1)
    var y = shortcut
    try portable.conv2DForward(s.conv, c.x.span, weight: c.w.span, bias: c.bias.span, into: y.mutableSpan)
    y = zip(y, shortcut).map(+)
    var gradient = c.dy
    if postOp == .addReLU {
      let sum = y
      try portable.activationForward(.relu, sum.span, into: y.mutableSpan)
      try portable.activationBackward(.relu, c.dy.span, y: y.span, into: gradient.mutableSpan)
    }
    var (dx, dw, db) = (c.x, c.w, c.bias)
    try portable.conv2DBackward(
      s.conv, gradient.span, x: c.x.span, weight: c.w.span, dx: dx.mutableSpan, dWeight: dw.mutableSpan,
      dBias: db.mutableSpan)
    let expected = y + dx + dw + db
    var shape = s.conv
    shape.postOp = postOp
    for kernels in Kernels.everyKind {
      let plan = try Conv2DPlan(kernels, shape)
      var (y, dx, dw, db, dShortcut) = (c.dy, c.x, c.w, c.bias, c.dy)
      try plan.forward(
        batch: s.batch, c.x.span, weight: c.w.span, bias: c.bias.span, into: y.mutableSpan, shortcut: shortcut.span)
      if postOp == .addReLU {
        try plan.backward(
          batch: s.batch, c.dy.span, x: c.x.span, weight: c.w.span, kept: y.span, dx: dx.mutableSpan,
          dWeight: dw.mutableSpan, dBias: db.mutableSpan, dShortcut: dShortcut.mutableSpan)
        expectSameBits(y + dx + dw + db, expected, "\(kernels.testDescription), \(s)")
        expectSameBits(dShortcut, gradient, "the shortcut's gradient")
      }
      // Left out, it is computed on the way in.
      try plan.backward(
        batch: s.batch, c.dy.span, x: c.x.span, weight: c.w.span, kept: y.span, dx: dx.mutableSpan,
        dWeight: dw.mutableSpan, dBias: db.mutableSpan)
      expectSameBits(y + dx + dw + db, expected, "\(kernels.testDescription), \(s), no gradient of the shortcut")
    }
  }

  @Test func wrongSizesAreNamed() throws {
    let s = Self.shapes[0]
    let plain = try Conv2DPlan(Kernels(), s.conv)
    let c = ConvTests.Data(s)
    var (y, moments) = (c.dy, c.dy)
    let error = #expect(throws: KernelError.self) {
      try plain.forward(
        batch: s.batch, c.x.span, weight: c.w.span, bias: nil, into: y.mutableSpan, moments: moments.mutableSpan)
    }
    #expect(
      error?.description == "conv2d forward with moments: the plan's post-op is none, not batchNorm")
  }
}
