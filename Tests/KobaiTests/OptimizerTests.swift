import Kobai
import TestSupport
import Testing

@Suite struct OptimizerTests {
  /// One weight and one bias, both 1, whose gradients are set by hand.
  private func network() throws -> Network {
    let network = try Network(
      input: [1], batch: 1,
      ["a": Affine(1, initializer: .constant(1), biasInitializer: .constant(1))])
    for parameter in network.parameters.all { parameter.gradient.fill(0.5) }
    return network
  }

  private func after(_ optimizer: any Optimizer, steps: Int = 1) throws -> (weight: Float, bias: Float) {
    var optimizer = optimizer
    let network = try network()
    for _ in 0..<steps { try optimizer.step(network.parameters) }
    let values = network.parameters.all.map { $0.value.elements[0] }
    return (values[0], values[1])
  }

  /// Worked out by hand from the formulas in their files.
  @Test func takeTheStepsOfTheirFormulas() throws {
    #expect(try after(SGD(learningRate: 0.1), steps: 2).weight == 0.9)
    // v = 0.5, then 0.9 · 0.5 + 0.5 = 0.95
    #expect(try abs(after(Momentum(learningRate: 0.1, momentum: 0.9), steps: 2).weight - (1 - 0.05 - 0.095)) < 1e-6)
    // g + μ v: 0.5 + 0.45, then 0.5 + 0.9 · 0.95
    #expect(try abs(after(Nesterov(learningRate: 0.1, momentum: 0.9), steps: 2).weight - (1 - 0.095 - 0.1355)) < 1e-6)
    // g / √h: 0.5 / 0.5, then 0.5 / √0.5
    #expect(try abs(after(AdaGrad(learningRate: 0.1), steps: 2).weight - (1 - 0.1 - 0.0707107)) < 1e-6)
    // h = 0.01 · 0.25
    #expect(try abs(after(RMSProp(learningRate: 0.1, alpha: 0.99)).weight - (1 - 0.1 * 0.5 / 0.05)) < 1e-5)
    // h = 0.5 · 0.25
    #expect(try abs(after(RMSProp(learningRate: 0.1, alpha: 0.5)).weight - (1 - 0.1 * 0.5 / 0.3535534)) < 1e-5)
    // A constant gradient moves Adam by the rate in every step.
    #expect(try abs(after(Adam(learningRate: 0.1), steps: 3).weight - 0.7) < 1e-5)
    #expect(try abs(after(AdamW(learningRate: 0.1, weightDecay: 0), steps: 3).weight - 0.7) < 1e-5)
  }

  @Test("a state of before the first step leaves nothing of steps that were made since") func loadedFirst() throws {
    for make in [{ Adam() }, { Momentum() }, { Muon() }] as [() -> any Optimizer] {
      var results: [[Float]] = []
      for stepsBefore in [0, 3] {
        let network = try Network(input: [4], batch: 2, ["a": Affine(3), "b": Affine(2)], seed: 5)
        let first = network.parameters.all.map(\.value.elements)
        var optimizer = make()
        let state = optimizer.state(for: network.parameters)
        func step() throws {
          for parameter in network.parameters.all { parameter.gradient.fill(0.5) }
          try optimizer.step(network.parameters)
        }
        for _ in 0..<stepsBefore { try step() }
        for (parameter, values) in zip(network.parameters.all, first) {
          parameter.value.copy(from: Tensor(parameter.value.shape, values))
        }
        try optimizer.load(state: state, for: network.parameters)
        for _ in 0..<2 { try step() }
        results.append(network.parameters.all.flatMap(\.value.elements))
      }
      expectSameBits(results[1], results[0], "\(make())")
    }
  }

  @Test("a state that is loaded after steps is the one that is stepped with") func loadedAfterSteps() throws {
    for rule in [
      Momentum(learningRate: 0.1), Adam(learningRate: 0.1), RMSProp(learningRate: 0.1), AdaGrad(learningRate: 0.1),
    ] as [any Optimizer] {
      // Two steps, whose state another optimizer takes over that has stepped elsewhere before.
      var (first, second) = (rule, rule)
      let (one, other) = (try network(), try network())
      for _ in 0..<2 { try first.step(one.parameters) }
      for parameter in other.parameters.all { parameter.gradient.fill(-3) }
      for _ in 0..<4 { try second.step(other.parameters) }
      try second.load(state: first.state(for: one.parameters), for: other.parameters)
      for (mine, theirs) in zip(other.parameters.all, one.parameters.all) {
        mine.value.copy(from: theirs.value)
        mine.gradient.copy(from: theirs.gradient)
      }
      for _ in 0..<2 {
        try first.step(one.parameters)
        try second.step(other.parameters)
      }
      let values = [one, other].map { $0.parameters.all.map { $0.value.elements } }
      #expect(values[0] == values[1], "\(type(of: rule))")
    }
  }

  @Test("weight decay is for the weights of products alone", arguments: [true, false])
  func decays(_ fuses: Bool) throws {
    let layers: Sequential = [
      "conv": Conv2D(filters: 4, kernel: 3, padding: 1), "norm": BatchNorm(), "prelu": PReLU(),
      "second": Conv2D(filters: 4, kernel: 3), "group": GroupNorm(2), "up": ConvTranspose2D(filters: 3, kernel: 2),
      "flat": Flatten(), "affine": Affine(6), "vectors": BatchNorm(), "layer": LayerNorm(), "last": Affine(2),
    ]
    let network = try Network(input: [2, 6, 6], batch: 2, layers, fuses: fuses)
    #expect(
      network.parameters.all.filter(\.decays).map(\.name)
        == ["conv.weight", "second.weight", "up.weight", "affine.weight", "last.weight"])
    let sequences = try Network(input: [5, 3], batch: 2, ["lstm": LSTM(4), "gru": GRU(3)])
    #expect(sequences.parameters.all.allSatisfy { $0.decays == $0.name.contains("weight") })
    #expect(try Network(input: [5], batch: 2, ["e": Embedding(9, 3)]).parameters.all[0].decays)
    // A step of decay alone: the gradients are zeros.
    for parameter in network.parameters.all {
      parameter.value.fill(1)
      parameter.gradient.fill(0)
    }
    var optimizer = AdamW(learningRate: 0.1, weightDecay: 0.5)
    try optimizer.step(network.parameters)
    for parameter in network.parameters.all {
      #expect((parameter.value.elements[0] < 1) == parameter.decays, "\(parameter.name)")
    }
  }

  @Test("an optimizer updates the network that it is given, whichever it was before")
  func severalNetworks() throws {
    for rule in [SGD(learningRate: 0.1), Momentum(learningRate: 0.1), Adam(learningRate: 0.1)] as [any Optimizer] {
      var optimizer = rule
      let networks = [try network(), try network()]
      for network in networks {
        try optimizer.step(network.parameters)
        #expect(network.parameters.all.allSatisfy { $0.value.elements[0] < 1 }, "\(type(of: rule))")
      }
    }
  }

  /// The names stand in checkpoints: another one would make the old files useless.
  @Test("the state has PyTorch's names, and an optimizer that loads it continues with the same bits")
  func stateContinues() throws {
    let optimizers: [(any Optimizer, [String])] = [
      (SGD(), []), (Momentum(), ["momentum_buffer"]), (Nesterov(), ["momentum_buffer"]), (AdaGrad(), ["sum"]),
      (RMSProp(), ["square_avg"]), (Adam(), ["exp_avg", "exp_avg_sq"]), (AdamW(), ["exp_avg", "exp_avg_sq"]),
    ]
    for (fresh, names) in optimizers {
      var (optimizer, resumed) = (fresh, fresh)
      let (network, other) = (try network(), try network())
      #expect(optimizer.state(for: network.parameters).tensors.isEmpty, "there is none before the first step")
      for _ in 0..<3 { try optimizer.step(network.parameters) }
      let state = optimizer.state(for: network.parameters)
      #expect(state.tensors.map(\.name) == ["a.weight", "a.bias"].flatMap { name in names.map { "\(name).\($0)" } })
      #expect(state.scalars.keys.sorted() == (names.count == 2 ? ["beta1_power", "beta2_power"] : []))
      for (mine, theirs) in zip(network.parameters.all, other.parameters.all) { theirs.value.copy(from: mine.value) }
      try resumed.load(state: state, for: other.parameters)
      for _ in 0..<3 {
        try optimizer.step(network.parameters)
        try resumed.step(other.parameters)
      }
      #expect(other.weightsSHA256 == network.weightsSHA256, "\(type(of: fresh))")
    }
  }

  @Test("a state of another network is refused by name") func misfit() throws {
    var adam = Adam()
    let state = OptimizerState(tensors: [("b.weight.exp_avg", Tensor([1]))])
    let error = #expect(throws: BuildError.self) { try adam.load(state: state, for: try network().parameters) }
    #expect(error?.description == "a.weight.exp_avg: the optimizer's states do not fit the network")
  }

  @Test func weightDecaySparesBiases() throws {
    let decayed = try after(SGD(learningRate: 0.1, weightDecay: 0.2))
    #expect(abs(decayed.weight - (1 - 0.1 * (0.5 + 0.2))) < 1e-6)
    #expect(abs(decayed.bias - 0.95) < 1e-6)
    let decoupled = try after(AdamW(learningRate: 0.1, weightDecay: 0.2))
    #expect(abs(decoupled.weight - (1 - 0.1 * 0.2 - 0.1)) < 1e-5)
    #expect(abs(decoupled.bias - 0.9) < 1e-5)
  }
}
