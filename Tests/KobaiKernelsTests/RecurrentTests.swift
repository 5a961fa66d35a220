import KobaiKernels
import TestSupport
import Testing

/// What walks from step to step; the layers' tests compare all gradients.
@Suite struct RecurrentTests {
  struct Data {
    let shape: RecurrentShape
    let isLSTM: Bool
    let projected: [Float], weight: [Float], bias: [Float], dy: [Float]
    var gates: Int { isLSTM ? 4 : 3 }

    init(_ isLSTM: Bool, _ shape: RecurrentShape) {
      (self.shape, self.isLSTM) = (shape, isLSTM)
      let (gates, count) = (isLSTM ? 4 : 3, shape.batch * shape.steps)
      var random = TestRandom(89)
      projected = random.floats(count * gates * shape.hidden)
      weight = random.floats(gates * shape.hidden * shape.hidden).map { $0 * 0.5 }
      bias = random.floats(gates * shape.hidden)
      dy = random.floats(count * shape.outputs)
    }

    /// The states, from projected gates: inputs that an identity matrix has multiplied.
    func oracle() -> [Double] {
      let inputs = gates * shape.hidden
      let identity = (0..<inputs * inputs).map { $0 / inputs == $0 % inputs ? 1.0 : 0 }
      return Oracle.Recurrent(
        isLSTM: isLSTM, batch: shape.batch, steps: shape.steps, inputs: inputs, hidden: shape.hidden,
        reverse: shape.reverse
      ).states(projected.doubles, identity, weight.doubles, nil, bias.doubles)
    }
  }

  private func run(_ kernels: Kernels, _ d: Data) throws -> [[Float]] {
    let s = d.shape
    let zeros = [Float](repeating: 0, count: s.batch * s.steps * s.hidden)
    var (gates, previous, states) = (d.projected, zeros, zeros)
    var y = [Float](repeating: 7, count: d.dy.count)
    var (dGates, dHiddenGates) = (d.projected, d.projected)
    if d.isLSTM {
      try kernels.lstmForward(
        s, gates: gates.mutableSpan, weight: d.weight.span, bias: d.bias.span, into: y.mutableSpan,
        previous: previous.mutableSpan, cells: states.mutableSpan)
      try kernels.lstmBackward(
        s, d.dy.span, weight: d.weight.span, gates: gates.span, cells: states.span, dGates: dGates.mutableSpan)
    } else {
      try kernels.gruForward(
        s, gates: gates.mutableSpan, weight: d.weight.span, bias: d.bias.span, into: y.mutableSpan,
        previous: previous.mutableSpan, candidates: states.mutableSpan)
      try kernels.gruBackward(
        s, d.dy.span, weight: d.weight.span, previous: previous.span, gates: gates.span, candidates: states.span,
        dGates: dGates.mutableSpan, dHiddenGates: dHiddenGates.mutableSpan)
    }
    return [y, previous, gates, states, dGates, dHiddenGates]
  }

  static let sizes = [(1, 1, 1), (3, 5, 15), (2, 4, 16), (5, 3, 17), (33, 6, 40)]

  @Test(arguments: InstructionSet.supported, sizes)
  func agreesWithDouble(_ isa: InstructionSet, _ size: (batch: Int, steps: Int, hidden: Int)) throws {
    for (isLSTM, reverse) in [(true, false), (true, true), (false, false), (false, true)] {
      let (hidden, outputs) = (size.hidden, size.hidden + 3)
      let shape = RecurrentShape(
        batch: size.batch, steps: size.steps, hidden: hidden, reverse: reverse, outputs: outputs, firstOutput: 2)
      let d = Data(isLSTM, shape)
      let results = try run(Kernels(instructionSet: isa, threads: 2), d)
      let states = results[0].indices.filter { (2..<2 + hidden).contains($0 % outputs) }.map { results[0][$0] }
      expectClose(states, d.oracle(), tolerance: 2e-6, isLSTM ? "lstm" : "gru")
      #expect(results[0].indices.allSatisfy { (2..<2 + hidden).contains($0 % outputs) || results[0][$0] == 7 })
      // The states before each step are those of the step before it.
      for sample in 0..<size.batch {
        for step in 0..<size.steps {
          let before = reverse ? step + 1 : step - 1
          let known = results[1][(sample * size.steps + step) * hidden]
          let state = (0..<size.steps).contains(before) ? states[(sample * size.steps + before) * hidden] : 0
          #expect(known == state)
        }
      }
    }
  }

  @Test(arguments: [true, false])
  func hasTheSameBitsEverywhere(_ isLSTM: Bool) throws {
    let d = Data(isLSTM, RecurrentShape(batch: 64, steps: 5, hidden: 50, reverse: true))
    var first: [[Float]]?
    for kernels in Kernels.everyKind {
      let results = try run(kernels, d)
      for (a, b) in zip(results, first ?? results) { expectSameBits(a, b, "\(kernels)") }
      first = first ?? results
    }
  }

  @Test func namesWhatIsWrong() {
    var y: [Float] = [0]
    let error = #expect(throws: KernelError.self) {
      var (gates, previous, cells) = (y, y, y)
      try Kernels().lstmForward(
        RecurrentShape(batch: 1, steps: 1, hidden: 2, outputs: 3, firstOutput: 2), gates: gates.mutableSpan,
        weight: [1].span, bias: nil, into: y.mutableSpan, previous: previous.mutableSpan, cells: cells.mutableSpan)
    }
    #expect(
      error?.description
        == "lstm forward: 1 sequences of 1 steps of 2, 3 outputs from 2 on: sizes must be positive and fit")
  }
}
