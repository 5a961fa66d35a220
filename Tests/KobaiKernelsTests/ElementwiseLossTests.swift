import KobaiKernels
import TestSupport
import Testing

@Suite("Losses element by element")
struct ElementwiseLossTests {
  static let losses: [ElementwiseLoss] = [
    .squaredError, .absoluteError, .huber(delta: 0.4), .huber(delta: 3), .binaryCrossEntropy,
  ]
  static let sizes = [(1, 1), (3, 5), (7, 16), (2, 1025), (1, 40), (40, 1)]

  /// The loss of an element in Double, and its derivative.
  private func oracle(_ loss: ElementwiseLoss, _ x: Double, _ t: Double, w: Double) -> (loss: Double, slope: Double) {
    let d = x - t
    switch loss {
    case .squaredError: return (d * d, 2 * d)
    case .absoluteError: return (abs(d), d > 0 ? 1 : d < 0 ? -1 : 0)
    case .huber(let delta):
      let delta = Double(delta)
      return abs(d) <= delta ? (d * d / 2, d) : (delta * (abs(d) - delta / 2), d > 0 ? delta : -delta)
    case .binaryCrossEntropy:
      let (above, below) = (Oracle.log(1 + Oracle.exp(x)), Oracle.log(1 + Oracle.exp(-x)))
      return ((1 - t) * above + w * t * below, (1 - t) * Oracle.sigmoid(x) - w * t * Oracle.sigmoid(-x))
    }
  }

  @Test("values and gradients are Double's, on every instruction set", arguments: InstructionSet.supported, losses)
  func agreesWithDouble(_ isa: InstructionSet, _ loss: ElementwiseLoss) throws {
    let kernels = Kernels(instructionSet: isa, threads: 2)
    for (rows, columns) in Self.sizes {
      for isWeighted in [false, true] {
        var random = TestRandom(7)
        let x = random.floats(rows * columns).map { 4 * $0 }
        let t = random.floats(x.count).map(abs)
        let weights = random.floats(rows).map { abs($0) + 0.1 }
        let positive = random.floats(columns).map { abs($0) + 0.5 }
        let hasPositive = isWeighted && loss == .binaryCrossEntropy
        var dx = [Float](repeating: .nan, count: x.count)
        let value = try kernels.elementwiseLoss(
          loss, rows: rows, columns: columns, x.span, targets: t.span, divisor: 3,
          rowWeights: isWeighted ? weights.span : nil, positiveWeights: hasPositive ? positive.span : nil,
          dx: dx.mutableSpan)
        let alone = try kernels.elementwiseLoss(
          loss, rows: rows, columns: columns, x.span, targets: t.span, divisor: 3,
          rowWeights: isWeighted ? weights.span : nil, positiveWeights: hasPositive ? positive.span : nil)
        #expect(value == alone)
        var (sum, slopes) = (0.0, [Double]())
        for i in x.indices {
          let weight = isWeighted ? Double(weights[i / columns]) : 1
          let one = oracle(
            loss, Double(x[i]), Double(t[i]), w: hasPositive ? Double(positive[i % columns]) : 1)
          sum += weight * one.loss / 3
          slopes.append(weight * one.slope / 3)
        }
        #expect(abs(Double(value) - sum) <= 1e-6 * sum, "\(loss), \(rows)×\(columns)")
        expectClose(dx, slopes, tolerance: { 3e-7 * abs(slopes[$0]) + 1e-7 }, "\(loss), \(rows)×\(columns)")
      }
    }
  }

  @Test("an absolute error of 0 has no slope", arguments: InstructionSet.supported)
  func noErrorHasNoSlope(_ isa: InstructionSet) throws {
    for loss in [.absoluteError, .squaredError, .huber(delta: 1)] as [ElementwiseLoss] {
      let x: [Float] = [2, -1, 0, 7, 3]
      var dx = [Float](repeating: 9, count: 5)
      let value = try Kernels(instructionSet: isa).elementwiseLoss(
        loss, rows: 1, columns: 5, x.span, targets: [2, -1, 0, 7, 2.5].span, dx: dx.mutableSpan)
      #expect(value > 0 && dx[..<4] == [0, 0, 0, 0] && dx[4] > 0, "\(loss)")
    }
  }

  @Test("of logits that are sure, no digit is lost", arguments: InstructionSet.supported)
  func sureLogits(_ isa: InstructionSet) throws {
    let kernels = Kernels(instructionSet: isa)
    for (x, t) in [(-30, 0), (30, 1), (-12, 0), (100, 0), (-100, 1), (-8.5, 0.25)] as [(Float, Float)] {
      var dx: [Float] = [0]
      let loss = try kernels.elementwiseLoss(
        .binaryCrossEntropy, rows: 1, columns: 1, [x].span, targets: [t].span, dx: dx.mutableSpan)
      let (xd, td) = (Double(x), Double(t))
      // log(1 + e) = e for the small ones in Double, too, to all digits of a float.
      func softplus(_ v: Double) -> Double { v < -15 ? Oracle.exp(v) : Oracle.log(1 + Oracle.exp(v)) }
      let right = (1 - td) * softplus(xd) + td * softplus(-xd)
      #expect(abs(Double(loss) - right) <= 1e-6 * right, "\(x), \(t)")
      let slope = (1 - td) * Oracle.sigmoid(xd) - td * Oracle.sigmoid(-xd)
      #expect(abs(Double(dx[0]) - slope) <= 1e-6 * abs(slope), "\(x), \(t)")
    }
    for loss in Self.losses {
      let broken = try kernels.elementwiseLoss(loss, rows: 1, columns: 2, [.nan, 0].span, targets: [0, 0].span)
      #expect(broken.isNaN)
    }
  }

  @Test("the same bits on every thread and instruction set", arguments: losses)
  func hasTheSameBitsEverywhere(_ loss: ElementwiseLoss) throws {
    var random = TestRandom(11)
    let (rows, columns) = (9, 5003)
    let (x, t) = (random.floats(rows * columns).map { $0 * 9 }, random.floats(rows * columns).map(abs))
    let weights = random.floats(rows).map(abs)
    var first: (value: [Float], gradients: [Float])?
    for kernels in Kernels.everyKind {
      var (dx, weighted) = (x, x)
      let values = [
        try kernels.elementwiseLoss(
          loss, rows: rows, columns: columns, x.span, targets: t.span, dx: dx.mutableSpan),
        try kernels.elementwiseLoss(
          loss, rows: rows, columns: columns, x.span, targets: t.span, rowWeights: weights.span,
          dx: weighted.mutableSpan),
      ]
      if let first {
        #expect(values == first.value, "\(kernels)")
        expectSameBits(dx + weighted, first.gradients, "\(kernels)")
      } else {
        first = (values, dx + weighted)
      }
    }
  }

  @Test("what does not fit is named") func misfits() {
    let error = #expect(throws: KernelError.self) {
      _ = try Kernels().elementwiseLoss(
        .squaredError, rows: 1, columns: 2, [0, 0].span, targets: [0, 0].span, positiveWeights: [1, 1].span)
    }
    #expect(error?.description == "elementwise loss: only binary cross-entropy has positive weights")
    #expect(throws: KernelError.count(kernel: "elementwise loss", argument: "rowWeights", needed: 2, given: 1)) {
      _ = try Kernels().elementwiseLoss(
        .huber(delta: 1), rows: 2, columns: 1, [0, 0].span, targets: [0, 0].span, rowWeights: [1].span)
    }
  }
}
