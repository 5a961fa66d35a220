import KobaiKernels
import TestSupport
import Testing

extension Oracle.Window {
  /// The same sizes as the kernels take them.
  var conv: Conv2DShape {
    Conv2DShape(
      batch: batch, channels: channels, input: Size2D(height, width), filters: filters,
      kernel: Size2D(kernelHeight, kernelWidth), stride: Size2D(strideHeight, strideWidth),
      padding: Size2D(padHeight, padWidth), dilation: Size2D(dilationHeight, dilationWidth), groups: groups)
  }

  init(
    _ batch: Int, _ channels: Int, _ height: Int, _ width: Int, filters: Int, kernel: (Int, Int),
    stride: (Int, Int) = (1, 1), pad: (Int, Int) = (0, 0), dilation: (Int, Int) = (1, 1), groups: Int = 1
  ) {
    self.init()
    (self.batch, self.channels, self.height, self.width) = (batch, channels, height, width)
    (self.filters, kernelHeight, kernelWidth) = (filters, kernel.0, kernel.1)
    (strideHeight, strideWidth, padHeight, padWidth) = (stride.0, stride.1, pad.0, pad.1)
    (dilationHeight, dilationWidth, self.groups) = (dilation.0, dilation.1, groups)
  }
}

@Suite struct ConvTests {
  static let shapes: [Oracle.Window] = [
    .init(1, 1, 1, 1, filters: 1, kernel: (1, 1)),
    .init(2, 1, 9, 9, filters: 3, kernel: (5, 5)),  // the book's first layer, small
    .init(2, 3, 7, 7, filters: 16, kernel: (3, 3), pad: (1, 1)),
    .init(1, 16, 6, 14, filters: 17, kernel: (3, 3), pad: (1, 1)),  // one tile of pixels, two strips of filters
    .init(1, 17, 5, 15, filters: 33, kernel: (3, 3), pad: (2, 2)),
    .init(3, 2, 8, 29, filters: 5, kernel: (2, 3)),
    .init(2, 5, 11, 13, filters: 7, kernel: (4, 3), stride: (3, 2), pad: (2, 1)),
    .init(1, 4, 10, 9, filters: 6, kernel: (2, 2), stride: (3, 3)),  // pixels that no window reaches
    .init(1, 2, 6, 6, filters: 3, kernel: (1, 1), stride: (2, 2), pad: (1, 1)),
    .init(1, 3, 4, 5, filters: 2, kernel: (3, 3), pad: (5, 4)),  // padding beyond the kernel
    .init(19, 2, 5, 5, filters: 4, kernel: (3, 3), pad: (1, 1)),  // more images than parts
    .init(2, 1, 8, 8, filters: 4, kernel: (3, 3), pad: (1, 1)),  // one channel with padding
    .init(1, 2, 7, 40, filters: 3, kernel: (7, 1)),
    .init(2, 1, 12, 11, filters: 5, kernel: (3, 3), pad: (-2, -1)),  // pixels cut off, one channel
    .init(2, 3, 12, 13, filters: 17, kernel: (4, 3), stride: (3, 2), pad: (-1, -3)),
    .init(1, 2, 9, 8, filters: 4, kernel: (3, 4), stride: (2, 1), pad: (1, -2)),
    .init(1, 16, 9, 12, filters: 17, kernel: (3, 3), stride: (2, 1), pad: (1, 1)),  // nearly one for Winograd's windows
    .init(1, 17, 12, 9, filters: 16, kernel: (3, 3), stride: (1, 2), pad: (1, 1)),
  ]

  struct Data {
    let x: [Float], w: [Float], bias: [Float], dy: [Float]
    init(_ s: Oracle.Window) {
      var random = TestRandom(UInt64(s.inputCount * 31 + s.weightCount))
      (x, w) = (random.floats(s.inputCount), random.floats(s.weightCount))
      (bias, dy) = (random.floats(s.filters), random.floats(s.outputCount))
    }
  }

  @Test(arguments: InstructionSet.supported, shapes + WinogradTests.shapes + GroupedConvTests.shapes)
  func forwardAgreesWithDouble(_ isa: InstructionSet, _ s: Oracle.Window) throws {
    let data = Data(s)
    var y = [Float](repeating: .nan, count: s.outputCount)
    try Kernels(instructionSet: isa, threads: 2).conv2DForward(
      s.conv, data.x.span, weight: data.w.span, bias: data.bias.span, into: y.mutableSpan)
    let expected = Oracle.convolution(s, data.x.doubles, data.w.doubles, data.bias.doubles)
    let magnitude = Oracle.convolution(
      s, data.x.doubles.map(abs), data.w.doubles.map(abs), data.bias.doubles.map(abs))
    let steps = Double(s.channels / s.groups * s.kernelHeight * s.kernelWidth + 1)
    expectClose(y, expected, tolerance: { steps * 0x1p-24 * magnitude[$0] })
  }

  @Test(arguments: InstructionSet.supported, shapes + WinogradTests.shapes + GroupedConvTests.shapes)
  func backwardAgreesWithDouble(_ isa: InstructionSet, _ s: Oracle.Window) throws {
    let data = Data(s)
    var dx = [Float](repeating: .nan, count: s.inputCount)
    var dw = [Float](repeating: .nan, count: s.weightCount)
    var db = [Float](repeating: .nan, count: s.filters)
    try Kernels(instructionSet: isa, threads: 2).conv2DBackward(
      s.conv, data.dy.span, x: data.x.span, weight: data.w.span, dx: dx.mutableSpan, dWeight: dw.mutableSpan,
      dBias: db.mutableSpan)
    let expected = Oracle.convolutionGradients(s, data.x.doubles, data.w.doubles, data.dy.doubles)
    let magnitude = Oracle.convolutionGradients(
      s, data.x.doubles.map(abs), data.w.doubles.map(abs), data.dy.doubles.map(abs))
    let (pixels, taps) = (
      s.batch * s.outHeight * s.outWidth, s.filters / s.groups * s.kernelHeight * s.kernelWidth
    )
    expectClose(dx, expected.dx, tolerance: { Double(taps) * 0x1p-24 * magnitude.dx[$0] }, "dx")
    expectClose(dw, expected.dw, tolerance: { Double(pixels) * 0x1p-24 * magnitude.dw[$0] }, "dw")
    expectClose(db, expected.db, tolerance: { Double(pixels) * 0x1p-24 * magnitude.db[$0] }, "db")
  }

  @Test(arguments: [
    shapes[2], shapes[4], shapes[6], shapes[10], shapes[11],
    .init(1, 8, 40, 28, filters: 16, kernel: (3, 3), pad: (1, 1)),  // more rows than are summed at a time
    WinogradTests.shapes[3], GroupedConvTests.shapes[0], GroupedConvTests.shapes[1], GroupedConvTests.shapes[8],
  ])
  func everyGradientMayBeLeftOut(_ s: Oracle.Window) throws {
    let data = Data(s)
    let kernels = Kernels(threads: 2)
    var (dx, dw, db) = (data.x, data.w, data.bias)
    try kernels.conv2DBackward(
      s.conv, data.dy.span, x: data.x.span, weight: data.w.span, dx: dx.mutableSpan, dWeight: dw.mutableSpan,
      dBias: db.mutableSpan)
    var (dx2, dw2, db2) = (data.x, data.w, data.bias)
    try kernels.conv2DBackward(
      s.conv, data.dy.span, x: data.x.span, weight: data.w.span, dx: dx2.mutableSpan, dWeight: nil, dBias: nil)
    try kernels.conv2DBackward(
      s.conv, data.dy.span, x: data.x.span, weight: data.w.span, dx: nil, dWeight: dw2.mutableSpan, dBias: nil)
    try kernels.conv2DBackward(
      s.conv, data.dy.span, x: data.x.span, weight: data.w.span, dx: nil, dWeight: nil, dBias: db2.mutableSpan)
    expectSameBits(dx2, dx, "dx")
    expectSameBits(dw2, dw, "dw")
    expectSameBits(db2, db, "db")
    var (y, plain) = (data.dy, data.dy)
    try kernels.conv2DForward(s.conv, data.x.span, weight: data.w.span, bias: nil, into: y.mutableSpan)
    let zeros = [Float](repeating: 0, count: s.filters)
    try kernels.conv2DForward(s.conv, data.x.span, weight: data.w.span, bias: zeros.span, into: plain.mutableSpan)
    #expect(y == plain)
  }

  @Test(
    arguments: WinogradTests.shapes + GroupedConvTests.shapes + [
      .init(5, 3, 12, 28, filters: 20, kernel: (3, 3), pad: (1, 1)),
      .init(1, 16, 28, 28, filters: 16, kernel: (3, 3), pad: (1, 1)),
      .init(37, 1, 10, 10, filters: 6, kernel: (5, 5)),
      .init(3, 4, 13, 11, filters: 9, kernel: (3, 3), stride: (2, 2), pad: (1, 1)),
    ])
  func hasTheSameBitsEverywhere(_ s: Oracle.Window) throws {
    let data = Data(s)
    var first: [[Float]]?
    for kernels in Kernels.everyKind {
      var (y, dx, dw, db) = (data.dy, data.x, data.w, data.bias)
      try kernels.conv2DForward(
        s.conv, data.x.span, weight: data.w.span, bias: data.bias.span, into: y.mutableSpan)
      try kernels.conv2DBackward(
        s.conv, data.dy.span, x: data.x.span, weight: data.w.span, dx: dx.mutableSpan, dWeight: dw.mutableSpan,
        dBias: db.mutableSpan)
      let results = [y, dx, dw, db]
      if let first {
        for (result, expected) in zip(results, first) { expectSameBits(result, expected, kernels.testDescription) }
      } else {
        first = results
      }
    }
  }

  /// im2col turns a convolution into a matrix product (section 7.4 of the book).
  @Test(arguments: InstructionSet.supported, [shapes[1], shapes[6], shapes[9], GroupedConvTests.dilated[0]])
  func im2colTimesWeightsIsTheConvolution(_ isa: InstructionSet, _ s: Oracle.Window) throws {
    let data = Data(s)
    let kernels = Kernels(instructionSet: isa, threads: 2)
    let (pixels, depth) = (s.batch * s.outHeight * s.outWidth, s.weightCount / s.filters)
    var columns = [Float](repeating: .nan, count: pixels * depth)
    try kernels.im2col(s.conv, data.x.span, into: columns.mutableSpan)
    var product = [Float](repeating: 0, count: pixels * s.filters)
    try kernels.gemm(
      GemmShape(m: pixels, n: s.filters, k: depth, transposeB: true), columns.span, data.w.span,
      into: product.mutableSpan)
    let expected = Oracle.convolution(
      s, data.x.doubles, data.w.doubles, [Double](repeating: 0, count: s.filters))
    let plane = s.outHeight * s.outWidth
    let asPlanes = expected.indices.map { i in
      product[(i / (s.filters * plane) * plane + i % plane) * s.filters + i / plane % s.filters]
    }
    expectClose(asPlanes, expected, tolerance: Double(depth) * Double(depth) * 0x1p-24)
  }

  /// col2im is im2col's transpose: Σ columns · im2col(x) = Σ col2im(columns) · x.
  @Test(arguments: [shapes[1], shapes[6], shapes[9], GroupedConvTests.dilated[0]])
  func col2imIsTheTranspose(_ s: Oracle.Window) throws {
    var random = TestRandom(23)
    let kernels = Kernels(threads: 2)
    let (x, c) = (random.floats(s.inputCount), random.floats(s.conv.columnCount))
    var (columns, image) = (c, [Float](repeating: .nan, count: x.count))
    try kernels.im2col(s.conv, x.span, into: columns.mutableSpan)
    try kernels.col2im(s.conv, c.span, into: image.mutableSpan)
    let left = zip(columns, c).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    let right = zip(image, x).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    #expect(abs(left - right) < 1e-4)
  }

  @Test func namesWhatIsWrong() {
    let kernels = Kernels()
    var y = [Float](repeating: 0, count: 4)
    let x = [Float](repeating: 0, count: 9)
    let error = #expect(throws: KernelError.self) {
      try kernels.conv2DForward(
        Conv2DShape(batch: 1, channels: 1, input: 3, filters: 1, kernel: 5), x.span, weight: x.span, bias: nil,
        into: y.mutableSpan)
    }
    #expect(error?.description == "conv2d forward: 5×5 kernel exceeds its 3×3 input with padding 0×0")
    #expect(throws: KernelError.count(kernel: "conv2d forward", argument: "weight", needed: 4, given: 9)) {
      try kernels.conv2DForward(
        Conv2DShape(batch: 1, channels: 1, input: 3, filters: 1, kernel: 2), x.span, weight: x.span, bias: nil,
        into: y.mutableSpan)
    }
  }
}
