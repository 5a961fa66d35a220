import KobaiKernels
import TestSupport
import Testing

/// A convolution with a post-op gives the same bits as the kernels one after the other, whose own tests compare them with
/// Double.
@Suite struct ConvPostOpTests {
  static let shapes: [Oracle.Window] = [
    .init(2, 1, 9, 10, filters: 3, kernel: (4, 5)),  // 6 × 6
    .init(3, 2, 6, 14, filters: 17, kernel: (3, 3), pad: (1, 1)),
    .init(1, 16, 28, 28, filters: 16, kernel: (3, 3), pad: (1, 1)),
    .init(2, 5, 14, 14, filters: 33, kernel: (3, 3), pad: (2, 2)),
    .init(2, 3, 7, 9, filters: 5, kernel: (2, 2), stride: (2, 2), pad: (1, 0)),  // 4 × 4
    .init(2, 1, 14, 12, filters: 16, kernel: (5, 5), pad: (-2, -1)),  // 6 × 6
    .init(18, 1, 4, 4, filters: 2, kernel: (3, 3)),  // 2 × 2
    .init(1, 2, 40, 6, filters: 4, kernel: (1, 1)),
    // One channel, kernels whose sums fit the registers; more rows than are summed at a time.
    .init(2, 1, 28, 28, filters: 30, kernel: (5, 5)),
    .init(19, 1, 10, 12, filters: 33, kernel: (3, 3), pad: (1, 1)),
    // Enough channels that the weight gradient goes over the sparse output gradient: with pooling, and the larger windows without.
    .init(2, 8, 8, 10, filters: 6, kernel: (3, 3)),
    .init(2, 9, 10, 8, filters: 3, kernel: (3, 1), pad: (0, -1)),
    .init(1, 21, 6, 6, filters: 4, kernel: (5, 5), pad: (2, 2)),
    .init(2, 32, 14, 16, filters: 5, kernel: (3, 3), pad: (2, 2)),
    .init(1, 64, 8, 8, filters: 17, kernel: (3, 3), pad: (1, 1)),
    .init(2, 48, 8, 9, filters: 4, kernel: (1, 2)),
    .init(2, 16, 9, 9, filters: 18, kernel: (3, 3), stride: (2, 2)),
    .init(1, 16, 12, 12, filters: 2, kernel: (5, 3), pad: (-1, -2)),
  ]

  private struct Results {
    var y: [Float], dx: [Float], dw: [Float], db: [Float]
    var all: [Float] { y + dx + dw + db }
  }

  private func fused(_ kernels: Kernels, _ shape: Conv2DShape, _ d: ConvTests.Data, _ dy: [Float]) throws -> Results {
    var (y, dx, dw, db) = ([Float](repeating: .nan, count: shape.outputCount), d.x, d.w, d.bias)
    var indices = [UInt8](repeating: 255, count: shape.argmaxCount)
    var kept = y
    if shape.postOp.keepsInput {
      try kernels.conv2DForward(
        shape, d.x.span, weight: d.w.span, bias: d.bias.span, into: y.mutableSpan, kept: kept.mutableSpan,
        argmax: indices.mutableSpan)
    }
    let trained = y
    // Without a backward pass nothing is kept.
    try kernels.conv2DForward(
      shape, d.x.span, weight: d.w.span, bias: d.bias.span, into: y.mutableSpan, argmax: indices.mutableSpan)
    if shape.postOp.keepsInput { expectSameBits(y, trained, "kept or not, \(shape)") } else { kept = y }
    try kernels.conv2DBackward(
      shape, dy.span, x: d.x.span, weight: d.w.span, kept: kept.span, argmax: indices.span, dx: dx.mutableSpan,
      dWeight: dw.mutableSpan, dBias: db.mutableSpan)
    return Results(y: y, dx: dx, dw: dw, db: db)
  }

  private func separate(
    _ kernels: Kernels, _ shape: Conv2DShape, _ d: ConvTests.Data, _ dy: [Float]
  ) throws -> Results {
    var plain = shape
    plain.postOp = .none
    var convolved = [Float](repeating: .nan, count: plain.outputCount)
    try kernels.conv2DForward(
      plain, d.x.span, weight: d.w.span, bias: d.bias.span, into: convolved.mutableSpan)
    let activation = try #require(shape.postOp.activation)
    var activated = convolved
    try kernels.activationForward(activation, convolved.span, into: activated.mutableSpan)
    var (y, gradient) = (activated, dy)
    if shape.postOp.pools {
      let pool = Pool2DShape(planes: shape.batch * shape.filters, input: shape.convolved, window: 2)
      y = [Float](repeating: .nan, count: pool.outputCount)
      var indices = [UInt8](repeating: 0, count: pool.outputCount)
      try kernels.maxPool2DForward(pool, activated.span, into: y.mutableSpan, argmax: indices.mutableSpan)
      gradient = [Float](repeating: .nan, count: pool.inputCount)
      try kernels.maxPool2DBackward(pool, dy.span, argmax: indices.span, into: gradient.mutableSpan)
    }
    var derived = gradient
    try kernels.activationBackward(
      activation, gradient.span, x: convolved.span, y: activated.span, into: derived.mutableSpan)
    var (dx, dw, db) = (d.x, d.w, d.bias)
    try kernels.conv2DBackward(
      plain, derived.span, x: d.x.span, weight: d.w.span, dx: dx.mutableSpan, dWeight: dw.mutableSpan,
      dBias: db.mutableSpan)
    return Results(y: y, dx: dx, dw: dw, db: db)
  }

  @Test(arguments: Kernels.everyKind, [Conv2DPostOp.relu, .reluMaxPool])
  func equalsTheSeparateKernels(_ kernels: Kernels, _ postOp: Conv2DPostOp) throws {
    let even =
      (WinogradTests.shapes + GroupedConvTests.shapes + ConvAlgorithmTests.pointwiseShapes
      + ConvAlgorithmTests.tinyShapes).filter {
        $0.outHeight % 2 == 0 && $0.outWidth % 2 == 0
      }
    for window in Self.shapes + even {
      var shape = window.conv
      shape.postOp = postOp
      let data = ConvTests.Data(window)
      var random = TestRandom(101)
      let dy = random.floats(shape.outputCount)
      expectSameBits(
        try fused(kernels, shape, data, dy).all, try separate(kernels, shape, data, dy).all, "\(shape)")
    }
  }

  /// All activations, each with some of the shapes, and with and without pooling.
  @Test(arguments: Kernels.everyKind)
  func everyActivationEqualsTheSeparateKernels(_ kernels: Kernels) throws {
    let tiny = [Oracle.Window](repeating: ConvAlgorithmTests.tinyShapes[0], count: Activation.everyKind.count)
    let shapes = Self.shapes + WinogradTests.shapes + GroupedConvTests.shapes + tiny
    for (i, window) in shapes.enumerated() {
      var shape = window.conv
      let activation = Activation.everyKind[i % Activation.everyKind.count]
      let pools = shape.convolved.height % 2 == 0 && shape.convolved.width % 2 == 0
      for postOp in [.activation(activation)] + (pools ? [Conv2DPostOp.activationMaxPool(activation)] : []) {
        shape.postOp = postOp
        let data = ConvTests.Data(window)
        var random = TestRandom(103)
        let dy = random.floats(shape.outputCount)
        expectSameBits(
          try fused(kernels, shape, data, dy).all, try separate(kernels, shape, data, dy).all, "\(shape)")
      }
    }
  }

  /// Pooling is undone only where somebody reads the gradients of all pixels.
  @Test(arguments: Kernels.everyKind)
  func everyGradientMayBeLeftOut(_ kernels: Kernels) throws {
    for window: Oracle.Window in [
      .init(3, 1, 12, 14, filters: 18, kernel: (5, 5)), .init(2, 1, 8, 6, filters: 5, kernel: (3, 3), pad: (1, 1)),
      .init(2, 1, 8, 8, filters: 4, kernel: (3, 1), pad: (1, 0)), .init(3, 17, 6, 8, filters: 20, kernel: (3, 3)),
      .init(2, 6, 6, 8, filters: 12, kernel: (3, 3), groups: 2),
      .init(2, 6, 6, 8, filters: 12, kernel: (3, 3), groups: 6),
      .init(7, 6, 2, 2, filters: 12, kernel: (3, 3), pad: (1, 1)),
    ] {
      var shape = window.conv
      shape.postOp = .reluMaxPool
      let data = ConvTests.Data(window)
      let dy = data.dy.prefix(shape.outputCount).map { $0 }
      let expected = try fused(kernels, shape, data, dy)
      var (y, indices) = (dy, [UInt8](repeating: 255, count: shape.argmaxCount))
      try kernels.conv2DForward(
        shape, data.x.span, weight: data.w.span, bias: data.bias.span, into: y.mutableSpan, argmax: indices.mutableSpan)
      var (dx, dw, db) = (data.x, data.w, data.bias)
      try kernels.conv2DBackward(
        shape, dy.span, x: data.x.span, weight: data.w.span, kept: y.span, argmax: indices.span, dx: dx.mutableSpan,
        dWeight: nil, dBias: nil)
      try kernels.conv2DBackward(
        shape, dy.span, x: data.x.span, weight: data.w.span, kept: y.span, argmax: indices.span, dx: nil,
        dWeight: dw.mutableSpan, dBias: nil)
      try kernels.conv2DBackward(
        shape, dy.span, x: data.x.span, weight: data.w.span, kept: y.span, argmax: indices.span, dx: nil, dWeight: nil,
        dBias: db.mutableSpan)
      expectSameBits(dx + dw + db, expected.dx + expected.dw + expected.db, "\(shape)")
    }
  }

  /// Equal outputs under one window: the first pixel gets the gradient, as in the pooling kernel.
  @Test(arguments: InstructionSet.supported)
  func theFirstOfEqualsGetsTheGradient(_ isa: InstructionSet) throws {
    let shape = Conv2DShape(batch: 1, channels: 1, input: 2, filters: 1, kernel: 1, postOp: .reluMaxPool)
    let kernels = Kernels(instructionSet: isa)
    var (y, dx, indices) = (
      [Float](repeating: 0, count: 1), [Float](repeating: 9, count: 4), [UInt8](repeating: 0, count: 16)
    )
    try kernels.conv2DForward(
      shape, [1, 3, 3, 3].span, weight: [2].span, bias: [1].span, into: y.mutableSpan, argmax: indices.mutableSpan)
    try kernels.conv2DBackward(
      shape, [5].span, x: [1, 3, 3, 3].span, weight: [2].span, kept: y.span, argmax: indices.span, dx: dx.mutableSpan,
      dWeight: nil, dBias: nil)
    #expect(y == [7] && dx == [0, 10, 0, 0])
  }

  @Test(arguments: InstructionSet.supported)
  func notANumberComesThrough(_ isa: InstructionSet) throws {
    let shape = Conv2DShape(batch: 1, channels: 1, input: 4, filters: 1, kernel: 1, postOp: .reluMaxPool)
    var x = [Float](repeating: 1, count: 16)
    x[5] = .nan
    var (y, indices) = ([Float](repeating: 0, count: 4), [UInt8](repeating: 0, count: shape.argmaxCount))
    try Kernels(instructionSet: isa).conv2DForward(
      shape, x.span, weight: [2].span, bias: nil, into: y.mutableSpan, argmax: indices.mutableSpan)
    #expect(y[0].isNaN && y[1...].allSatisfy { $0 == 2 })
  }

  /// The products of what lies between them may vanish: zero keeps its sign, as where the kernels run one by one.
  @Test(arguments: InstructionSet.supported)
  func negativeZeroComesThrough(_ isa: InstructionSet) throws {
    let shape = Conv2DShape(batch: 1, channels: 1, input: 2, filters: 1, kernel: 1, postOp: .reluMaxPool)
    var (y, indices) = ([Float](repeating: 9, count: 1), [UInt8](repeating: 0, count: 16))
    let x = [Float](repeating: 1e-20, count: 4)
    try Kernels(instructionSet: isa).conv2DForward(
      shape, x.span, weight: [-1e-20].span, bias: nil, into: y.mutableSpan, argmax: indices.mutableSpan)
    #expect(y[0] == 0 && y[0].sign == .minus)
  }

  @Test(arguments: Kernels.everyKind, [Conv2DPostOp.none, .relu, .reluMaxPool])
  func anEmptyBatchHasNoGradient(_ kernels: Kernels, _ postOp: Conv2DPostOp) throws {
    for (channels, size) in [(1, 5), (1, 3), (16, 3)] {
      let shape = Conv2DShape(
        batch: 0, channels: channels, input: 8, filters: 4, kernel: Size2D(size), padding: Size2D(size / 2),
        postOp: postOp)
      let w = [Float](repeating: 3, count: shape.weightCount)
      var (dw, db, dx) = (w, [Float](repeating: 3, count: 4), [Float]())
      let (none, indices) = ([Float](), [UInt8]())
      try kernels.conv2DBackward(
        shape, none.span, x: none.span, weight: w.span, kept: postOp == .none ? nil : none.span,
        argmax: postOp == .reluMaxPool ? indices.span : nil, dx: dx.mutableSpan, dWeight: dw.mutableSpan,
        dBias: db.mutableSpan)
      #expect((dw + db).allSatisfy { $0 == 0 })
    }
  }

  @Test func namesWhatIsWrong() {
    let odd = Conv2DShape(batch: 1, channels: 1, input: 5, filters: 1, kernel: 3, postOp: .reluMaxPool)
    var y: [Float] = [0]
    let error = #expect(throws: KernelError.self) {
      try Kernels().conv2DForward(
        odd, [Float](repeating: 0, count: 25).span, weight: [Float](repeating: 0, count: 9).span, bias: nil,
        into: y.mutableSpan)
    }
    #expect(error?.description == "conv2d forward: 2×2 pooling of a 3×3 output, whose sides must be even")
    let even = Conv2DShape(batch: 1, channels: 1, input: 4, filters: 1, kernel: 3, postOp: .reluMaxPool)
    #expect(throws: KernelError.count(kernel: "conv2d forward", argument: "argmax", needed: 16, given: 0)) {
      try Kernels().conv2DForward(
        even, [Float](repeating: 0, count: 16).span, weight: [Float](repeating: 0, count: 9).span, bias: nil,
        into: y.mutableSpan)
    }
  }
}
