import KobaiKernels
import TestSupport
import Testing

/// Pooling to a given size, and its opposite.
@Suite struct ResamplingTests {
  /// (planes, height, width, output height, output width), around the lanes; windows that overlap, outputs larger than
  /// inputs and smaller ones.
  static let sizes = [
    (3, 7, 9, 1, 1), (2, 32, 33, 1, 1), (3, 7, 9, 3, 4), (2, 5, 5, 7, 6), (1, 17, 33, 2, 1), (2, 4, 8, 8, 16),
    (2, 4, 9, 8, 18), (1, 3, 3, 9, 6), (20, 12, 17, 24, 34), (1, 1, 1, 3, 2),
  ]

  private static func total(_ y: [Double], _ dy: [Float]) -> Double {
    zip(y, dy).reduce(0) { $0 + $1.0 * Double($1.1) }
  }

  /// The gradient of a linear map: its value at each unit vector, times dy.
  private static func gradient(_ count: Int, _ dy: [Float], _ map: ([Double]) -> [Double]) -> [Double] {
    (0..<count).map { i in
      var unit = [Double](repeating: 0, count: count)
      unit[i] = 1
      return total(map(unit), dy)
    }
  }

  @Test(arguments: InstructionSet.supported, sizes)
  func adaptivePoolingAgreesWithDouble(_ isa: InstructionSet, _ size: (Int, Int, Int, Int, Int)) throws {
    let (planes, height, width, high, wide) = size
    let shape = AdaptivePool2DShape(planes: planes, input: Size2D(height, width), output: Size2D(high, wide))
    var random = TestRandom(5)
    let (x, dy) = (random.floats(shape.inputCount), random.floats(shape.outputCount))
    func oracle(_ x: [Double], planes: Int) -> [Double] {
      Oracle.adaptiveAveragePool(planes: planes, height: height, width: width, to: (high, wide), x)
    }
    var first: [[Float]]?
    for threads in 1...3 {
      let kernels = Kernels(instructionSet: isa, threads: threads)
      var (y, dx) = (dy, x)
      try kernels.adaptiveAveragePool2DForward(shape, x.span, into: y.mutableSpan)
      try kernels.adaptiveAveragePool2DBackward(shape, dy.span, into: dx.mutableSpan)
      if first == nil {
        expectClose(y, oracle(x.doubles, planes: planes), tolerance: 3e-7)
        let plane = Array(dy[..<(high * wide)])
        expectClose(
          Array(dx[..<(height * width)]), Self.gradient(height * width, plane) { oracle($0, planes: 1) },
          tolerance: 1e-6)
      }
      first = first ?? [y, dx]
      for (a, b) in zip([y, dx], first ?? []) { expectSameBits(a, b, "\(threads) threads") }
    }
  }

  @Test(arguments: InstructionSet.supported, sizes)
  func upsamplingAgreesWithDouble(_ isa: InstructionSet, _ size: (Int, Int, Int, Int, Int)) throws {
    let (planes, height, width, high, wide) = size
    for mode in UpsampleMode.allCases {
      let shape = Upsample2DShape(
        planes: planes, input: Size2D(height, width), output: Size2D(high, wide), mode: mode)
      var random = TestRandom(5)
      let (x, dy) = (random.floats(shape.inputCount), random.floats(shape.outputCount))
      func oracle(_ x: [Double], planes: Int) -> [Double] {
        Oracle.upsample(
          planes: planes, height: height, width: width, to: (high, wide), bilinear: mode == .bilinear, x)
      }
      var first: [[Float]]?
      for threads in 1...3 {
        let kernels = Kernels(instructionSet: isa, threads: threads)
        var (y, dx) = (dy, x)
        try kernels.upsample2DForward(shape, x.span, into: y.mutableSpan)
        try kernels.upsample2DBackward(shape, dy.span, into: dx.mutableSpan)
        if first == nil {
          expectClose(y, oracle(x.doubles, planes: planes), tolerance: 5e-7, "\(mode)")
          let plane = Array(dy[..<(high * wide)])
          expectClose(
            Array(dx[..<(height * width)]), Self.gradient(height * width, plane) { oracle($0, planes: 1) },
            tolerance: 2e-6, "\(mode)")
        }
        first = first ?? [y, dx]
        for (a, b) in zip([y, dx], first ?? []) { expectSameBits(a, b, "\(mode), \(threads) threads") }
      }
    }
  }

  @Test func instructionSetsComeToTheSameBits() throws {
    var random = TestRandom(6)
    let pool = AdaptivePool2DShape(planes: 9, input: Size2D(19, 37), output: Size2D(4, 5))
    let x = random.floats(9 * 19 * 37)
    var first: [[Float]]?
    for kernels in Kernels.everyKind {
      var results: [[Float]] = []
      var (y, dx) = ([Float](repeating: 0, count: pool.outputCount), x)
      try kernels.adaptiveAveragePool2DForward(pool, x.span, into: y.mutableSpan)
      try kernels.adaptiveAveragePool2DBackward(pool, y.span, into: dx.mutableSpan)
      results += [y, dx]
      for mode in UpsampleMode.allCases {
        let shape = Upsample2DShape(planes: 9, input: Size2D(19, 37), output: Size2D(41, 60), mode: mode)
        y = [Float](repeating: 0, count: shape.outputCount)
        try kernels.upsample2DForward(shape, x.span, into: y.mutableSpan)
        try kernels.upsample2DBackward(shape, y.span, into: dx.mutableSpan)
        results += [y, dx]
      }
      for (a, b) in zip(results, first ?? results) { expectSameBits(a, b, "\(kernels)") }
      first = first ?? results
    }
  }

  @Test func namesWhatIsWrong() {
    var y: [Float] = [0]
    let pool = AdaptivePool2DShape(planes: 1, input: 4, output: 0)
    var error = #expect(throws: KernelError.self) {
      try Kernels().adaptiveAveragePool2DForward(pool, [1].span, into: y.mutableSpan)
    }
    #expect(error?.description == "adaptive average pool forward: 1 planes of 4×4 to 0×0: sizes must be positive")
    error = #expect(throws: KernelError.self) {
      try Kernels().upsample2DForward(
        Upsample2DShape(planes: 1, input: 1, output: 2), [1].span, into: y.mutableSpan)
    }
    #expect(error?.description == "upsample forward: y has 1 elements, but the sizes need 4")
  }
}
