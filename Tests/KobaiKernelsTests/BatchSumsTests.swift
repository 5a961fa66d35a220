import KobaiKernels
import TestSupport
import Testing

/// A batch in parts against the whole, kernel by kernel on every instruction set; ``BatchPartTests`` has the layers.
@Suite struct BatchSumsTests {
  /// (whole, part, inputs, outputs): inside of a chain of 384, across some, and where sums are cut in 16.
  static let sizes = [(50, 7, 33, 10), (900, 250, 20, 40), (1200, 384, 17, 3), (6300, 1700, 5, 18)]

  @Test(arguments: Kernels.everyKind, sizes)
  func affine(_ kernels: Kernels, _ size: (whole: Int, part: Int, inputs: Int, outputs: Int)) throws {
    let (whole, inputs, outputs) = (size.whole, size.inputs, size.outputs)
    var random = TestRandom(3)
    let (x, dy) = (random.floats(whole * inputs), random.floats(whole * outputs))
    let weight = random.floats(inputs * outputs)
    func run(_ count: Int) throws -> [[Float]] {
      let position = BatchPosition()
      let sums = BatchSums(at: position)
      var (dx, dWeight, dBias) = (x, weight, [Float](repeating: 7, count: outputs))
      for first in stride(from: 0, to: whole, by: count) {
        let batch = min(count, whole - first)
        let (ins, outs) = (
          first * inputs..<(first + batch) * inputs, first * outputs..<(first + batch) * outputs
        )
        position.part = count < whole ? BatchPart(first: first, of: whole) : nil
        var gradient = Array(dx[ins])
        try kernels.affineBackward(
          batch: batch, inputs: inputs, outputs: outputs, dy.span.extracting(outs), x: x.span.extracting(ins),
          weight: weight.span, dx: gradient.mutableSpan, addsToInput: true, dWeight: dWeight.mutableSpan,
          dBias: dBias.mutableSpan, sums: sums)
        dx.replaceSubrange(ins, with: gradient)
      }
      return [dx, dWeight, dBias]
    }
    for (mine, theirs) in zip(try run(size.part), try run(whole)) { expectSameBits(mine, theirs) }
  }

  /// The algorithms of the weights' gradient, each with a shape that it supports.
  static let convolutions: [(Conv2DAlgorithm, Conv2DShape)] = [
    (.direct, Conv2DShape(batch: 37, channels: 3, input: 8, filters: 5, kernel: 3)),
    (.winograd, Conv2DShape(batch: 37, channels: 5, input: 8, filters: 6, kernel: 3, padding: 1, postOp: .batchNorm)),
    (.sparse, Conv2DShape(batch: 37, channels: 3, input: 8, filters: 5, kernel: 3, postOp: .relu)),
    (.singleChannel, Conv2DShape(batch: 37, channels: 1, input: 8, filters: 5, kernel: 3, postOp: .relu)),
    (.depthwise, Conv2DShape(batch: 37, channels: 18, input: 7, filters: 18, kernel: 3, groups: 18)),
    (.matrix, Conv2DShape(batch: 37, channels: 5, input: 2, filters: 18, kernel: 3, padding: 1, postOp: .relu)),
    (.matrix, Conv2DShape(batch: 800, channels: 6, input: 2, filters: 34, kernel: 3, padding: 1, groups: 2)),
    (.automatic, Conv2DShape(batch: 37, channels: 6, input: 7, filters: 4, kernel: 3, dilation: 2, groups: 2)),
  ]

  @Test(arguments: Kernels.everyKind, convolutions)
  func convolution(_ kernels: Kernels, _ c: (algorithm: Conv2DAlgorithm, shape: Conv2DShape)) throws {
    let whole = c.shape
    var random = TestRandom(4)
    let (x, dy) = (random.floats(whole.inputCount), random.floats(whole.outputCount))
    let (weight, y) = (random.floats(whole.weightCount), random.floats(whole.outputCount))
    func run(_ count: Int) throws -> [[Float]] {
      let position = BatchPosition()
      var shape = whole
      shape.batch = count
      let plan = try Conv2DPlan(kernels, shape, algorithms: Conv2DAlgorithms(weights: c.algorithm))
      let (sums, workspace) = (BatchSums(at: position), Workspace())
      var (dx, dWeight, dBias) = (x, weight, [Float](repeating: 7, count: whole.filters))
      for first in stride(from: 0, to: whole.batch, by: count) {
        let batch = min(count, whole.batch - first)
        let (ins, outs) = (whole.inputCount / whole.batch, whole.outputCount / whole.batch)
        position.part = count < whole.batch ? BatchPart(first: first, of: whole.batch) : nil
        let (inputs, outputs) = (first * ins..<(first + batch) * ins, first * outs..<(first + batch) * outs)
        var gradient = Array(dx[inputs])
        try plan.backward(
          batch: batch, dy.span.extracting(outputs), x: x.span.extracting(inputs),
          weight: weight.span, kept: y.span.extracting(outputs), dx: gradient.mutableSpan,
          dWeight: dWeight.mutableSpan, dBias: dBias.mutableSpan, sums: sums, workspace: workspace)
        dx.replaceSubrange(inputs, with: gradient)
      }
      return [dx, dWeight, dBias]
    }
    let expected = try run(whole.batch)
    for count in [1, 2, 5, 18, 36] {
      for (mine, theirs) in zip(try run(count), expected) {
        expectSameBits(mine, theirs, "\(c.algorithm.rawValue), parts of \(count)")
      }
    }
  }

  @Test func namesWhatIsWrong() throws {
    let position = BatchPosition()
    position.part = BatchPart(first: 3, of: 5)
    var dBias: [Float] = [0]
    let error = #expect(throws: KernelError.self) {
      try Kernels().biasBackward(
        rows: 3, [1, 2, 3].span, into: dBias.mutableSpan, sums: BatchSums(at: position))
    }
    #expect(error?.description == "bias backward: 3 samples from sample 3 on are no part of 5")
    dBias = [10]
    try Kernels().biasBackward(rows: 2, [1, 2].span, into: dBias.mutableSpan, sums: BatchSums(at: position))
    #expect(dBias == [13])
  }
}
