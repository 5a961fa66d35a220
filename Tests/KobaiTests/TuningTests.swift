import Kobai
import TestSupport
import Testing

@Suite("Parameters that are not all trained alike")
struct TuningTests {
  private func network(seed: UInt64 = 3, inputGradient: Bool = false, fuses: Bool = true) throws -> Network {
    try Network(
      input: [1, 8, 8], batch: 6,
      [
        "conv1": Conv2D(filters: 3, kernel: 3), "norm1": BatchNorm(), "relu1": ReLU(),
        "conv2": Conv2D(filters: 4, kernel: 3), "relu2": ReLU(), "affine1": Affine(5), "relu3": ReLU(),
        "affine2": Affine(4),
      ], seed: seed, inputGradient: inputGradient, fuses: fuses)
  }

  /// One training step on random numbers.
  private func step(_ network: Network, _ optimizer: inout any Optimizer, _ number: Int = 0) throws {
    var random = TestRandom(UInt64(number) + 5)
    let outputs = try network.forward(Tensor([6, 1, 8, 8], random.floats(384)), .training(step: number))
    _ = try SoftmaxCrossEntropy().evaluate(
      outputs, Labels([0, 1, 2, 3, 0, 1]), gradient: network.outputGradient, on: network.kernels)
    try network.backward()
    try optimizer.step(network.parameters)
  }

  private func values(_ network: Network) -> [String: [Float]] {
    Dictionary(uniqueKeysWithValues: network.parameters.all.map { ($0.name, $0.value.elements) })
  }

  private static let prefixes = ["conv1", "norm1", "conv", "affine", "conv2.weight", "affine2.bias", ""]

  @Test("what is not trained stays as it is, decay included; the rest is trained to the same bits", arguments: prefixes)
  func frozen(_ prefix: String) throws {
    for fuses in [true, false] {
      let (all, some) = (try network(fuses: fuses), try network(fuses: fuses))
      let first = values(all)
      try some.parameters.setTrainable(false, prefix: prefix)
      var optimizers: [any Optimizer] = [AdamW(weightDecay: 0.5), AdamW(weightDecay: 0.5)]
      try step(all, &optimizers[0])
      try step(some, &optimizers[1])
      let (trained, tuned) = (values(all), values(some))
      for parameter in some.parameters.all {
        let name = parameter.name
        let isFrozen = name.hasPrefix(prefix)
        expectSameBits(tuned[name] ?? [], (isFrozen ? first : trained)[name] ?? [], name)
        #expect(parameter.tuning.isTrainable == !isFrozen)
        if isFrozen { #expect(parameter.gradient.elements.allSatisfy { $0 == 0 }, "\(name) has no gradient") }
        #expect(trained[name] != first[name] || name == "conv1.bias", "normalisation takes that bias away again")
      }
      #expect(
        some.parameters.trainableCount
          == some.parameters.all.reduce(0) { $0 + ($1.name.hasPrefix(prefix) ? 0 : $1.value.count) })
    }
  }

  @Test("the backward pass ends at the lowest layer that is trained, unless the input's gradient is wanted")
  func backwardEnds() throws {
    for inputGradient in [false, true] {
      var passes: [String] = []
      let network = try Network(
        input: [4], batch: 2,
        [
          "spy1": Spy { passes.append("spy1, dx: \($0)") }, "affine1": Affine(3),
          "spy2": Spy { passes.append("spy2, dx: \($0)") }, "affine2": Affine(3),
          "spy3": Spy { passes.append("spy3, dx: \($0)") }, "affine3": Affine(2),
        ], inputGradient: inputGradient)
      func backward() throws -> [String] {
        passes = []
        try network.forward(Tensor([2, 4], [1, 2, 3, 4, 5, 6, 7, 8]), .training(step: 0))
        network.outputGradient.fill(1)
        try network.backward()
        return passes
      }
      let rest = inputGradient ? ["spy2, dx: true", "spy1, dx: true"] : []
      #expect(try backward() == ["spy3, dx: true", "spy2, dx: true"] + (inputGradient ? ["spy1, dx: true"] : []))
      let gradient = network.inputGradient?.elements
      try network.parameters.setTrainable(false)
      try network.parameters.setTrainable(true, prefix: "affine3")
      #expect(try backward() == (inputGradient ? ["spy3, dx: true"] : []) + rest)
      #expect(network.inputGradient?.elements == gradient)
      try network.parameters.setTrainable(true, prefix: "affine2")
      #expect(try backward() == ["spy3, dx: true"] + rest)
      try network.parameters.setTrainable(false)
      #expect(try backward() == (inputGradient ? ["spy3, dx: true"] + rest : []))
    }
  }

  /// One weight and one bias, both 1, whose gradients are a half.
  private func line() throws -> Network {
    let network = try Network(
      input: [1], batch: 1,
      ["a": Affine(1, initializer: .constant(1), biasInitializer: .constant(1))])
    for parameter in network.parameters.all { parameter.gradient.fill(0.5) }
    return network
  }

  @Test("learning rates and weight decay of their own") func ratesAndDecay() throws {
    let network = try line()
    try network.parameters.tune(prefix: "a.weight") {
      $0.learningRateFactor = 0.25
      $0.weightDecay = 0
    }
    try network.parameters.tune(prefix: "a.bias") { $0.weightDecay = 0.5 }
    var sgd = SGD(learningRate: 0.5, weightDecay: 0.1)
    try sgd.step(network.parameters)
    let expected: [Float] = [1 - 0.125 * 0.5, 0.5]  // the bias' gradient is 0.5 + 0.5 · 1
    #expect(network.parameters.all.map { $0.value.elements[0] } == expected)
    try network.parameters.tune { $0 = Tuning() }
    #expect(network.parameters.all.allSatisfy { $0.tuning == Tuning() })
  }

  /// A constant gradient moves Adam by its rate in every step, if the means' bias is corrected by a parameter's own steps.
  @Test("a parameter that is trained later begins like one that is new, also after a break") func later() throws {
    let network = try line()
    try network.parameters.setTrainable(false, prefix: "a.bias")
    var adam = Adam(learningRate: 0.1)
    for _ in 0..<5 { try adam.step(network.parameters) }
    for parameter in network.parameters.all { parameter.gradient.fill(0.5) }
    try network.parameters.setTrainable(true, prefix: "a.bias")
    try adam.step(network.parameters)
    let values = network.parameters.all.map { $0.value.elements[0] }
    #expect(abs(values[0] - 0.4) < 1e-5 && abs(values[1] - 0.9) < 1e-5)
    let state = adam.state(for: network.parameters)
    #expect(
      state.scalars.keys.sorted() == ["a.bias.beta1_power", "a.bias.beta2_power", "beta1_power", "beta2_power"])
    let other = try line()
    for (mine, theirs) in zip(network.parameters.all, other.parameters.all) { theirs.value.copy(from: mine.value) }
    var resumed = Adam(learningRate: 0.1)
    try resumed.load(state: state, for: other.parameters)
    for _ in 0..<3 {
      try adam.step(network.parameters)
      try resumed.step(other.parameters)
    }
    #expect(other.weightsSHA256 == network.weightsSHA256)
  }

  @Test("the norm of gradients counts what is trained") func clipping() throws {
    let network = try line()
    try network.parameters.setTrainable(false, prefix: "a.weight")
    #expect(try GradientClipping.norm(9).apply(to: network.parameters) == 0.5)
  }

  @Test("a prefix that no name has is an error") func unknownPrefix() throws {
    let network = try network()
    let error = #expect(throws: BuildError.self) { try network.parameters.setTrainable(false, prefix: "dense") }
    #expect(
      error?.description
        == "dense: no parameter's name begins like that; they are conv1.weight, conv1.bias, norm1.weight, norm1.bias, …"
    )
    #expect(network.parameters.trainableCount == network.parameters.count)
  }
}

/// Hands on what it gets, and tells of its backward passes.
private struct Spy: LayerSpec {
  let tell: (_ hasInputGradient: Bool) -> Void
  var description: String { "Spy" }

  init(_ tell: @escaping (Bool) -> Void) { self.tell = tell }

  func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> SpyLayer { SpyLayer(input, tell) }
}

extension Spy: @unchecked Sendable {}

private final class SpyLayer: Layer {
  let output: Shape
  private let tell: (Bool) -> Void

  init(_ output: Shape, _ tell: @escaping (Bool) -> Void) { (self.output, self.tell) = (output, tell) }

  func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) { y.copy(from: x) }
  func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) {
    tell(dx != nil)
    dx?.copy(from: dy)
  }
}
