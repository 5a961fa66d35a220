import Foundation
import KobaiKernels
import TestSupport
import Testing

/// Convolutions of 3 × 3 with stride 1 take Winograd's fewer products. Their agreement with Double and their bits are
/// tested beside those of all others, in `ConvTests` and `ConvPostOpTests`.
@Suite struct WinogradTests {
  /// Sides even and odd, one window more or less than a row of them, strips begun and full, all kinds of padding.
  static let shapes: [Oracle.Window] = [
    .init(1, 16, 4, 4, filters: 16, kernel: (3, 3), pad: (1, 1)),
    .init(3, 8, 8, 30, filters: 9, kernel: (3, 3), pad: (1, 1)),
    .init(2, 17, 9, 12, filters: 8, kernel: (3, 3)),
    .init(1, 33, 8, 15, filters: 49, kernel: (3, 3), pad: (2, 2)),
    .init(1, 12, 41, 11, filters: 16, kernel: (3, 3), pad: (1, 0)),
    .init(1, 15, 11, 9, filters: 31, kernel: (3, 3), pad: (3, 4)),  // padding beyond the kernel
    .init(2, 32, 13, 14, filters: 16, kernel: (3, 3), pad: (-1, -2)),  // pixels cut off
    .init(19, 10, 6, 5, filters: 10, kernel: (3, 3), pad: (1, 1)),  // more images than parts
    .init(1, 24, 6, 6, filters: 40, kernel: (3, 3), pad: (1, 1)),  // weights that outweigh an image
  ]

  private func rootMeanSquare(_ actual: [Double], _ expected: [Double]) -> Double {
    let squares = zip(actual, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return (squares / Double(expected.count)).squareRoot()
  }

  /// Rounding differs from a plain sum's, of which im2col makes one, and on average is less: chains are a ninth as long.
  @Test(arguments: [16, 64], [false, true])
  func errsLessThanPlainSums(_ channels: Int, _ positive: Bool) throws {
    let s = Oracle.Window(2, channels, 13, 14, filters: channels, kernel: (3, 3), pad: (1, 1))
    var random = TestRandom(55)
    let x = random.floats(s.inputCount).map { positive ? abs($0) : $0 }
    let w = random.floats(s.weightCount)
    let bias = [Float](repeating: 0, count: channels)
    let expected = Oracle.convolution(s, x.doubles, w.doubles, bias.doubles)
    let kernels = Kernels()
    var y = [Float](repeating: .nan, count: s.outputCount)
    try kernels.conv2DForward(s.conv, x.span, weight: w.span, bias: nil, into: y.mutableSpan)
    let (rows, depth) = (s.outputCount / channels, channels * 9)
    var columns = [Float](repeating: .nan, count: rows * depth)
    try kernels.im2col(s.conv, x.span, into: columns.mutableSpan)
    var plain = [Float](repeating: .nan, count: s.outputCount)
    try kernels.gemm(
      GemmShape(m: rows, n: channels, k: depth, transposeB: true), columns.span, w.span, into: plain.mutableSpan)
    let plane = s.outHeight * s.outWidth
    var planes = plain  // as they are in y, not with filters side by side
    for i in 0..<rows {
      for f in 0..<channels { planes[(i / plane * channels + f) * plane + i % plane] = plain[i * channels + f] }
    }
    #expect(rootMeanSquare(y.doubles, expected) < rootMeanSquare(planes.doubles, expected))
  }

  /// The input's gradient is the convolution of the output's with the taps turned round, bit by bit.
  @Test(arguments: [shapes[0], shapes[1], shapes[3], shapes[4], shapes[5]])
  func theInputsGradientIsAConvolution(_ s: Oracle.Window) throws {
    let data = ConvTests.Data(s)
    let back = Oracle.Window(
      s.batch, s.filters, s.outHeight, s.outWidth, filters: s.channels, kernel: (3, 3),
      pad: (2 - s.padHeight, 2 - s.padWidth))
    var turned = data.w
    for f in 0..<s.filters {
      for c in 0..<s.channels {
        for tap in 0..<9 { turned[(c * s.filters + f) * 9 + 8 - tap] = data.w[(f * s.channels + c) * 9 + tap] }
      }
    }
    let kernels = Kernels(threads: 2)
    var (dx, expected) = (data.x, data.x)
    try kernels.conv2DBackward(
      s.conv, data.dy.span, x: data.x.span, weight: data.w.span, dx: dx.mutableSpan, dWeight: nil, dBias: nil)
    try kernels.conv2DForward(
      back.conv, data.dy.span, weight: turned.span, bias: nil, into: expected.mutableSpan)
    expectSameBits(dx, expected)
  }

  /// The windows of odd sides reach beyond an image. One channel without padding is not copied for other algorithms; what lies
  /// behind it here may not be read.
  @Test func nothingIsReadBehindTheImage() throws {
    let s = Oracle.Window(1, 1, 9, 11, filters: 16, kernel: (3, 3))
    let data = ConvTests.Data(s)
    let page = Int(getpagesize())
    let pages = unsafe try #require(
      mmap(nil, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | Int32(MAP_ANON), -1, 0))
    defer { unsafe munmap(pages, 2 * page) }
    #expect(unsafe mprotect(pages + page, page, PROT_NONE) == 0)
    let x = unsafe UnsafeMutableBufferPointer(
      start: (pages + page).assumingMemoryBound(to: Float.self) - data.x.count, count: data.x.count)
    for i in data.x.indices { unsafe x[i] = data.x[i] }
    let plan = try Conv2DPlan(Kernels(threads: 1), s.conv, algorithms: .init(forward: .winograd))
    var (y, expected) = (data.dy, data.dy)
    try plan.forward(batch: 1, unsafe x.span, weight: data.w.span, bias: nil, into: y.mutableSpan)
    try plan.forward(batch: 1, data.x.span, weight: data.w.span, bias: nil, into: expected.mutableSpan)
    expectSameBits(y, expected)
  }

  /// A pixel that is not a number takes all outputs that see it with it, and at most the neighbours with which those
  /// are computed.
  @Test(arguments: InstructionSet.supported, [Float.nan, .infinity])
  func whatIsNotFiniteStaysNear(_ isa: InstructionSet, _ value: Float) throws {
    let s = Oracle.Window(1, 16, 12, 12, filters: 16, kernel: (3, 3), pad: (1, 1))
    let data = ConvTests.Data(s)
    var x = data.x
    x[5 * 12 + 6] = value
    var (y, clean) = (data.dy, data.dy)
    let kernels = Kernels(instructionSet: isa)
    try kernels.conv2DForward(s.conv, x.span, weight: data.w.span, bias: nil, into: y.mutableSpan)
    try kernels.conv2DForward(s.conv, data.x.span, weight: data.w.span, bias: nil, into: clean.mutableSpan)
    for i in y.indices {
      let (row, column) = (i % 144 / 12, i % 12)
      if abs(row - 5) <= 1 && abs(column - 6) <= 1 {
        #expect(!y[i].isFinite)
      } else if abs(row - 5) > 2 || abs(column - 6) > 2 {
        #expect(y[i] == clean[i])
      }
    }
  }

  /// At medium precision sums of pixels and of taps are rounded instead of pixels and taps. Of numbers without order
  /// errors come to 1.7 times theirs inside an image and to twice at its border, where zeros are not rounded; where AMX
  /// makes plain products, to once. The weights' gradient is that of rounded factors.
  @Test(arguments: PrecisionTests.withMedium, shapes)
  func mediumErrsLittleMoreThanRoundedFactors(_ isa: InstructionSet, _ s: Oracle.Window) throws {
    let data = ConvTests.Data(s)
    let zeros = [Double](repeating: 0, count: s.filters)
    let y = Oracle.convolution(s, data.x.doubles, data.w.doubles, zeros)
    let gradients = Oracle.convolutionGradients(s, data.x.doubles, data.w.doubles, data.dy.doubles)
    let (x, w, dy) = (data.x.map(\.asBFloat16), data.w.map(\.asBFloat16), data.dy.map(\.asBFloat16))
    let roundedY = Oracle.convolution(s, x.doubles, w.doubles, zeros)
    let rounded = Oracle.convolutionGradients(s, x.doubles, w.doubles, dy.doubles)
    let sizes = Oracle.convolutionGradients(s, x.doubles.map(abs), w.doubles.map(abs), dy.doubles.map(abs))
    var first: [Float]?
    for threads in 1...3 {
      let kernels = Kernels(instructionSet: isa, precision: .medium, threads: threads)
      var (result, dx, dw) = (data.dy, data.x, data.w)
      try kernels.conv2DForward(s.conv, data.x.span, weight: data.w.span, bias: nil, into: result.mutableSpan)
      try kernels.conv2DBackward(
        s.conv, data.dy.span, x: data.x.span, weight: data.w.span, dx: dx.mutableSpan, dWeight: dw.mutableSpan,
        dBias: nil)
      #expect(rootMeanSquare(result.doubles, y) < 2.5 * rootMeanSquare(roundedY, y))
      #expect(rootMeanSquare(dx.doubles, gradients.dx) < 2.5 * rootMeanSquare(rounded.dx, gradients.dx))
      let pixels = Double(s.batch * s.outHeight * s.outWidth)
      expectClose(dw, rounded.dw, tolerance: { pixels * 0x1p-23 * sizes.dw[$0] }, "dw")
      if let first { expectSameBits(result + dx + dw, first, "\(threads) threads") }
      first = result + dx + dw
    }
  }

  /// Where pooling leaves most pixels without a gradient, rounding the others would gain nothing.
  @Test(arguments: PrecisionTests.withMedium.filter { $0 != .amx })
  func mediumAddsUpThePooledWeightsGradientInFull(_ isa: InstructionSet) throws {
    var shape = Oracle.Window(2, 17, 8, 10, filters: 20, kernel: (3, 3), pad: (1, 1)).conv
    shape.postOp = .reluMaxPool
    var random = TestRandom(77)
    let (x, w) = (random.floats(shape.inputCount), random.floats(shape.weightCount))
    let dy = random.floats(shape.outputCount)
    var (y, indices) = (dy, [UInt8](repeating: 0, count: shape.argmaxCount))
    let kernels = [Precision.medium, .highest].map { Kernels(instructionSet: isa, precision: $0, threads: 2) }
    try kernels[0].conv2DForward(
      shape, x.span, weight: w.span, bias: nil, into: y.mutableSpan, argmax: indices.mutableSpan)
    var gradients = [w, w]
    for (i, kernels) in kernels.enumerated() {
      var dx = x
      try kernels.conv2DBackward(
        shape, dy.span, x: x.span, weight: w.span, kept: y.span, argmax: indices.span, dx: dx.mutableSpan,
        dWeight: gradients[i].mutableSpan, dBias: nil)
    }
    expectSameBits(gradients[0], gradients[1])
  }
}
