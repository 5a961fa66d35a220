import Kobai
import TestSupport
import Testing

@Suite("Gradient clipping and averaged weights")
struct GradientClippingTests {
  private func network(gradients: [Float]) throws -> Network {
    let network = try Network(input: [3], batch: 1, ["a": Affine(1)])
    network.parameters.all[0].gradient.copy(from: Tensor([3], Array(gradients[..<3])))
    network.parameters.all[1].gradient.copy(from: Tensor([1], [gradients[3]]))
    return network
  }

  private func gradients(_ network: Network) -> [Float] { network.parameters.all.flatMap { $0.gradient.elements } }

  @Test("by value") func value() throws {
    let network = try network(gradients: [3, -4, 0.5, -12])
    #expect(try GradientClipping.value(2).apply(to: network.parameters) == nil)
    #expect(gradients(network) == [2, -2, 0.5, -2])
  }

  @Test("by the norm of weights and biases together, which stays where it is small enough") func norm() throws {
    let network = try network(gradients: [3, -4, 0, -12])
    #expect(try GradientClipping.norm(13.5).apply(to: network.parameters) == 13)
    #expect(gradients(network) == [3, -4, 0, -12])
    #expect(try GradientClipping.norm(1.3).apply(to: network.parameters) == 13)
    expectClose(gradients(network), [0.3, -0.4, 0, -1.2], tolerance: 1e-6)
  }

  @Test("by the norm with PyTorch's epsilon, which small ones feel") func epsilon() throws {
    let network = try network(gradients: [3e-6, -4e-6, 0, 0])
    #expect(abs(try #require(try GradientClipping.norm(1e-6).apply(to: network.parameters)) - 5e-6) < 1e-11)
    // 1e-6 / (5e-6 + 1e-6)
    expectClose(gradients(network), [0.5e-6, -4e-6 / 6, 0, 0], tolerance: 1e-12)
  }

  @Test("an average starts with the first weights and moves by its share") func average() throws {
    let network = try network(gradients: [0, 0, 0, 0])
    let weights = network.parameters.all[0].value
    let average = WeightAverage(of: network, decay: 0.75)
    #expect(average.tensors.isEmpty)
    weights.fill(1)
    try average.update()
    weights.fill(5)
    try average.update()
    #expect(average.inPlace { weights.elements } == [2, 2, 2])
    #expect(weights.elements == [5, 5, 5])
    let other = try self.network(gradients: [0, 0, 0, 0])
    let second = WeightAverage(of: other, decay: 0.75)
    try second.load(average.tensors)
    second.install()
    #expect(other.parameters.all[0].value.elements == [2, 2, 2])
  }

  @Test("averages of another network are refused by name") func misfit() throws {
    let average = WeightAverage(of: try network(gradients: [0, 0, 0, 0]), decay: 0.5)
    let error = #expect(throws: BuildError.self) { try average.load([("b.weight", Tensor([3]))]) }
    #expect(error?.description == "a.weight: the averaged weights do not fit the network")
  }
}
