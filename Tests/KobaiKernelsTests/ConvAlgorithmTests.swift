import KobaiKernels
import TestSupport
import Testing

/// Each algorithm is forced upon every shape that it supports, whether or not it would be chosen, and compared with Double
/// and, where that is promised, bit for bit with the others.
@Suite struct ConvAlgorithmTests {
  static let shapes =
    pointwiseShapes + tinyShapes + ConvTests.shapes + WinogradTests.shapes + ConvPostOpTests.shapes
    + GroupedConvTests.shapes

  /// Windows of one pixel: planes of whole panels, a few pixels more, half a panel; tiles of filters begun and full.
  static let pointwiseShapes: [Oracle.Window] = [
    .init(1, 3, 5, 5, filters: 2, kernel: (1, 1)), .init(2, 17, 4, 8, filters: 15, kernel: (1, 1)),
    .init(3, 5, 7, 7, filters: 14, kernel: (1, 1)), .init(1, 64, 8, 33, filters: 29, kernel: (1, 1)),
    .init(2, 12, 6, 7, filters: 10, kernel: (1, 1), groups: 2), .init(1, 300, 4, 4, filters: 33, kernel: (1, 1)),
  ]

  /// Images that are hardly larger than the window, or smaller: those of one pixel, windows beyond the image on all sides,
  /// strides, dilation, pixels that are cut off or that no window sees; batches of one tile and of more; groups.
  static let tinyShapes: [Oracle.Window] = [
    .init(17, 9, 2, 2, filters: 18, kernel: (3, 3), pad: (1, 1)),
    .init(3, 33, 1, 1, filters: 5, kernel: (3, 3), pad: (1, 1)),
    .init(1, 40, 1, 1, filters: 33, kernel: (1, 1)),
    .init(30, 100, 2, 2, filters: 40, kernel: (3, 3), pad: (1, 1)),  // more than one block along k
    .init(4, 6, 4, 4, filters: 17, kernel: (4, 4)),  // one window
    .init(5, 7, 2, 3, filters: 4, kernel: (5, 3), pad: (2, 1)),
    .init(2, 3, 3, 2, filters: 16, kernel: (3, 3), stride: (2, 2), pad: (1, 1)),
    .init(2, 5, 3, 3, filters: 6, kernel: (3, 3), stride: (2, 1), pad: (2, 2), dilation: (2, 2)),
    .init(2, 4, 5, 4, filters: 3, kernel: (3, 3), pad: (-1, 0)),
    .init(3, 2, 3, 4, filters: 2, kernel: (2, 3), stride: (2, 3), pad: (0, 1)),
    .init(6, 12, 2, 2, filters: 34, kernel: (3, 3), pad: (1, 1), groups: 2),
  ]

  private func plan(_ kernels: Kernels, _ shape: Conv2DShape, _ algorithms: Conv2DAlgorithms) -> Conv2DPlan? {
    try? Conv2DPlan(kernels, shape, algorithms: algorithms)
  }

  private func forward(
    _ plan: Conv2DPlan, _ d: ConvTests.Data, packed: PackedConv2DWeight? = nil
  ) throws -> [Float] {
    var y = [Float](repeating: .nan, count: plan.shape.outputCount)
    try plan.forward(
      batch: plan.shape.batch, d.x.span, weight: d.w.span, packed: packed, bias: d.bias.span, into: y.mutableSpan,
      workspace: Workspace())
    return y
  }

  private func gradients(_ plan: Conv2DPlan, _ d: ConvTests.Data, dy: [Float]? = nil) throws -> (
    dx: [Float], dw: [Float]
  ) {
    let dy = dy ?? d.dy
    var (dx, dw) = (d.x.map { _ in Float.nan }, d.w.map { _ in Float.nan })
    try plan.backward(
      batch: plan.shape.batch, dy.span, x: d.x.span, weight: d.w.span, dx: dx.mutableSpan,
      dWeight: dw.mutableSpan, dBias: nil)
    return (dx, dw)
  }

  /// The algorithms that there are for a pass at full precision.
  static let images: [Conv2DAlgorithm] = [.direct, .winograd, .depthwise, .matrix]
  static let forwards: [Conv2DAlgorithm] = images + [.pointwise]
  static let weights: [Conv2DAlgorithm] = [.direct, .winograd, .sparse, .singleChannel, .depthwise, .matrix]

  /// What each must support, of the shapes above.
  private func supports(_ algorithm: Conv2DAlgorithm, _ s: Oracle.Window) -> Bool {
    guard s.isDepthwise == (algorithm == .depthwise) else { return false }
    let dense = s.dilationHeight == 1 && s.dilationWidth == 1
    let square = s.kernelHeight == s.kernelWidth && s.strideHeight == 1 && s.strideWidth == 1 && dense
    return switch algorithm {
    case .sparse: dense
    case .pointwise:
      s.kernelHeight * s.kernelWidth == 1 && s.strideHeight * s.strideWidth == 1 && s.padHeight == 0 && s.padWidth == 0
    case .winograd: square && s.kernelWidth == 3
    case .matrix: s.height * s.width * s.outHeight * s.outWidth <= 1024
    case .singleChannel:
      square && s.channels == 1 && [3, 5].contains(s.kernelWidth) && s.outHeight % 2 == 0 && s.outWidth % 2 == 0
    default: true
    }
  }

  /// Every kind of kernels makes the same bits of a pass, close to the oracle's; a shape that is not supported has no plan.
  ///
  /// - Returns: the result; nil where the shape is not supported.
  @discardableResult
  private func check(
    _ algorithms: Conv2DAlgorithms, _ algorithm: Conv2DAlgorithm, _ s: Oracle.Window, _ expected: [Double],
    tolerance: (Int) -> Double, by compute: (Conv2DPlan) throws -> [Float]
  ) throws -> [Float]? {
    guard supports(algorithm, s) else {
      #expect(plan(Kernels(), s.conv, algorithms) == nil)
      return nil
    }
    var first: [Float]?
    for kernels in Kernels.everyKind {
      let made = try #require(plan(kernels, s.conv, algorithms))
      #expect([made.algorithms.forward, made.algorithms.weights, made.algorithms.input].contains(algorithm))
      let result = try compute(made)
      expectClose(result, expected, tolerance: tolerance, "\(algorithm), \(s)")
      expectSameBits(result, first ?? result, "\(algorithm), \(kernels.testDescription), \(s)")
      first = result
    }
    return first
  }

  /// The bound for sums of so many products. Winograd's sums of pixels may be four times as large as a pixel, and those of
  /// taps as a tap.
  private func bound(_ products: Int, _ algorithm: Conv2DAlgorithm) -> (relative: Double, absolute: Double) {
    let steps = Double(products) + (algorithm == .winograd ? 16 : 0)
    return (steps * 0x1p-24, algorithm == .winograd ? 0x1p-20 : 0)
  }

  @Test func whatWasPackedForAnotherConvolutionIsRefused() throws {
    let shape = Self.shapes[0].conv
    var (wider, other) = (shape, shape)
    (wider.batch, other.padding) = (shape.batch + 3, 2)
    let plan = try Conv2DPlan(Kernels(threads: 1), shape)
    let data = ConvTests.Data(Self.shapes[0])
    #expect(throws: KernelError.invalid(kernel: "conv2d forward", reason: "the weight was packed for another plan")) {
      try forward(plan, data, packed: Conv2DPlan(Kernels(), other).pack(weight: data.w.span))
    }
    #expect(throws: KernelError.self) { try plan.pack(weight: data.x.span) }
    let packed = try Conv2DPlan(Kernels(threads: 2), wider).pack(weight: data.w.span)
    expectSameBits(try forward(plan, data, packed: packed), try forward(plan, data), "packed for a larger batch")
  }

  @Test func packedWeightsReplaceThePlainOnes() throws {
    for precision in [Precision.highest, .medium] {
      for s in Self.shapes {
        let (plan, data) = (try Conv2DPlan(Kernels(precision: precision), s.conv), ConvTests.Data(s))
        let packed = try plan.pack(weight: data.w.span)
        #expect(packed.replacesWeight)
        var y = [Float](repeating: 0, count: s.conv.outputCount)
        let workspace = Workspace(bytes: plan.packedWorkspaceBytes)
        try plan.forward(
          batch: plan.shape.batch, data.x.span, weight: nil, packed: packed, bias: data.bias.span, into: y.mutableSpan,
          workspace: workspace)
        expectSameBits(y, try forward(plan, data), "\(precision.rawValue), \(s)")
        #expect(workspace.bytes <= plan.packedWorkspaceBytes)
      }
    }
    let (plan, data) = (try Conv2DPlan(Kernels(), Self.shapes[0].conv), ConvTests.Data(Self.shapes[0]))
    #expect(throws: KernelError.invalid(kernel: "conv2d forward", reason: "it needs the weight")) {
      var y = [Float](repeating: 0, count: plan.shape.outputCount)
      try plan.forward(batch: plan.shape.batch, data.x.span, weight: nil, bias: nil, into: y.mutableSpan)
    }
  }

  @Test(arguments: forwards) func forwardAgreesWithDouble(_ algorithm: Conv2DAlgorithm) throws {
    for s in Self.shapes {
      let data = ConvTests.Data(s)
      let expected = Oracle.convolution(s, data.x.doubles, data.w.doubles, data.bias.doubles)
      let size = Oracle.convolution(
        s, data.x.doubles.map(abs), data.w.doubles.map(abs), data.bias.doubles.map(abs))
      let bound = bound(s.channels / s.groups * s.kernelHeight * s.kernelWidth + 1, algorithm)
      let y = try check(
        .init(forward: algorithm), algorithm, s, expected,
        tolerance: { bound.relative * size[$0] + bound.absolute },
        by: {
          let y = try forward($0, data)
          let packed = try forward($0, data, packed: $0.pack(weight: data.w.span))
          expectSameBits(packed, y, "\(algorithm), packed before, \(s)")
          return y
        })
      if algorithm == .pointwise, let y {
        let direct = try Conv2DPlan(Kernels(), s.conv, algorithms: .init(forward: .direct))
        expectSameBits(y, try forward(direct, data), "pointwise and direct, \(s)")
      }
    }
  }

  @Test(arguments: images) func theInputsGradientAgreesWithDouble(_ algorithm: Conv2DAlgorithm) throws {
    for s in Self.shapes {
      let data = ConvTests.Data(s)
      let expected = Oracle.convolutionGradients(s, data.x.doubles, data.w.doubles, data.dy.doubles).dx
      let size = Oracle.convolutionGradients(
        s, data.x.doubles.map(abs), data.w.doubles.map(abs), data.dy.doubles.map(abs)
      ).dx
      let bound = bound(s.filters / s.groups * s.kernelHeight * s.kernelWidth, algorithm)
      try check(
        .init(input: algorithm), algorithm, s, expected, tolerance: { bound.relative * size[$0] + bound.absolute },
        by: { try gradients($0, data).dx })
    }
  }

  /// Half of the output gradients are zero, as after a ReLU. The sparse gradient has the bits of the direct one.
  @Test(arguments: weights) func theWeightsGradientAgreesWithDouble(_ algorithm: Conv2DAlgorithm) throws {
    for s in Self.shapes {
      let data = ConvTests.Data(s)
      let dy = data.dy.map { max($0, 0) }
      let expected = Oracle.convolutionGradients(s, data.x.doubles, data.w.doubles, dy.doubles).dw
      let size = Oracle.convolutionGradients(s, data.x.doubles.map(abs), data.w.doubles.map(abs), dy.doubles).dw
      let pixels = Double(s.batch * s.outHeight * s.outWidth)
      // Winograd's products are of sums of four pixels and of four gradients.
      let absolute = algorithm == .winograd ? pixels * 0x1p-22 : 0
      let dw = try check(
        .init(weights: algorithm), algorithm, s, expected, tolerance: { pixels * 0x1p-24 * size[$0] + absolute },
        by: { try gradients($0, data, dy: dy).dw })
      if algorithm == .sparse, let dw {
        let direct = try Conv2DPlan(Kernels(), s.conv, algorithms: .init(weights: .direct))
        expectSameBits(dw, try gradients(direct, data, dy: dy).dw, "sparse and direct, \(s)")
      }
    }
  }

  /// So many images that those of one part are multiplied in several groups.
  @Test func theWeightsGradientOfManyImages() throws {
    let s = Oracle.Window(120, 8, 6, 5, filters: 250, kernel: (3, 3), pad: (1, 1))
    let data = ConvTests.Data(s)
    func gradient(_ algorithm: Conv2DAlgorithm) throws -> [Float] {
      try gradients(Conv2DPlan(Kernels(), s.conv, algorithms: .init(weights: algorithm)), data).dw
    }
    // 3,600 products of numbers below 1, added up in two orders.
    try expectClose(gradient(.winograd), gradient(.direct).doubles, tolerance: 3_600 * 0x1p-22)
  }

  /// What a layer of the book's networks takes when it is left to the kernels.
  @Test func theQuickestIsChosen() throws {
    func chosen(
      _ channels: Int, _ side: Int, _ filters: Int, _ kernel: Int, _ postOp: Conv2DPostOp, groups: Int = 1
    ) throws -> Conv2DAlgorithms {
      let shape = Conv2DShape(
        batch: 100, channels: channels, input: Size2D(side), filters: filters, kernel: Size2D(kernel),
        padding: kernel == 3 ? 1 : 0, groups: groups, postOp: postOp)
      return try Conv2DPlan(Kernels(), shape).algorithms
    }
    #expect(
      try chosen(1, 28, 30, 5, .reluMaxPool) == .init(forward: .direct, weights: .singleChannel, input: .direct))
    #expect(try chosen(16, 28, 16, 3, .reluMaxPool) == .init(forward: .winograd, weights: .sparse, input: .winograd))
    #expect(try chosen(32, 14, 32, 3, .relu) == .init(forward: .winograd, weights: .sparse, input: .winograd))
    #expect(try chosen(32, 14, 32, 3, .batchNorm) == .init(forward: .winograd, weights: .winograd, input: .winograd))
    #expect(try chosen(3, 32, 32, 3, .batchNorm) == .init(forward: .direct, weights: .direct, input: .winograd))
    #expect(try chosen(32, 14, 32, 3, .addReLU) == .init(forward: .winograd, weights: .sparse, input: .winograd))
    #expect(try chosen(3, 32, 32, 3, .none) == .init(forward: .direct, weights: .direct, input: .winograd))
    #expect(
      try chosen(64, 32, 64, 3, .relu, groups: 64)
        == .init(forward: .depthwise, weights: .depthwise, input: .depthwise))
    #expect(
      try chosen(32, 32, 64, 1, .relu) == .init(forward: .pointwise, weights: .direct, input: .direct))
    let matrix = Conv2DAlgorithms(forward: .matrix, weights: .matrix, input: .matrix)
    for postOp in [Conv2DPostOp.none, .reluMaxPool, .batchNorm, .addReLU] {
      #expect(try chosen(512, 2, 512, 3, postOp) == matrix)
    }
    #expect(try chosen(512, 1, 512, 3, .relu) == matrix)
    #expect(try chosen(128, 1, 32, 1, .relu) == matrix)
    #expect(try chosen(16, 5, 120, 5, .relu) == matrix)
    #expect(try chosen(256, 2, 256, 3, .relu, groups: 4) == matrix)
    #expect(try chosen(512, 4, 512, 3, .relu).forward == .winograd)
    #expect(
      try chosen(64, 14, 64, 3, .relu, groups: 2) == .init(forward: .winograd, weights: .sparse, input: .winograd))
  }

  @Test func whatIsNotSupportedIsRefused() {
    let strided = Conv2DShape(batch: 1, channels: 2, input: 9, filters: 3, kernel: 3, stride: 2)
    let error = #expect(throws: KernelError.self) {
      try Conv2DPlan(Kernels(instructionSet: .portable), strided, algorithms: .init(forward: .winograd))
    }
    #expect(
      error?.description
        == "conv2d: winograd forward, automatic for weights, automatic for the input: not all of them support 3×3 kernels "
        + "with stride 2×2 and 2 channels on portable")
    for algorithms: Conv2DAlgorithms in [
      .init(forward: .sparse), .init(weights: .winograd), .init(weights: .singleChannel), .init(weights: .amx),
      .init(input: .winograd), .init(input: .singleChannel), .init(forward: .depthwise), .init(weights: .depthwise),
      .init(forward: .matrix), .init(weights: .matrix), .init(input: .matrix),
      .init(forward: .amxBatch), .init(weights: .amxBatch), .init(input: .amxBatch),
    ] {
      #expect(throws: KernelError.self) { try Conv2DPlan(Kernels(), strided, algorithms: algorithms) }
    }
    let depthwise = Conv2DShape(batch: 1, channels: 2, input: 9, filters: 4, kernel: 3, dilation: 2, groups: 2)
    let another = #expect(throws: KernelError.self) {
      try Conv2DPlan(Kernels(instructionSet: .portable), depthwise, algorithms: .init(input: .direct))
    }
    #expect(
      another?.description
        == "conv2d: automatic forward, automatic for weights, direct for the input: not all of them support 3×3 kernels "
        + "with stride 1×1, dilation 2×2 and 2 channels in 2 groups on portable")
  }

  /// One of the two gradients is computed image by image and the other of all images together: each has the bits that it
  /// has when it is asked for alone.
  @Test(arguments: [Conv2DPostOp.none, .relu, .addReLU, .activation(.silu), .addActivation(.silu)])
  func gradientsOfDifferentKindsGoTogether(_ postOp: Conv2DPostOp) throws {
    let s = Oracle.Window(17, 9, 2, 2, filters: 18, kernel: (3, 3), pad: (1, 1))
    let data = ConvTests.Data(s)
    var shape = s.conv
    shape.postOp = postOp
    let kept = data.dy.map { max(-$0, 0) }
    for algorithms: Conv2DAlgorithms in [
      .init(weights: .matrix, input: .direct), .init(weights: .direct, input: .matrix),
      .init(weights: .sparse, input: .matrix), .init(weights: .matrix, input: .winograd),
    ] {
      let plan = try Conv2DPlan(Kernels(threads: 2), shape, algorithms: algorithms)
      var (dx, dw, db) = (data.x, data.w, data.bias)
      if case .addActivation(let activation) = postOp {
        var (sum, expected) = (data.dy, data.dy)
        try plan.backward(
          batch: s.batch, data.dy.span, x: data.x.span, weight: data.w.span, kept: kept.span, dx: dx.mutableSpan,
          dWeight: dw.mutableSpan, dBias: db.mutableSpan, dShortcut: sum.mutableSpan)
        try Kernels(threads: 2).activationBackward(
          activation, data.dy.span, x: kept.span, y: kept.span, into: expected.mutableSpan)
        expectSameBits(sum, expected, "\(algorithms), the shortcut")
      } else {
        try plan.backward(
          batch: s.batch, data.dy.span, x: data.x.span, weight: data.w.span, kept: kept.span, dx: dx.mutableSpan,
          dWeight: dw.mutableSpan, dBias: db.mutableSpan)
      }
      var (dx2, dw2, db2) = (data.x, data.w, data.bias)
      try plan.backward(
        batch: s.batch, data.dy.span, x: data.x.span, weight: data.w.span, kept: kept.span, dx: dx2.mutableSpan,
        dWeight: nil, dBias: nil)
      try plan.backward(
        batch: s.batch, data.dy.span, x: data.x.span, weight: data.w.span, kept: kept.span, dx: nil,
        dWeight: dw2.mutableSpan, dBias: db2.mutableSpan)
      expectSameBits(dx + dw + db, dx2 + dw2 + db2, "\(algorithms), \(postOp)")
    }
  }

  /// An image has the bits that it has in a batch, however long its sums are.
  @Test(arguments: [
    tinyShapes[0], tinyShapes[3], tinyShapes[4], tinyShapes[10],
    Oracle.Window(20, 1700, 2, 2, filters: 3, kernel: (3, 3), pad: (1, 1)),
    Oracle.Window(20, 3, 2, 2, filters: 1700, kernel: (3, 3), pad: (1, 1)),
  ])
  func anImageAloneHasTheBitsOfTheBatch(_ s: Oracle.Window) throws {
    let data = ConvTests.Data(s)
    let plan = try Conv2DPlan(Kernels(threads: 2), s.conv)
    #expect(plan.algorithms.forward == .matrix)
    var (y, dx) = (data.dy, data.x)
    try plan.forward(batch: s.batch, data.x.span, weight: data.w.span, bias: data.bias.span, into: y.mutableSpan)
    try plan.backward(
      batch: s.batch, data.dy.span, x: data.x.span, weight: data.w.span, dx: dx.mutableSpan, dWeight: nil, dBias: nil)
    for batch in [1, s.batch - 1] {
      var shape = s.conv
      shape.batch = batch
      var (some, someGradients) = (Array(y.suffix(shape.outputCount)), Array(dx.suffix(shape.inputCount)))
      let (expected, expectedGradients) = (some, someGradients)
      let (x, dy) = (Array(data.x.suffix(shape.inputCount)), Array(data.dy.suffix(shape.outputCount)))
      try plan.forward(batch: batch, x.span, weight: data.w.span, bias: data.bias.span, into: some.mutableSpan)
      try plan.backward(
        batch: batch, dy.span, x: x.span, weight: data.w.span, dx: someGradients.mutableSpan, dWeight: nil, dBias: nil)
      expectSameBits(some, expected, "y of \(batch), \(s)")
      expectSameBits(someGradients, expectedGradients, "dx of \(batch), \(s)")
    }
  }

  /// A plan serves any batch up to its own, with the bits of a plan for that batch.
  @Test(arguments: [
    Oracle.Window(5, 9, 10, 12, filters: 18, kernel: (3, 3), pad: (1, 1)),
    Oracle.Window(5, 9, 2, 2, filters: 18, kernel: (3, 3), pad: (1, 1)),
  ])
  func aPlanServesSmallerBatches(_ s: Oracle.Window) throws {
    let data = ConvTests.Data(s)
    let large = try Conv2DPlan(Kernels(threads: 2), s.conv)
    let workspace = Workspace()
    for batch in [0, 1, 3, 5] {
      var shape = s.conv
      shape.batch = batch
      let own = try Conv2DPlan(Kernels(threads: 2), shape)
      let (x, dy) = (Array(data.x.prefix(shape.inputCount)), Array(data.dy.prefix(shape.outputCount)))
      var results: [[Float]] = []
      for plan in [large, own] {
        var (y, dx, dw, db) = (dy, x, data.w, data.bias)
        try plan.forward(
          batch: batch, x.span, weight: data.w.span, bias: data.bias.span, into: y.mutableSpan, workspace: workspace)
        try plan.backward(
          batch: batch, dy.span, x: x.span, weight: data.w.span, dx: dx.mutableSpan, dWeight: dw.mutableSpan,
          dBias: db.mutableSpan, workspace: workspace)
        results.append(y + dx + dw + db)
      }
      expectSameBits(results[0], results[1], "\(batch) images")
    }
    var y: [Float] = []
    let error = #expect(throws: KernelError.self) {
      try large.forward(batch: 6, data.x.span, weight: data.w.span, bias: nil, into: y.mutableSpan)
    }
    #expect(error?.description == "conv2d forward: 6 images, but the plan is for 5 at most")
  }
}
