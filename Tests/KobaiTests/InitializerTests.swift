import Kobai
import TestSupport
import Testing

@Suite struct InitializerTests {
  /// The deviation of a layer's weights with 400 inputs and 500 outputs: known to 5 / √(2 · 200,000) = 0.8 %.
  private func deviation(_ initializer: Initializer, then activation: any LayerSpec = ReLU()) throws -> Double {
    var layers: Sequential = ["a": Affine(500, initializer: initializer), "n": BatchNorm()]
    layers.append("activation", activation)
    layers.append("b", Affine(3))
    let network = try Network(input: [400], batch: 1, layers, seed: 9)
    let w = network.parameters.all[0].value.elements
    return (w.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(w.count)).squareRoot()
  }

  @Test func followTheirRules() throws {
    #expect(try deviation(.zeros) == 0)
    #expect(try abs(deviation(.constant(0.5)) - 0.5) < 1e-9)
    #expect(try abs(deviation(.normal(deviation: 0.01)) / 0.01 - 1) < 0.01)
    #expect(try abs(deviation(.xavier) / (1.0 / 400).squareRoot() - 1) < 0.01)
    #expect(try abs(deviation(.he) / (2.0 / 400).squareRoot() - 1) < 0.01)
    #expect(try abs(deviation(.pytorchUniform) / (1.0 / 3 / 400).squareRoot() - 1) < 0.01)
  }

  @Test func automaticFollowsTheNextActivation() throws {
    #expect(try deviation(.automatic, then: ReLU()) == deviation(.he))
    #expect(try deviation(.automatic, then: Sigmoid()) == deviation(.xavier))
    #expect(try deviation(.automatic, then: Tanh()) == deviation(.xavier))
    #expect(try deviation(.automatic, then: Identity()) == deviation(.he))
  }

  @Test func seedsAndPlacesDiffer() throws {
    let layers: Sequential = ["a": Affine(20), "b": Affine(20)]
    func weights(seed: UInt64) throws -> [[Float]] {
      try Network(input: [20], batch: 1, layers, seed: seed).parameters.all.filter(\.decays).map(\.value.elements)
    }
    let first = try weights(seed: 1)
    #expect(first[0] != first[1])
    #expect(try weights(seed: 1) == first)
    #expect(try weights(seed: 2) != first)
  }

  @Test func startsAfresh() throws {
    let network = try Network(input: [20], batch: 2, ["a": Affine(20), "n": BatchNorm()], seed: 4)
    let before = network.weightsSHA256
    let x = Tensor([2, 20])
    x.fill(3)
    try network.forward(x, .training(step: 0))
    #expect(network.weightsSHA256 != before, "the running statistics count")
    network.initialize(seed: 4)
    #expect(network.weightsSHA256 == before)
  }
}
