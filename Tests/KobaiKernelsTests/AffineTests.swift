import KobaiKernels
import TestSupport
import Testing

@Suite struct AffineTests {
  static let sizes = [(1, 1, 1), (3, 5, 7), (1, 100, 17), (13, 784, 10), (20, 31, 33), (33, 400, 16)]

  @Test(arguments: InstructionSet.supported, sizes)
  func agreesWithDouble(_ isa: InstructionSet, _ size: (batch: Int, inputs: Int, outputs: Int)) throws {
    let (n, inputs, outputs) = size
    let kernels = Kernels(instructionSet: isa, threads: 2)
    var random = TestRandom(71)
    let (x, w, b) = (random.floats(n * inputs), random.floats(outputs * inputs), random.floats(outputs))
    let dy = random.floats(n * outputs)
    var y = dy
    try kernels.affineForward(
      batch: n, inputs: inputs, outputs: outputs, x.span, weight: w.span, bias: b.span, into: y.mutableSpan)
    let product = Oracle.product(
      m: n, n: outputs, k: inputs, transposeB: true, lda: inputs, ldb: inputs, x.doubles, w.doubles)
    expectClose(
      y, product.sum.indices.map { product.sum[$0] + Double(b[$0 % outputs]) },
      tolerance: { Double(inputs + 1) * 0x1p-24 * (product.magnitude[$0] + 1) }, "y")
    var (dx, dw, db) = (x, w, b)
    try kernels.affineBackward(
      batch: n, inputs: inputs, outputs: outputs, dy.span, x: x.span, weight: w.span, dx: dx.mutableSpan,
      dWeight: dw.mutableSpan, dBias: db.mutableSpan)
    let toX = Oracle.product(m: n, n: inputs, k: outputs, lda: outputs, ldb: inputs, dy.doubles, w.doubles)
    expectClose(dx, toX.sum, tolerance: { Double(outputs) * 0x1p-24 * toX.magnitude[$0] }, "dx")
    let toW = Oracle.product(
      m: outputs, n: inputs, k: n, transposeA: true, lda: outputs, ldb: inputs, dy.doubles, x.doubles)
    expectClose(dw, toW.sum, tolerance: { Double(n) * 0x1p-24 * toW.magnitude[$0] }, "dw")
    let toB = (0..<outputs).map { j in (0..<n).reduce(0.0) { $0 + Double(dy[$1 * outputs + j]) } }
    expectClose(db, toB, tolerance: Double(n * n) * 0x1p-24, "db")
    var plain = y
    try kernels.affineForward(
      batch: n, inputs: inputs, outputs: outputs, x.span, weight: w.span, bias: nil, into: plain.mutableSpan)
    try kernels.biasForward(rows: n, b.span, into: plain.mutableSpan)
    expectSameBits(plain, y, "the bias fused and apart")
  }

  /// The second size is one whose sum over k is cut into parts.
  @Test("a ReLU hides no number that is none", arguments: InstructionSet.supported, [40, 7000])
  func reluKeepsNaN(_ isa: InstructionSet, _ inputs: Int) throws {
    let kernels = Kernels(instructionSet: isa, threads: 2)
    for outputs in [1, 12, 33] {
      var x = [Float](repeating: 1, count: 3 * inputs)
      x[inputs + 7] = .nan
      let weight = [Float](repeating: -1, count: outputs * inputs)
      var y = [Float](repeating: 9, count: 3 * outputs)
      try kernels.affineForward(
        batch: 3, inputs: inputs, outputs: outputs, x.span, weight: weight.span, bias: nil, activation: .relu,
        into: y.mutableSpan)
      let nan = y.map(\.isNaN)
      #expect(nan == (0..<3 * outputs).map { $0 / outputs == 1 }, "\(outputs) outputs")
      #expect(y.filter { !$0.isNaN }.allSatisfy { $0 == 0 })
    }
  }

  /// The last size is one whose sum over k is cut into parts.
  @Test(arguments: InstructionSet.supported, sizes + [(10, 7000, 12)])
  func withAnActivationHasTheBitsOfSeparateKernels(
    _ isa: InstructionSet, _ size: (batch: Int, inputs: Int, outputs: Int)
  ) throws {
    let (n, inputs, outputs) = size
    var random = TestRandom(79)
    let (x, w, b) = (random.floats(n * inputs), random.floats(outputs * inputs), random.floats(outputs))
    let dy = random.floats(n * outputs)
    for (i, activation) in Activation.everyKind.enumerated() {
      let kernels = Kernels(instructionSet: isa, threads: i % 3 + 1)
      var (linear, y, derived) = (dy, dy, dy)
      try kernels.affineForward(
        batch: n, inputs: inputs, outputs: outputs, x.span, weight: w.span, bias: b.span, into: linear.mutableSpan)
      try kernels.activationForward(activation, linear.span, into: y.mutableSpan)
      try kernels.activationBackward(activation, dy.span, x: linear.span, y: y.span, into: derived.mutableSpan)
      var (dx, dw, db) = (x, w, b)
      try kernels.affineBackward(
        batch: n, inputs: inputs, outputs: outputs, derived.span, x: x.span, weight: w.span, dx: dx.mutableSpan,
        dWeight: dw.mutableSpan, dBias: db.mutableSpan)
      var (fused, kept, dx2, dw2, db2) = (dy, dy, x, w, b)
      try kernels.affineForward(
        batch: n, inputs: inputs, outputs: outputs, x.span, weight: w.span, bias: b.span, activation: activation,
        into: fused.mutableSpan)
      expectSameBits(fused, y, "y, \(activation)")
      if activation.keepsInput {
        try kernels.affineForward(
          batch: n, inputs: inputs, outputs: outputs, x.span, weight: w.span, bias: b.span, activation: activation,
          into: fused.mutableSpan, kept: kept.mutableSpan)
        expectSameBits(fused, y, "y where the input is kept, \(activation)")
      } else {
        kept = fused
      }
      try kernels.affineBackward(
        batch: n, inputs: inputs, outputs: outputs, dy.span, x: x.span, weight: w.span, activation: activation,
        kept: kept.span, dx: dx2.mutableSpan, dWeight: dw2.mutableSpan, dBias: db2.mutableSpan)
      expectSameBits(dx2 + dw2 + db2, dx + dw + db, "gradients, \(activation)")
    }
  }

  /// One row, a low tile, a high product, and a sum over k that is cut into parts; two blocks of k and a part of a strip.
  @Test(
    arguments: InstructionSet.supported, [(1, 400, 100), (5, 790, 33), (100, 790, 37), (40, 33, 2100), (10, 7000, 12)])
  func packedWeightsGiveTheSameBits(_ isa: InstructionSet, _ size: (batch: Int, inputs: Int, outputs: Int)) throws {
    let (n, inputs, outputs) = size
    var random = TestRandom(83)
    let (x, w, b) = (random.floats(n * inputs), random.floats(outputs * inputs), random.floats(outputs))
    for precision in [Precision.highest, .high, .medium] {
      for threads in 1...3 {
        let kernels = Kernels(instructionSet: isa, precision: precision, threads: threads)
        var (y, y2) = ([Float](repeating: 0, count: n * outputs), [Float](repeating: 7, count: n * outputs))
        try kernels.affineForward(
          batch: n, inputs: inputs, outputs: outputs, x.span, weight: w.span, bias: b.span, into: y.mutableSpan)
        let packed = try kernels.affinePack(inputs: inputs, outputs: outputs, weight: w.span)
        try kernels.affineForward(
          batch: n, inputs: inputs, outputs: outputs, x.span, weight: w.span, packed: packed, bias: b.span,
          into: y2.mutableSpan)
        expectSameBits(y2, y, "\(precision), \(threads) threads")
        guard precision == .highest else { continue }
        // The copy is what counts, not the weight beside it.
        try kernels.affineForward(
          batch: n, inputs: inputs, outputs: outputs, x.span, weight: w.reversed().span, packed: packed, bias: b.span,
          into: y2.mutableSpan)
        expectSameBits(y2, y, "another weight, \(threads) threads")
      }
    }
  }

  @Test func refusesAWeightThatWasPackedForOthers() throws {
    let packed = try Kernels(instructionSet: .portable).affinePack(
      inputs: 2, outputs: 3, weight: [1, 2, 3, 4, 5, 6].span)
    var y: [Float] = [0, 0]
    let error = #expect(throws: KernelError.self) {
      try Kernels(instructionSet: .portable).affineForward(
        batch: 1, inputs: 3, outputs: 2, [1, 2, 3].span, weight: [1, 2, 3, 4, 5, 6].span, packed: packed, bias: nil,
        into: y.mutableSpan)
    }
    #expect(
      error?.description
        == "affine forward: the packed weight is 2 to 3 for portable at highest, not 3 to 2 for portable at highest")
  }

  @Test func hasTheSameBitsEverywhere() throws {
    let (n, inputs, outputs) = (100, 784, 100)
    var random = TestRandom(73)
    let (x, w, b) = (random.floats(n * inputs), random.floats(outputs * inputs), random.floats(outputs))
    var first: [Float]?
    for kernels in Kernels.everyKind {
      var (y, dx, dw, db) = ([Float](repeating: 0, count: n * outputs), x, w, b)
      try kernels.affineForward(
        batch: n, inputs: inputs, outputs: outputs, x.span, weight: w.span, bias: b.span, into: y.mutableSpan)
      let dy = y
      try kernels.affineBackward(
        batch: n, inputs: inputs, outputs: outputs, dy.span, x: x.span, weight: w.span, dx: dx.mutableSpan,
        dWeight: dw.mutableSpan, dBias: db.mutableSpan)
      if let first { expectSameBits(y + dx + dw + db, first, "\(kernels)") } else { first = y + dx + dw + db }
    }
  }
}
