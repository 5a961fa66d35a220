import KobaiKernels
import TestSupport
import Testing

extension Oracle.Window {
  /// Whether each channel is a group by itself.
  var isDepthwise: Bool { groups > 1 && groups == channels }
}

/// Groups, depthwise convolutions and dilation. Their agreement with Double and their bits are tested beside those of all
/// others, in `ConvTests`, `ConvAlgorithmTests` and `ConvPostOpTests`.
@Suite struct GroupedConvTests {
  static let dilated: [Oracle.Window] = [
    .init(2, 3, 9, 10, filters: 5, kernel: (3, 3), pad: (2, 1), dilation: (2, 1)),
    .init(1, 4, 10, 11, filters: 18, kernel: (3, 2), pad: (1, 2), dilation: (1, 3)),
    .init(2, 17, 12, 9, filters: 4, kernel: (3, 3), stride: (2, 3), pad: (2, 2), dilation: (3, 2)),
    // Phases without taps.
    .init(2, 1, 9, 9, filters: 6, kernel: (5, 3), stride: (2, 2), pad: (3, 0), dilation: (2, 4)),
    .init(1, 2, 14, 15, filters: 3, kernel: (3, 3), pad: (-1, -2), dilation: (2, 2)),
  ]

  static let shapes: [Oracle.Window] =
    [
      .init(2, 16, 8, 10, filters: 16, kernel: (3, 3), pad: (1, 1), groups: 16),
      .init(3, 6, 8, 10, filters: 9, kernel: (3, 3), pad: (1, 1), groups: 3),
      .init(2, 32, 6, 30, filters: 32, kernel: (3, 3), pad: (1, 1), groups: 32),  // two parts
      .init(19, 17, 5, 7, filters: 17, kernel: (3, 3), pad: (1, 1), groups: 17),  // a lane more
      .init(2, 24, 9, 12, filters: 24, kernel: (3, 3), stride: (2, 2), pad: (1, 1), groups: 24),
      .init(1, 5, 12, 13, filters: 15, kernel: (5, 5), stride: (1, 2), pad: (2, 2), groups: 5),  // three filters each
      .init(2, 16, 10, 10, filters: 32, kernel: (4, 3), stride: (3, 2), pad: (2, 1), dilation: (2, 1), groups: 16),
      .init(1, 48, 4, 4, filters: 48, kernel: (7, 2), pad: (5, 1), groups: 48),  // padding beyond what the window needs
      .init(2, 3, 14, 15, filters: 3, kernel: (3, 3), pad: (-1, -2), dilation: (2, 3), groups: 3),
      .init(1, 2, 11, 6, filters: 36, kernel: (1, 1), groups: 2),
      .init(2, 32, 9, 8, filters: 34, kernel: (3, 3), pad: (1, 1), groups: 2),  // Winograd's, group by group
      .init(2, 8, 9, 11, filters: 12, kernel: (3, 2), stride: (2, 1), pad: (1, 1), groups: 4),
      .init(1, 20, 9, 12, filters: 8, kernel: (3, 3), pad: (3, 3), dilation: (3, 3), groups: 4),
      .init(2, 3, 9, 15, filters: 6, kernel: (3, 3), pad: (2, 1), groups: 3),  // planes as they lie
      .init(1, 20, 6, 44, filters: 20, kernel: (3, 3), pad: (0, 2), groups: 20),
    ] + dilated

  /// A group is the convolution of its channels with its filters, bit for bit.
  @Test(arguments: shapes.filter { $0.groups > 1 && !$0.isDepthwise })
  func aGroupIsAConvolutionByItself(_ s: Oracle.Window) throws {
    let data = ConvTests.Data(s)
    let kernels = Kernels(threads: 2)
    var (y, dx, dw, db) = (data.dy, data.x, data.w, data.bias)
    try kernels.conv2DForward(s.conv, data.x.span, weight: data.w.span, bias: data.bias.span, into: y.mutableSpan)
    try kernels.conv2DBackward(
      s.conv, data.dy.span, x: data.x.span, weight: data.w.span, dx: dx.mutableSpan, dWeight: dw.mutableSpan,
      dBias: db.mutableSpan)
    var one = s
    (one.channels, one.filters, one.groups) = (s.channels / s.groups, s.filters / s.groups, 1)
    for g in 0..<s.groups {
      func part(_ values: [Float], samples: Int) -> [Float] {
        let sample = values.count / samples
        let own = sample / s.groups
        return (0..<samples).flatMap { (i: Int) -> ArraySlice<Float> in
          let first = i * sample + g * own
          return values[first..<first + own]
        }
      }
      let (x, w) = (part(data.x, samples: s.batch), part(data.w, samples: 1))
      let (bias, gradient) = (part(data.bias, samples: 1), part(data.dy, samples: s.batch))
      var (y1, dx1, dw1, db1) = (gradient, x, w, bias)
      try kernels.conv2DForward(one.conv, x.span, weight: w.span, bias: bias.span, into: y1.mutableSpan)
      try kernels.conv2DBackward(
        one.conv, gradient.span, x: x.span, weight: w.span, dx: dx1.mutableSpan, dWeight: dw1.mutableSpan,
        dBias: db1.mutableSpan)
      expectSameBits(part(y, samples: s.batch), y1, "y of group \(g)")
      expectSameBits(part(dx, samples: s.batch), dx1, "dx of group \(g)")
      expectSameBits(part(dw, samples: 1) + part(db, samples: 1), dw1 + db1, "gradients of group \(g)")
    }
  }

  /// There is nothing to pair along: a depthwise convolution has the bits of full precision.
  @Test(arguments: PrecisionTests.withMedium) func depthwiseIsAlwaysAtFullPrecision(_ isa: InstructionSet) throws {
    let s = Self.shapes[2]
    let data = ConvTests.Data(s)
    let results = try [Precision.medium, .highest].map { precision in
      let kernels = Kernels(instructionSet: isa, precision: precision, threads: 2)
      var (y, dx, dw) = (data.dy, data.x, data.w)
      try kernels.conv2DForward(s.conv, data.x.span, weight: data.w.span, bias: nil, into: y.mutableSpan)
      try kernels.conv2DBackward(
        s.conv, data.dy.span, x: data.x.span, weight: data.w.span, dx: dx.mutableSpan, dWeight: dw.mutableSpan,
        dBias: nil)
      return y + dx + dw
    }
    expectSameBits(results[0], results[1])
  }

  @Test func namesWhatIsWrong() {
    func reason(_ change: (inout Conv2DShape) -> Void) -> String? {
      var shape = Conv2DShape(batch: 1, channels: 8, input: 5, filters: 6, kernel: 3)
      change(&shape)
      do throws(KernelError) {
        _ = try Conv2DPlan(Kernels(), shape)
        return nil
      } catch { return error.description }
    }
    #expect(reason { $0.groups = 3 } == "conv2d: 8 channels do not divide into 3 groups")
    #expect(reason { $0.groups = 4 } == "conv2d: 6 filters do not divide into 4 groups")
    #expect(reason { $0.groups = 0 } == "conv2d: dilation 1×1 and 0 groups must be positive")
    #expect(reason { $0.dilation = Size2D(0, 1) } == "conv2d: dilation 0×1 and 1 groups must be positive")
    #expect(
      reason { $0.dilation = 3 } == "conv2d: 3×3 kernel, dilated to 7×7, exceeds its 5×5 input with padding 0×0")
    #expect(reason { $0.groups = 2 } == nil)
  }
}
