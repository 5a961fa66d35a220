import KobaiKernels
import TestSupport
import Testing

@Suite struct PoolTests {
  static let shapes: [Oracle.Window] = [
    .init(1, 1, 2, 2, filters: 1, kernel: (2, 2), stride: (2, 2)),
    .init(2, 3, 24, 24, filters: 1, kernel: (2, 2), stride: (2, 2)),  // the book's
    .init(1, 2, 6, 31, filters: 1, kernel: (2, 2), stride: (2, 2)),  // an odd column left over
    .init(1, 2, 7, 66, filters: 1, kernel: (2, 2), stride: (2, 2)),  // an odd row; 33 columns of output
    .init(2, 3, 4, 4, filters: 1, kernel: (2, 2), stride: (2, 2)),  // several rows side by side
    .init(2, 2, 11, 8, filters: 1, kernel: (2, 2), stride: (2, 2)),
    .init(1, 3, 6, 16, filters: 1, kernel: (2, 2), stride: (2, 2)),
    .init(2, 1, 9, 9, filters: 1, kernel: (3, 3), stride: (2, 2), pad: (1, 1)),  // overlapping
    .init(1, 3, 8, 5, filters: 1, kernel: (3, 2), stride: (1, 3), pad: (1, 0)),
    .init(1, 1, 16, 16, filters: 1, kernel: (16, 16), stride: (16, 16)),  // 256 elements: indices of a byte
    .init(2, 1, 20, 18, filters: 1, kernel: (17, 16), stride: (3, 2)),  // 272, overlapping
    .init(1, 2, 3, 300, filters: 1, kernel: (2, 290), stride: (1, 5)),
    .init(1, 1, 30, 35, filters: 1, kernel: (18, 20), stride: (7, 9), pad: (9, 4)),
  ]

  private func shape(_ s: Oracle.Window) -> Pool2DShape {
    Pool2DShape(
      planes: s.batch * s.channels, input: Size2D(s.height, s.width), window: Size2D(s.kernelHeight, s.kernelWidth),
      stride: Size2D(s.strideHeight, s.strideWidth), padding: Size2D(s.padHeight, s.padWidth))
  }

  @Test(arguments: InstructionSet.supported, shapes)
  func maxAgreesWithDouble(_ isa: InstructionSet, _ s: Oracle.Window) throws {
    let kernels = Kernels(instructionSet: isa, threads: 2)
    var random = TestRandom(3)
    let shape = shape(s)
    let x = random.distinctFloats(shape.inputCount, gap: 0.125)
    let dy = random.floats(shape.outputCount)
    var y = [Float](repeating: .nan, count: shape.outputCount)
    var indices = [UInt8](repeating: 0, count: shape.argmaxCount)
    try kernels.maxPool2DForward(shape, x.span, into: y.mutableSpan, argmax: indices.mutableSpan)
    let (expected, place) = Oracle.maxPool(s, x.doubles)
    #expect(y.doubles == expected)
    var dx = [Float](repeating: .nan, count: shape.inputCount)
    try kernels.maxPool2DBackward(shape, dy.span, argmax: indices.span, into: dx.mutableSpan)
    var gradient = [Double](repeating: 0, count: dx.count)
    for i in place.indices { gradient[place[i]] += Double(dy[i]) }
    expectClose(dx, gradient, tolerance: 1e-6)  // sums of at most nine numbers below 1
  }

  @Test(arguments: InstructionSet.supported)
  func theFirstOfEqualsWins(_ isa: InstructionSet) throws {
    let shape = Pool2DShape(planes: 1, input: 4, window: 2)
    var (y, indices) = ([Float](repeating: 0, count: 4), [UInt8](repeating: 9, count: 4))
    try Kernels(instructionSet: isa).maxPool2DForward(
      shape, [0, 0, 1, 2, 0, 0, 2, 2, -1, -1, -3, -5, -1, -1, -4, -3].span, into: y.mutableSpan,
      argmax: indices.mutableSpan)
    #expect(y == [0, 2, -1, -3])
    #expect(indices == [0, 1, 0, 0])
    // In windows that overlap and reach beyond the edge, whose place counts from where they begin.
    let wide = Pool2DShape(planes: 1, input: 3, window: 3, stride: 1, padding: 1)
    (y, indices) = ([Float](repeating: 0, count: 9), [UInt8](repeating: 9, count: 9))
    try Kernels(instructionSet: isa).maxPool2DForward(
      wide, [Float](repeating: 5, count: 9).span, into: y.mutableSpan, argmax: indices.mutableSpan)
    #expect(y == [Float](repeating: 5, count: 9))
    #expect(indices == [4, 3, 3, 1, 0, 0, 1, 0, 0])
  }

  /// Whatever bytes claim to be indices, nothing outside their plane is written: here the first would lie above and to
  /// the left of it, among the plane before.
  @Test(arguments: InstructionSet.supported)
  func foreignPlacesStayInside(_ isa: InstructionSet) throws {
    let shape = Pool2DShape(planes: 2, input: 9, window: 3, padding: 1)
    let plane = shape.outputCount / 2
    let dy = (0..<2 * plane).map { Float($0 / plane) }  // of the second plane alone
    let indices = (0..<2 * plane).map { UInt8($0 / plane == 0 ? 4 : 0) }
    var dx = [Float](repeating: 7, count: shape.inputCount)
    try Kernels(instructionSet: isa, threads: 1).maxPool2DBackward(
      shape, dy.span, argmax: indices.span, into: dx.mutableSpan)
    #expect(Array(dx.prefix(81)) == [Float](repeating: 0, count: 81))
    #expect(dx.suffix(81).reduce(0, +) == 4, "those that lie inside stay")
  }

  @Test func whatMakesNoSenseHasNoSize() {
    let pool = Pool2DShape(planes: 1, input: 9, window: 3, stride: 0)
    #expect(pool.outputCount == 0)
    let conv = Conv2DShape(batch: 1, channels: 1, input: 9, filters: 1, kernel: 3, stride: 0)
    #expect(conv.outputCount == 0 && Kernels().conv2DWorkspaceBytes(conv) == 0)
  }

  @Test(arguments: InstructionSet.supported, [2, 3])
  func notANumberComesThrough(_ isa: InstructionSet, _ window: Int) throws {
    let shape = Pool2DShape(planes: 1, input: 6, window: Size2D(window))
    var x = [Float](repeating: 1, count: 36)
    x[7] = .nan
    var y = [Float](repeating: 0, count: shape.outputCount)
    var indices = [UInt8](repeating: 0, count: shape.argmaxCount)
    try Kernels(instructionSet: isa).maxPool2DForward(shape, x.span, into: y.mutableSpan, argmax: indices.mutableSpan)
    #expect(y[0].isNaN)
    #expect(y[1...].allSatisfy { $0 == 1 })
  }

  @Test(arguments: InstructionSet.supported, shapes)
  func averageAgreesWithDouble(_ isa: InstructionSet, _ s: Oracle.Window) throws {
    let kernels = Kernels(instructionSet: isa, threads: 2)
    var random = TestRandom(5)
    let shape = shape(s)
    let (x, dy) = (random.floats(shape.inputCount), random.floats(shape.outputCount))
    var y = [Float](repeating: .nan, count: shape.outputCount)
    try kernels.averagePool2DForward(shape, x.span, into: y.mutableSpan)
    expectClose(y, Oracle.averagePool(s, x.doubles), tolerance: 1e-6)
    var dx = [Float](repeating: .nan, count: shape.inputCount)
    try kernels.averagePool2DBackward(shape, dy.span, into: dx.mutableSpan)
    guard shape.inputCount < 500 else { return }  // central differences take their time
    let gradient = Oracle.gradient(
      of: { x in zip(Oracle.averagePool(s, x), dy).reduce(0) { $0 + $1.0 * Double($1.1) } }, at: x.doubles)
    expectClose(dx, gradient, tolerance: 1e-6)
  }

  @Test func hasTheSameBitsEverywhere() throws {
    var random = TestRandom(9)
    for s in [1, 3, 4, 7, 8].map({ Self.shapes[$0] }) {
      let shape = shape(s)
      let (x, dy) = (random.floats(shape.inputCount), random.floats(shape.outputCount))
      var first: [[Float]]?
      for kernels in Kernels.everyKind {
        var (y, mean, indices) = (dy, dy, [UInt8](repeating: 0, count: shape.argmaxCount))
        var (dx, spread) = (x, x)
        try kernels.maxPool2DForward(shape, x.span, into: y.mutableSpan, argmax: indices.mutableSpan)
        try kernels.maxPool2DBackward(shape, dy.span, argmax: indices.span, into: dx.mutableSpan)
        try kernels.averagePool2DForward(shape, x.span, into: mean.mutableSpan)
        try kernels.averagePool2DBackward(shape, dy.span, into: spread.mutableSpan)
        let results = [y, dx, mean, spread, indices.map(Float.init)]
        if let first { #expect(results == first, "\(kernels)") } else { first = results }
      }
    }
  }

  @Test func namesWhatIsWrong() {
    var (y, indices) = ([Float](repeating: 0, count: 1), [UInt8](repeating: 0, count: 1))
    func reason(_ shape: Pool2DShape) -> String? {
      let x = [Float](repeating: 0, count: 16)
      do {
        try Kernels().maxPool2DForward(shape, x.span, into: y.mutableSpan, argmax: indices.mutableSpan)
        return nil
      } catch { return error.description }
    }
    #expect(
      reason(Pool2DShape(planes: 1, input: 4, window: 5))
        == "max pool forward: 5×5 window exceeds its 4×4 input with padding 0×0")
    #expect(
      reason(Pool2DShape(planes: 1, input: 4, window: 2, padding: 2))
        == "max pool forward: padding 2×2 must be at most half the window 2×2")
    #expect(
      reason(Pool2DShape(planes: 1, input: 4, window: 2)) == "max pool forward: y has 1 elements, but the sizes need 4")
  }
}
