import Kobai
import TestSupport
import Testing

/// Layers over sequences: embeddings, LSTM and GRU.
@Suite struct SequenceTests {
  // MARK: Embedding

  @Test(arguments: LayerGradientTests.kernels)
  func embedding(_ kernels: Kernels) throws {
    let layers: Sequential = ["table": Embedding(5, 3)]
    let network = try Network(input: [4], batch: 2, layers, seed: 3, kernels: kernels, inputGradient: true)
    #expect(network.parameters.all.map(\.name) == ["table.weight"] && network.output == [4, 3])
    let index: [Float] = [0, 4, 4, 1, 2, 4, 0, 0]
    let y = try network.forward(Tensor([2, 4], index), .training(step: 0)).elements
    let table = network.parameters.all[0].value.elements
    expectSameBits(y, index.flatMap { i in (0..<3).map { table[Int(i) * 3 + $0] } })
    var random = TestRandom(7)
    let dy = random.floats(24)
    network.outputGradient.copy(from: Tensor([24], dy))
    try network.backward()
    var sums = [Double](repeating: 0, count: 15)
    for i in 0..<8 { for j in 0..<3 { sums[Int(index[i]) * 3 + j] += Double(dy[i * 3 + j]) } }
    expectClose(network.parameters.all[0].gradient.elements, sums, tolerance: 1e-6)
    #expect(try #require(network.inputGradient).elements.allSatisfy { $0 == 0 })
  }

  @Test func embeddingsFirstValuesAreStandardNormal() throws {
    let network = try Network(input: [1], batch: 1, ["table": Embedding(1000, 40)], seed: 1)
    let values = network.parameters.all[0].value.elements.doubles
    let square = values.reduce(0) { $0 + $1 * $1 } / 40_000
    #expect(abs(square - 1) < 5 * (2.0 / 40_000).squareRoot(), "\(square)")
  }

  @Test func anIndexOutsideTheTableIsNamed() throws {
    let network = try Network(input: [2, 2], batch: 1, ["words": Embedding(5, 3)])
    #expect(network.output == [2, 2, 3])
    let error = #expect(throws: KernelError.self) { try network.forward(Tensor([1, 2, 2], [0, 4, 5, 1])) }
    #expect(
      error?.description
        == "words: element 2 of its input is 5.0, no index into its table of 5 rows; they count from 0")
    #expect(buildError(Embedding(0, 3), input: [2]) == "layer: a table of 0×3: both must be positive")
    #expect(
      buildError(Embedding(1 << 25, 1), input: [2])
        == "layer: a float cannot tell 33554432 rows apart; there may be 16777216")
    #expect(
      buildError(Embedding(2, 2), input: [1, 2, 2])
        == "layer: an embedding needs one or two axes of indices, not 1×2×2")
  }

  // MARK: LSTM and GRU

  private static func spec(
    _ isLSTM: Bool, _ hidden: Int, layers: Int = 1, bias: Bool = true, dropout: Float = 0, bidirectional: Bool = false,
    returnsSequence: Bool = true
  ) -> any LayerSpec {
    isLSTM
      ? LSTM(
        hidden, layers: layers, bias: bias, dropout: dropout, bidirectional: bidirectional,
        returnsSequence: returnsSequence)
      : GRU(
        hidden, layers: layers, bias: bias, dropout: dropout, bidirectional: bidirectional,
        returnsSequence: returnsSequence)
  }

  /// The whole stack in Double; `p` are the parameters in their order.
  private static func oracle(
    isLSTM: Bool, batch: Int, steps: Int, inputs: Int, hidden: Int, layers: Int, directions: Int, bias: Bool,
    _ x: [Double], _ p: [[Double]]
  ) -> [Double] {
    var (x, inputs, first) = (x, inputs, 0)
    for _ in 0..<layers {
      let outputs = directions * hidden
      var y = [Double](repeating: 0, count: batch * steps * outputs)
      for direction in 0..<directions {
        let states = Oracle.Recurrent(
          isLSTM: isLSTM, batch: batch, steps: steps, inputs: inputs, hidden: hidden, reverse: direction == 1
        ).states(x, p[first], p[first + 1], bias ? p[first + 2] : nil, bias ? p[first + 3] : nil)
        for i in states.indices { y[i / hidden * outputs + direction * hidden + i % hidden] = states[i] }
        first += bias ? 4 : 2
      }
      (x, inputs) = (y, outputs)
    }
    return x
  }

  @Test(arguments: LayerGradientTests.kernels, [true, false])
  func recurrentLayers(_ kernels: Kernels, _ isLSTM: Bool) throws {
    for (hidden, layers, directions, bias) in [(3, 1, 1, true), (4, 2, 1, false), (2, 2, 2, true), (17, 1, 2, true)] {
      let (batch, steps, inputs) = (2, hidden == 17 ? 2 : 3, 3)
      let spec = Self.spec(isLSTM, hidden, layers: layers, bias: bias, bidirectional: directions == 2)
      try checkGradients(
        spec, input: [steps, inputs], batch: batch, kernels: kernels, tolerance: 6e-6
      ) { x, p in
        Self.oracle(
          isLSTM: isLSTM, batch: batch, steps: steps, inputs: inputs, hidden: hidden, layers: layers,
          directions: directions, bias: bias, x, p)
      }
    }
  }

  /// The last state is the last step's; going both ways, the other direction's is at the first step.
  @Test(arguments: LayerGradientTests.kernels, [true, false])
  func lastStateAlone(_ kernels: Kernels, _ isLSTM: Bool) throws {
    let spec = Self.spec(isLSTM, 2, layers: 2, bidirectional: true, returnsSequence: false)
    try checkGradients(spec, input: [3, 4], batch: 2, kernels: kernels, tolerance: 6e-6) { x, p in
      let all = Self.oracle(
        isLSTM: isLSTM, batch: 2, steps: 3, inputs: 4, hidden: 2, layers: 2, directions: 2, bias: true, x, p)
      let places = [8, 9, 2, 3, 20, 21, 14, 15]
      return places.map { all[$0] }
    }
  }

  /// Smaller batches, and one sample's outputs whatever else is in its batch.
  @Test(arguments: [true, false])
  func takesSmallerBatches(_ isLSTM: Bool) throws {
    var layers = Sequential()
    layers.append("layer", Self.spec(isLSTM, 5, layers: 2, bidirectional: true))
    let network = try Network(input: [4, 3], batch: 6, layers, seed: 1)
    var random = TestRandom(3)
    let x = Tensor([6, 4, 3], random.floats(72))
    let all = try network.forward(x).elements
    for count in [1, 4] {
      let some = try network.forward(x.prefix(count)).elements
      expectSameBits(some, Array(all[..<some.count]))
    }
  }

  @Test func dropoutLiesBetweenLayersWhileTraining() throws {
    func outputs(_ dropout: Float, _ mode: Mode) throws -> [Float] {
      let layers: Sequential = ["layer": GRU(8, layers: 2, dropout: dropout)]
      let network = try Network(input: [4, 3], batch: 2, layers, seed: 1)
      return try network.forward(Tensor([2, 4, 3], (0..<24).map { Float($0) / 24 }), mode).elements
    }
    #expect(try outputs(0.5, .inference) == outputs(0, .inference))
    #expect(try outputs(0.5, .training(step: 0)) != outputs(0, .training(step: 0)))
    #expect(try outputs(0.5, .training(step: 0)) != outputs(0.5, .training(step: 1)))
  }

  @Test func parametersArePyTorchs() throws {
    let layers: Sequential = ["lstm": LSTM(5, layers: 2, bidirectional: true), "gru": GRU(2, bias: false)]
    let network = try Network(input: [4, 3], batch: 1, layers)
    #expect(network.summary.map(\.output) == [[4, 10], [4, 2]])
    let names = ["", "_reverse"].flatMap { suffix in
      ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].map { ($0, suffix) }
    }
    #expect(
      network.parameters.all.map(\.name)
        == [0, 1].flatMap { l in names.map { "lstm.\($0.0)_l\(l)\($0.1)" } } + ["gru.weight_ih_l0", "gru.weight_hh_l0"])
    #expect(
      network.parameters.all.map(\.value.shape).prefix(9) == [
        [20, 3], [20, 5], [20], [20], [20, 3], [20, 5], [20], [20], [20, 10],
      ])
    let bound = 1 / Float(5).squareRoot()
    for parameter in network.parameters.all.prefix(16) {
      #expect(parameter.value.elements.allSatisfy { abs($0) <= bound }, "\(parameter.name)")
      #expect(parameter.value.elements.contains { abs($0) > bound / 2 }, "\(parameter.name)")
      #expect(parameter.decays == parameter.name.contains("weight"))
    }
  }

  @Test func errorsNameTheLayer() {
    #expect(buildError(LSTM(3), input: [4]) == "layer: a sequence is (steps, features), not 4")
    #expect(
      buildError(GRU(0), input: [4, 2]) == "layer: 1 layers of 0 hidden elements: both must be positive")
    #expect(
      buildError(LSTM(2, layers: 2, dropout: 1), input: [4, 2]) == "layer: dropout rate 1.0 must be in 0 ..< 1")
  }
}
