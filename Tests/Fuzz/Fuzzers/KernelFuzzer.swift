import KobaiKernels
import TestSupport

/// Products, convolutions and poolings of any small shape, options, instruction set and number of threads, against sums in
/// Double, and with the same bits on one thread of portable C.
struct KernelFuzzer: Fuzzer {
  func run(_ input: [UInt8]) {
    var bytes = InputBytes(input)
    let sets = InstructionSet.supported
    let kernels = Kernels(instructionSet: sets[bytes.number(0...sets.count - 1)], threads: bytes.number(1...3))
    let portable = Kernels(instructionSet: .portable, threads: 1)
    do {
      switch bytes.number(0...2) {
      case 0: try product(&bytes, kernels, portable)
      case 1: try convolution(&bytes, kernels, portable)
      default: try pooling(&bytes, kernels, portable)
      }
    } catch {
      // Shapes that make no sense are refused, in one line.
      if "\(error)".contains("\n") { fatalError("\(error)") }
    }
  }

  private func random(_ bytes: inout InputBytes) -> TestRandom { TestRandom(UInt64(bytes.byte())) }

  private func product(_ bytes: inout InputBytes, _ kernels: Kernels, _ portable: Kernels) throws {
    let (m, n) = (bytes.number(0...70), bytes.number(0...70))
    let k = bytes.number(0...99) + [0, 0, 0, 384][bytes.number(0...3)]
    let (a, b) = (bytes.byte() % 2 == 1, bytes.byte() % 2 == 1)
    let gap = bytes.number(0...3)
    let shape = GemmShape(
      m: m, n: n, k: k, transposeA: a, transposeB: b, lda: (a ? m : k) + gap, ldb: (b ? k : n) + gap, ldc: n + gap)
    var random = random(&bytes)
    let (x, y) = (random.floats((a ? k : m) * shape.lda), random.floats((b ? n : k) * shape.ldb))
    var results = [Float](repeating: 99, count: m * shape.ldc)
    try kernels.gemm(shape, x.span, y.span, into: results.mutableSpan)
    var expected = [Float](repeating: 99, count: m * shape.ldc)
    try portable.gemm(shape, x.span, y.span, into: expected.mutableSpan)
    same(results, expected, "\(shape) \(kernels.instructionSet)")
    let (sum, magnitude) = Oracle.product(
      m: m, n: n, k: k, transposeA: a, transposeB: b, lda: shape.lda, ldb: shape.ldb, x.map(Double.init),
      y.map(Double.init))
    for i in 0..<m {
      for j in 0..<n {
        let (result, e) = (results[i * shape.ldc + j], i * n + j)
        close(result, sum[e], Double(k) * 0x1p-24 * magnitude[e], "\(shape), element \(i), \(j)")
      }
    }
  }

  private func window(_ bytes: inout InputBytes) -> Oracle.Window {
    var s = Oracle.Window()
    (s.batch, s.channels) = (bytes.number(1...4), bytes.number(1...20))
    (s.height, s.width) = (bytes.number(1...18), bytes.number(1...18))
    (s.kernelHeight, s.kernelWidth) = (bytes.number(1...5), bytes.number(1...5))
    (s.strideHeight, s.strideWidth) = (bytes.number(1...3), bytes.number(1...3))
    (s.padHeight, s.padWidth) = (bytes.number(0...3), bytes.number(0...3))
    return s
  }

  private func convolution(_ bytes: inout InputBytes, _ kernels: Kernels, _ portable: Kernels) throws {
    var s = window(&bytes)
    (s.dilationHeight, s.dilationWidth) = (bytes.number(1...2), bytes.number(1...2))
    let perGroup = bytes.number(1...9)
    s.groups = [1, 1, 2, s.channels][bytes.number(0...3)]
    s.filters = perGroup * s.groups
    let shape = Conv2DShape(
      batch: s.batch, channels: s.channels, input: Size2D(s.height, s.width), filters: s.filters,
      kernel: Size2D(s.kernelHeight, s.kernelWidth), stride: Size2D(s.strideHeight, s.strideWidth),
      padding: Size2D(s.padHeight, s.padWidth), dilation: Size2D(s.dilationHeight, s.dilationWidth), groups: s.groups)
    _ = try Conv2DPlan(portable, shape)  // or it is refused
    var random = random(&bytes)
    let (x, w, bias) = (random.floats(shape.inputCount), random.floats(shape.weightCount), random.floats(s.filters))
    let dy = random.floats(shape.outputCount)
    func results(_ kernels: Kernels) throws -> [[Float]] {
      var y = [Float](repeating: .nan, count: shape.outputCount)
      var (dx, dw, db) = (x.map { _ in Float.nan }, w.map { _ in Float.nan }, bias.map { _ in Float.nan })
      try kernels.conv2DForward(shape, x.span, weight: w.span, bias: bias.span, into: y.mutableSpan)
      try kernels.conv2DBackward(
        shape, dy.span, x: x.span, weight: w.span, dx: dx.mutableSpan, dWeight: dw.mutableSpan, dBias: db.mutableSpan)
      return [y, dx, dw, db]
    }
    let (some, expected) = (try results(kernels), try results(portable))
    for (i, name) in ["y", "dx", "dw", "db"].enumerated() { same(some[i], expected[i], "\(shape) \(name)") }
    func doubles(_ floats: [Float]) -> [Double] { floats.map(Double.init) }
    func magnitudes(_ floats: [Float]) -> [Double] { floats.map { Double(abs($0)) } }
    let y = Oracle.convolution(s, doubles(x), doubles(w), doubles(bias))
    let (dx, dw, db) = Oracle.convolutionGradients(s, doubles(x), doubles(w), doubles(dy))
    let scale = Oracle.convolution(s, magnitudes(x), magnitudes(w), magnitudes(bias))
    let scales = Oracle.convolutionGradients(s, magnitudes(x), magnitudes(w), magnitudes(dy))
    // Winograd's windows cost a few roundings of sums over a whole window, whose size is that of the largest element.
    let pairs = [(y, scale), (dx, scales.dx), (dw, scales.dw), (db, scales.db)]
    for (i, (sum, magnitude)) in pairs.enumerated() {
      let largest = magnitude.max() ?? 0
      for e in sum.indices {
        close(some[i][e], sum[e], 0x1p-16 * largest, "\(shape), \(["y", "dx", "dw", "db"][i])[\(e)]")
      }
    }
  }

  private func pooling(_ bytes: inout InputBytes, _ kernels: Kernels, _ portable: Kernels) throws {
    var s = window(&bytes)
    s.filters = s.channels
    let shape = Pool2DShape(
      planes: s.batch * s.channels, input: Size2D(s.height, s.width), window: Size2D(s.kernelHeight, s.kernelWidth),
      stride: Size2D(s.strideHeight, s.strideWidth), padding: Size2D(s.padHeight, s.padWidth))
    var random = random(&bytes)
    let x = random.distinctFloats(shape.inputCount, gap: 0x1p-10)
    func results(_ kernels: Kernels) throws -> [[Float]] {
      var (largest, mean) = ([Float](repeating: .nan, count: max(shape.outputCount, 0)), [Float]())
      mean = largest
      var places = [UInt8](repeating: 0, count: max(shape.argmaxCount, 0))
      var (dx, dxMean) = (x.map { _ in Float.nan }, x.map { _ in Float.nan })
      try kernels.maxPool2DForward(shape, x.span, into: largest.mutableSpan, argmax: places.mutableSpan)
      try kernels.maxPool2DBackward(shape, largest.span, argmax: places.span, into: dx.mutableSpan)
      try kernels.averagePool2DForward(shape, x.span, into: mean.mutableSpan)
      try kernels.averagePool2DBackward(shape, mean.span, into: dxMean.mutableSpan)
      return [largest, mean, dx, dxMean]
    }
    let (some, expected) = (try results(kernels), try results(portable))
    for i in some.indices { same(some[i], expected[i], "\(shape), result \(i)") }
    let (largest, mean) = (Oracle.maxPool(s, x.map(Double.init)), Oracle.averagePool(s, x.map(Double.init)))
    for i in largest.y.indices {
      close(some[0][i], largest.y[i], 0, "\(shape), the largest of window \(i)")
      close(some[1][i], mean[i], 0x1p-18 * Double(s.batch * s.channels * s.height * s.width), "\(shape), mean \(i)")
    }
  }

  private func same(_ a: [Float], _ b: [Float], _ what: @autoclosure () -> String) {
    for i in a.indices where a[i].bitPattern != b[i].bitPattern && !(a[i].isNaN && b[i].isNaN) {
      fatalError("\(what()): element \(i) is \(a[i]), and \(b[i]) in portable C on one thread")
    }
  }

  private func close(_ a: Float, _ b: Double, _ tolerance: Double, _ what: @autoclosure () -> String) {
    if !(abs(Double(a) - b) <= tolerance) { fatalError("\(what()): \(a), not \(b)") }
  }
}
