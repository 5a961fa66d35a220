import Kobai
import TestSupport
import Testing

@testable import KobaiTextbook

@Suite struct PenalizedSGDTests {
  @Test("the L1 penalty pulls at every weight alike, the L2 penalty in proportion to it, and none at biases")
  func pulls() throws {
    for (l1, l2, expected) in [
      (0.5, 0, [1.95, -0.95, 0, 0.05]), (0, 0.5, [1.9, -0.95, 0, 0.095]), (0.5, 0.5, [1.85, -0.9, 0, 0.045]),
    ] as [(Float, Float, [Float])] {
      let network = try Network(input: [2], batch: 1, ["affine": Affine(2)])
      let (weight, bias) = (network.parameters.all[0], network.parameters.all[1])
      weight.value.copy(from: Tensor([2, 2], [2, -1, 0, 0.1]))
      bias.value.fill(3)
      for parameter in [weight, bias] { parameter.gradient.fill(0) }
      var optimizer = PenalizedSGD(learningRate: 0.1, weightDecay: l2, l1: l1)
      try optimizer.step(network.parameters)
      #expect(zip(weight.value.elements, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "\(weight.value.elements)")
      #expect(bias.value.elements == [3, 3])
    }
  }
}
