import KobaiKernels
import TestSupport
import Testing

/// What plans of convolutions share, and how large they may be.
@Suite struct ConvPlanTests {
  /// Depthwise weights lie in another order where pooling follows.
  @Test func whatWasPackedForAnotherPostOpIsReadOrRefused() throws {
    var shape = Conv2DShape(
      batch: 1, channels: 24, input: Size2D(16, 32), filters: 24, kernel: 3, padding: 1, groups: 24)
    var random = TestRandom(3)
    let (x, w) = (random.floats(shape.inputCount), random.floats(shape.weightCount))
    func outputs(_ postOp: Conv2DPostOp, packedFor other: Conv2DPostOp?) throws -> [Float] {
      shape.postOp = postOp
      let plan = try Conv2DPlan(Kernels(), shape)
      var y = [Float](repeating: 0, count: shape.outputCount)
      let packed = try other.map {
        shape.postOp = $0
        return try Conv2DPlan(Kernels(), shape).pack(weight: w.span)
      }
      shape.postOp = postOp
      var argmax = [UInt8](repeating: 0, count: shape.argmaxCount)
      try plan.forward(
        batch: 1, x.span, weight: w.span, packed: packed, bias: nil, into: y.mutableSpan, argmax: argmax.mutableSpan)
      return y
    }
    let postOps: [Conv2DPostOp] = [.none, .relu, .reluMaxPool]
    for (postOp, other) in postOps.flatMap({ a in postOps.map { (a, $0) } }) {
      if postOp.pools == other.pools {
        expectSameBits(
          try outputs(postOp, packedFor: other), try outputs(postOp, packedFor: nil), "\(postOp) packed for \(other)")
      } else {
        #expect(throws: KernelError.self, "\(postOp) packed for \(other)") { try outputs(postOp, packedFor: other) }
      }
    }
  }

  /// Tables of a stride's pixels, and products of sizes, that no memory would hold.
  @Test func stridesBeyondTheImageAndHugeImagesArePlanned() throws {
    for stride in [29, 1 << 16, 1 << 30] {
      let shape = Conv2DShape(batch: 1, channels: 1, input: 28, filters: 1, kernel: 5, stride: Size2D(stride))
      let plan = try Conv2DPlan(Kernels(), shape)
      let (x, w) = ([Float](repeating: 1, count: 784), [Float](repeating: 1, count: 25))
      var y: [Float] = [0]
      try plan.forward(batch: 1, x.span, weight: w.span, bias: nil, into: y.mutableSpan)
      #expect(shape.output == 1 && y == [25])
      var (dx, dw) = (x, w)
      let dy: [Float] = [2]
      try plan.backward(
        batch: 1, dy.span, x: x.span, weight: w.span, dx: dx.mutableSpan, dWeight: dw.mutableSpan, dBias: nil)
      #expect(dx.reduce(0, +) == 50 && dw.allSatisfy { $0 == 2 })
    }
    for side in [60_000, 65_536] {
      let shape = Conv2DShape(
        batch: 1, channels: 1, input: Size2D(side), filters: 16, kernel: 3, padding: 1)
      #expect(try Conv2DPlan(Kernels(), shape).shape.output == Size2D(side))
    }
    #expect(Conv2DShape.groupsMisfit(channels: 4, filters: 4, groups: 0) == "0 groups: at least one is needed")
    #expect(
      Conv2DShape(batch: 1, channels: 1, input: 4, filters: 1, kernel: 3, stride: 0, postOp: .reluMaxPool).argmaxCount
        == 0)
  }
}
