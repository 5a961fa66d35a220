import KobaiKernels
import TestSupport
import Testing

@Suite struct LossTests {
  static let sizes = [(1, 1), (1, 10), (3, 16), (100, 10), (5, 17), (2, 1000)]

  @Test(arguments: InstructionSet.supported, sizes)
  func crossEntropyAgreesWithDouble(_ isa: InstructionSet, _ size: (rows: Int, columns: Int)) throws {
    let (rows, columns) = size
    let kernels = Kernels(instructionSet: isa, threads: 2)
    var random = TestRandom(41)
    let x = random.floats(rows * columns).map { $0 * 10 }
    let labels = (0..<rows).map { _ in Int32(random.index(below: columns)) }
    var oneHot = [Float](repeating: 0, count: rows * columns)
    for i in 0..<rows { oneHot[i * columns + Int(labels[i])] = 1 }
    let targets = random.floats(rows * columns).map { abs($0) }  // rows that do not sum to 1 are allowed, too

    func check(_ t: [Float], _ evaluate: (inout [Float]) throws -> Float) throws {
      var dx = [Float](repeating: .nan, count: x.count)
      let loss = try evaluate(&dx)
      let right = Oracle.crossEntropy(rows: rows, columns: columns, x.doubles, targets: t.doubles)
      #expect(abs(Double(loss) - right) <= 1e-6 * max(abs(right), 20), "loss \(loss), not \(right)")
      let gradient = Oracle.gradient(
        of: { Oracle.crossEntropy(rows: rows, columns: columns, $0, targets: t.doubles) }, at: x.doubles)
      // Central differences of a loss near 20 lose about 20 · 1e-16 / 1e-5 = 2e-10; the floats are the rest.
      let scale = max(Double(t.reduce(0, +)) / Double(rows), 1) / Double(rows)
      expectClose(dx, gradient, tolerance: 1e-9 + 3e-7 * scale)
    }
    try check(oneHot) {
      try kernels.softmaxCrossEntropy(
        rows: rows, columns: columns, x.span, labels: labels.span, dx: $0.mutableSpan)
    }
    try check(oneHot) {
      try kernels.softmaxCrossEntropy(
        rows: rows, columns: columns, x.span, targets: oneHot.span, dx: $0.mutableSpan)
    }
    try check(targets) {
      try kernels.softmaxCrossEntropy(
        rows: rows, columns: columns, x.span, targets: targets.span, dx: $0.mutableSpan)
    }
    let alone = try kernels.softmaxCrossEntropy(rows: rows, columns: columns, x.span, labels: labels.span)
    var dx = x
    let withGradient = try kernels.softmaxCrossEntropy(
      rows: rows, columns: columns, x.span, labels: labels.span, dx: dx.mutableSpan)
    #expect(alone == withGradient)
  }

  @Test(arguments: InstructionSet.supported)
  func crossEntropyHoldsAtTheEnds(_ isa: InstructionSet) throws {
    let kernels = Kernels(instructionSet: isa)
    var dx = [Float](repeating: 0, count: 2)
    let sure = try kernels.softmaxCrossEntropy(
      rows: 1, columns: 2, [1000, -1000].span, labels: [0].span, dx: dx.mutableSpan)
    #expect(sure == 0 && dx == [0, 0])
    let wrong = try kernels.softmaxCrossEntropy(
      rows: 1, columns: 2, [1000, -1000].span, labels: [1].span, dx: dx.mutableSpan)
    #expect(wrong == 2000 && dx == [1, -1])
    let broken = try kernels.softmaxCrossEntropy(rows: 1, columns: 2, [.nan, 0].span, labels: [1].span)
    #expect(!broken.isFinite)
  }

  @Test(arguments: InstructionSet.supported)
  func argmaxTakesTheFirstOfEquals(_ isa: InstructionSet) throws {
    var index: [Int32] = [9, 9, 9]
    try Kernels(instructionSet: isa).argmax(
      rows: 3, columns: 4, [1, 3, 2, 3, 0, 0, 0, 0, -5, -4, -3, -1].span, into: index.mutableSpan)
    #expect(index == [1, 0, 3])
  }

  @Test("logits far below zero, of fewer classes than lanes, are none the less", arguments: InstructionSet.supported)
  func farBelowZero(_ isa: InstructionSet) throws {
    for offset in [-150, -1000, -30_000] as [Float] {
      for columns in [3, 5, 17] {
        let x = (0..<2 * columns).map { offset + Float($0 % columns) }
        var dx = [Float](repeating: 9, count: x.count)
        let loss = try Kernels(instructionSet: isa).softmaxCrossEntropy(
          rows: 2, columns: columns, x.span, labels: [0, 1].span, dx: dx.mutableSpan)
        let sum = (0..<columns).reduce(0.0) { $0 + Oracle.exp(Double($1)) }
        #expect(abs(Double(loss) - (Oracle.log(sum) - 0.5)) < 1e-4, "\(columns) classes around \(offset)")
        #expect(abs(dx.reduce(0, +)) < 1e-6 && dx[0] < 0 && dx[columns + 1] < 0)
      }
    }
  }

  @Test func hasTheSameBitsEverywhere() throws {
    var random = TestRandom(53)
    let (rows, columns) = (999, 37)
    let (x, t) = (random.floats(rows * columns).map { $0 * 9 }, random.floats(rows * columns).map { abs($0) })
    let labels = (0..<rows).map { _ in Int32(random.index(below: columns)) }
    var first: (losses: [Float], gradients: [[Float]])?
    for kernels in Kernels.everyKind {
      var (a, b, c) = (x, x, x)
      let losses = [
        try kernels.softmaxCrossEntropy(rows: rows, columns: columns, x.span, labels: labels.span, dx: a.mutableSpan),
        try kernels.softmaxCrossEntropy(rows: rows, columns: columns, x.span, targets: t.span, dx: b.mutableSpan),
        try kernels.elementwiseLoss(
          .squaredError, rows: rows, columns: columns, x.span, targets: t.span, dx: c.mutableSpan),
      ]
      if let first {
        #expect(losses == first.losses, "\(kernels)")
        for (result, expected) in zip([a, b, c], first.gradients) { expectSameBits(result, expected, "\(kernels)") }
      } else {
        first = (losses, [a, b, c])
      }
    }
  }

  @Test func namesAWrongLabel() {
    let error = #expect(throws: KernelError.self) {
      _ = try Kernels().softmaxCrossEntropy(rows: 2, columns: 3, [0, 0, 0, 0, 0, 0].span, labels: [0, 3].span)
    }
    #expect(error?.description == "softmax cross-entropy: labels[1] is 3, not in 0 ..< 3")
  }
}
