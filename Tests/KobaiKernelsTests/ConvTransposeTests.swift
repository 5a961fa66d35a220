import KobaiKernels
import TestSupport
import Testing

extension Oracle.Spread {
  /// The same sizes as the kernels take them.
  var shape: ConvTranspose2DShape {
    ConvTranspose2DShape(
      batch: batch, channels: channels, input: Size2D(height, width), filters: filters,
      kernel: Size2D(kernelHeight, kernelWidth), stride: Size2D(strideHeight, strideWidth),
      padding: Size2D(padHeight, padWidth), outputPadding: Size2D(moreRows, moreColumns),
      dilation: Size2D(dilationHeight, dilationWidth), groups: groups)
  }

  init(
    _ batch: Int, _ channels: Int, _ height: Int, _ width: Int, filters: Int, kernel: (Int, Int),
    stride: (Int, Int) = (1, 1), pad: (Int, Int) = (0, 0), more: (Int, Int) = (0, 0), dilation: (Int, Int) = (1, 1),
    groups: Int = 1
  ) {
    self.init()
    (self.batch, self.channels, self.height, self.width) = (batch, channels, height, width)
    (self.filters, kernelHeight, kernelWidth, self.groups) = (filters, kernel.0, kernel.1, groups)
    (strideHeight, strideWidth, padHeight, padWidth) = (stride.0, stride.1, pad.0, pad.1)
    (moreRows, moreColumns, dilationHeight, dilationWidth) = (more.0, more.1, dilation.0, dilation.1)
  }
}

@Suite struct ConvTransposeTests {
  static let shapes: [Oracle.Spread] = [
    .init(1, 1, 1, 1, filters: 1, kernel: (1, 1)),
    .init(2, 3, 5, 6, filters: 4, kernel: (3, 3), stride: (2, 2), pad: (1, 1), more: (1, 1)),  // twice as large
    .init(1, 17, 6, 7, filters: 33, kernel: (2, 2), stride: (2, 2)),
    .init(3, 16, 8, 15, filters: 16, kernel: (3, 3), pad: (1, 1)),  // Winograd's
    .init(1, 16, 9, 12, filters: 20, kernel: (3, 3), pad: (2, 2)),  // and smaller than the input
    .init(19, 2, 4, 5, filters: 5, kernel: (4, 4), stride: (2, 2), pad: (1, 1)),  // more images than chunks
    .init(2, 6, 5, 4, filters: 9, kernel: (3, 2), stride: (3, 2), pad: (0, 1), more: (2, 1), groups: 3),
    .init(1, 32, 7, 9, filters: 32, kernel: (3, 3), stride: (2, 2), pad: (1, 1), more: (1, 1), groups: 32),
    .init(2, 10, 6, 5, filters: 5, kernel: (3, 3), dilation: (2, 1), groups: 5),  // two channels a filter
    .init(2, 5, 6, 5, filters: 10, kernel: (3, 2), stride: (1, 2), dilation: (3, 2), groups: 5),
    .init(2, 4, 6, 7, filters: 3, kernel: (3, 3), stride: (2, 3), pad: (2, 2), dilation: (2, 2)),
    .init(1, 2, 3, 3, filters: 2, kernel: (1, 1), stride: (3, 3), more: (2, 2)),  // pixels of the bias alone
    .init(17, 20, 1, 1, filters: 9, kernel: (4, 4)),  // a tiny image for each number
  ]

  private struct Data {
    let x: [Float], w: [Float], bias: [Float], dy: [Float]
    init(_ s: Oracle.Spread) {
      var random = TestRandom(UInt64(s.inputCount * 37 + s.weightCount))
      (x, w) = (random.floats(s.inputCount), random.floats(s.weightCount))
      (bias, dy) = (random.floats(s.filters), random.floats(s.outputCount))
    }
  }

  private struct Results {
    var y: [Float], dx: [Float], dw: [Float], db: [Float]
    var all: [Float] { y + dx + dw + db }
  }

  private func compute(_ plan: ConvTranspose2DPlan, _ d: Data) throws -> Results {
    var (y, dx, dw, db) = (d.dy, d.x, d.w, d.bias)
    let batch = plan.shape.batch
    try plan.forward(batch: batch, d.x.span, weight: d.w.span, bias: d.bias.span, into: y.mutableSpan)
    try plan.backward(
      batch: batch, d.dy.span, x: d.x.span, weight: d.w.span, dx: dx.mutableSpan, dWeight: dw.mutableSpan,
      dBias: db.mutableSpan)
    return Results(y: y, dx: dx, dw: dw, db: db)
  }

  /// Every kind of kernels makes the same bits, close to what the plainest loops make.
  @Test(arguments: shapes) func agreesWithDouble(_ s: Oracle.Spread) throws {
    let data = Data(s)
    let (x, w, bias, dy) = (data.x.doubles, data.w.doubles, data.bias.doubles, data.dy.doubles)
    let y = Oracle.transposedConvolution(s, x, w, bias)
    let gradients = Oracle.transposedConvolutionGradients(s, x, w, dy)
    let size = Oracle.transposedConvolution(s, x.map(abs), w.map(abs), bias.map(abs))
    let sizes = Oracle.transposedConvolutionGradients(s, x.map(abs), w.map(abs), dy.map(abs))
    let taps = Double(s.kernelHeight * s.kernelWidth)
    // Winograd's sums of pixels and taps, as in ConvAlgorithmTests.
    func bound(_ products: Double) -> Double { (products + 16) * 0x1p-24 }
    var first: [Float]?
    for kernels in Kernels.everyKind {
      let results = try compute(try ConvTranspose2DPlan(kernels, s.shape), data)
      expectClose(
        results.y, y, tolerance: { bound(Double(s.channels / s.groups) * taps) * size[$0] + 0x1p-20 }, "y, \(s)")
      expectClose(
        results.dx, gradients.dx,
        tolerance: { bound(Double(s.filters / s.groups) * taps) * sizes.dx[$0] + 0x1p-20 }, "dx, \(s)")
      let pixels = Double(s.batch * s.height * s.width)
      expectClose(results.dw, gradients.dw, tolerance: { bound(pixels) * sizes.dw[$0] }, "dw, \(s)")
      let outputs = Double(s.batch * s.outHeight * s.outWidth)
      expectClose(results.db, gradients.db, tolerance: { bound(outputs) * sizes.db[$0] }, "db, \(s)")
      expectSameBits(results.all, first ?? results.all, "\(kernels.testDescription), \(s)")
      first = results.all
    }
  }

  @Test(arguments: [shapes[1], shapes[3], shapes[7]]) func everyGradientMayBeLeftOut(_ s: Oracle.Spread) throws {
    let data = Data(s)
    let plan = try ConvTranspose2DPlan(Kernels(threads: 2), s.shape)
    let expected = try compute(plan, data)
    var (dx, dw, db) = (data.x, data.w, data.bias)
    let batch = s.batch
    try plan.backward(
      batch: batch, data.dy.span, x: data.x.span, weight: data.w.span, dx: dx.mutableSpan, dWeight: nil, dBias: nil)
    try plan.backward(
      batch: batch, data.dy.span, x: data.x.span, weight: data.w.span, dx: nil, dWeight: dw.mutableSpan, dBias: nil)
    try plan.backward(
      batch: batch, data.dy.span, x: data.x.span, weight: data.w.span, dx: nil, dWeight: nil, dBias: db.mutableSpan)
    expectSameBits(dx + dw + db, expected.dx + expected.dw + expected.db)
    var (y, plain) = (data.dy, data.dy)
    let zeros = [Float](repeating: 0, count: s.filters)
    try plan.forward(batch: batch, data.x.span, weight: data.w.span, bias: nil, into: y.mutableSpan)
    try plan.forward(batch: batch, data.x.span, weight: data.w.span, bias: zeros.span, into: plain.mutableSpan)
    #expect(y == plain)
  }

  /// Without a bias it is the convolution's input gradient, bit for bit.
  @Test(arguments: shapes) func isTheConvolutionsInputGradient(_ s: Oracle.Spread) throws {
    let data = Data(s)
    let kernels = Kernels(threads: 2)
    var (y, dx) = (data.dy, data.dy)
    try ConvTranspose2DPlan(kernels, s.shape).forward(
      batch: s.batch, data.x.span, weight: data.w.span, bias: nil, into: y.mutableSpan)
    try kernels.conv2DBackward(
      s.shape.convolution, data.x.span, x: data.dy.span, weight: data.w.span, dx: dx.mutableSpan, dWeight: nil,
      dBias: nil)
    expectSameBits(y, dx)
  }

  @Test func algorithmsHaveTheTransposesRoles() throws {
    let shape = Self.shapes[3].shape
    let plan = try ConvTranspose2DPlan(Kernels(), shape, algorithms: .init(forward: .direct, input: .winograd))
    #expect(plan.algorithms == .init(forward: .direct, weights: .direct, input: .winograd))
    let depthwise = try ConvTranspose2DPlan(Kernels(), Self.shapes[7].shape)
    #expect(depthwise.algorithms == .init(forward: .depthwise, weights: .depthwise, input: .depthwise))
  }

  @Test func anEmptyBatchHasNoGradient() throws {
    let shape = ConvTranspose2DShape(batch: 4, channels: 2, input: 5, filters: 3, kernel: 3, stride: 2)
    let plan = try ConvTranspose2DPlan(Kernels(threads: 2), shape)
    let (none, w) = ([Float](), [Float](repeating: 3, count: shape.weightCount))
    var (y, dx, dw, db) = (none, none, w, [Float](repeating: 3, count: 3))
    try plan.forward(batch: 0, none.span, weight: w.span, bias: nil, into: y.mutableSpan)
    try plan.backward(
      batch: 0, none.span, x: none.span, weight: w.span, dx: dx.mutableSpan, dWeight: dw.mutableSpan,
      dBias: db.mutableSpan)
    #expect((dw + db).allSatisfy { $0 == 0 })
  }

  @Test func namesWhatIsWrong() {
    func reason(_ change: (inout ConvTranspose2DShape) -> Void) -> String? {
      var shape = ConvTranspose2DShape(batch: 1, channels: 8, input: 5, filters: 6, kernel: 3)
      change(&shape)
      do throws(KernelError) {
        _ = try ConvTranspose2DPlan(Kernels(), shape)
        return nil
      } catch { return error.description }
    }
    #expect(reason { $0.groups = 3 } == "transposed conv2d: 8 channels do not divide into 3 groups")
    #expect(reason { $0.groups = 4 } == "transposed conv2d: 6 filters do not divide into 4 groups")
    #expect(
      reason { $0.outputPadding = 1 }
        == "transposed conv2d: output padding 1×1 must be below stride 1×1, and not below 0")
    #expect(reason { $0.padding = -1 } == "transposed conv2d: padding -1×-1 must not be below 0")
    #expect(
      reason { $0.padding = 4 }
        == "transposed conv2d: padding 4×4 leaves nothing of the output of a 5×5 input and a 3×3 kernel; pad less")
    #expect(
      reason { $0.stride = Size2D(1, 0) }
        == "transposed conv2d: kernel 3×3, stride 1×0, dilation 1×1, 1 groups: all must be positive")
    #expect(
      reason { $0.filters = 0 }
        == "transposed conv2d: 1 images of 8×5×5 and 0 filters: sizes must be positive")
    let plan = try? ConvTranspose2DPlan(
      Kernels(), ConvTranspose2DShape(batch: 1, channels: 1, input: 2, filters: 1, kernel: 2))
    var y: [Float] = [0]
    #expect(
      throws: KernelError.count(kernel: "transposed conv2d forward", argument: "y", needed: 9, given: 1)
    ) {
      try plan?.forward(batch: 1, [1, 2, 3, 4].span, weight: [1, 2, 3, 4].span, bias: nil, into: y.mutableSpan)
    }
  }
}
