import KobaiKernels
import TestSupport
import Testing

@Suite struct PReLUTests {
  /// (samples, channels, plane): columns around the lanes, and planes.
  static let sizes = [(1, 1, 1), (7, 15, 1), (4, 33, 1), (3, 1, 40), (2, 5, 16), (3, 4, 17), (64, 40, 30)]

  @Test(arguments: InstructionSet.supported, sizes)
  func agreesWithDouble(_ isa: InstructionSet, _ size: (samples: Int, channels: Int, plane: Int)) throws {
    let (samples, channels, plane) = size
    var random = TestRandom(71)
    let (x, dy) = (random.floats(samples * channels * plane), random.floats(samples * channels * plane))
    let weight = random.floats(channels)
    var first: [[Float]]?
    for threads in 1...3 {
      let kernels = Kernels(instructionSet: isa, threads: threads)
      var (y, dx, dWeight) = (x, dy, weight)
      try kernels.preluForward(
        samples: samples, channels: channels, plane: plane, x.span, weight: weight.span, into: y.mutableSpan)
      try kernels.preluBackward(
        samples: samples, channels: channels, plane: plane, dy.span, x: x.span, weight: weight.span,
        dx: dx.mutableSpan, dWeight: dWeight.mutableSpan)
      var (value, slope) = (x.doubles, dy.doubles)
      var sums = [Double](repeating: 0, count: channels)
      for i in x.indices where x[i] <= 0 {
        let channel = i / plane % channels
        value[i] *= Double(weight[channel])
        slope[i] *= Double(weight[channel])
        sums[channel] += Double(dy[i]) * Double(x[i])
      }
      expectClose(y, value, tolerance: 1e-7, "y")
      expectClose(dx, slope, tolerance: 1e-7, "dx")
      expectClose(dWeight, sums, tolerance: 2e-5, "dWeight")  // sums of up to 1,920 products below 1
      first = first ?? [y, dx, dWeight]
      for (a, b) in zip([y, dx, dWeight], first ?? []) { expectSameBits(a, b, "\(threads) threads") }
      var alone = weight
      try kernels.preluBackward(
        samples: samples, channels: channels, plane: plane, dy.span, x: x.span, weight: weight.span, dx: nil,
        dWeight: alone.mutableSpan)
      expectSameBits(alone, dWeight, "without dx")
      var input = dy
      try kernels.preluBackward(
        samples: samples, channels: channels, plane: plane, dy.span, x: x.span, weight: weight.span,
        dx: input.mutableSpan, dWeight: nil)
      expectSameBits(input, dx, "without dWeight")
    }
  }

  @Test func namesWhatIsWrong() {
    var y: [Float] = [0]
    let error = #expect(throws: KernelError.self) {
      try Kernels().preluForward(samples: 1, channels: 0, plane: 1, [1].span, weight: [1].span, into: y.mutableSpan)
    }
    #expect(error?.description == "prelu forward: 1 samples of 0 planes of 1: sizes must be positive")
  }
}
