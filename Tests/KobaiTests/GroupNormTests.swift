import Kobai
import TestSupport
import Testing

@Suite struct GroupNormTests {
  // Near a deviation of 0.5 the quotients double the errors.
  static let tolerance = 2e-5

  @Test(arguments: LayerGradientTests.kernels)
  func groupNorm(_ kernels: Kernels) throws {
    for (input, groups) in [([6, 2, 3], 2), ([6, 2, 3], 6), ([6, 2, 3], 1), ([34], 2)] as [(Shape, Int)] {
      let channels = input[0] / groups
      try checkGradients(
        GroupNorm(groups), input: input, batch: 3, kernels: kernels, tolerance: Self.tolerance
      ) { x, p in
        Oracle.groupNorm(
          samples: 3, groups: groups, channels: channels, plane: input.count / input[0], epsilon: 1e-5, x, gamma: p[0],
          beta: p[1])
      }
    }
    try checkGradients(
      GroupNorm(2, affine: false), input: [4, 3, 3], batch: 2, kernels: kernels, tolerance: Self.tolerance
    ) { x, _ in
      Oracle.groupNorm(samples: 2, groups: 2, channels: 2, plane: 9, epsilon: 1e-5, x, gamma: nil, beta: nil)
    }
  }

  @Test(arguments: LayerGradientTests.kernels)
  func layerNorm(_ kernels: Kernels) throws {
    for (spec, input, rows, columns) in [
      (LayerNorm(), [5, 7], 10, 7), (LayerNorm([5, 7]), [5, 7], 2, 35), (LayerNorm([3, 4]), [2, 3, 4], 4, 12),
      (LayerNorm(), [17], 2, 17),
    ] as [(LayerNorm, Shape, Int, Int)] {
      try checkGradients(spec, input: input, batch: 2, kernels: kernels, tolerance: Self.tolerance) { x, p in
        Oracle.groupNorm(
          samples: rows, groups: 1, channels: columns, plane: 1, epsilon: 1e-5, x, gamma: p[0], beta: p[1])
      }
    }
    try checkGradients(
      LayerNorm(bias: false), input: [2, 9], batch: 2, kernels: kernels, tolerance: Self.tolerance
    ) { x, p in
      Oracle.groupNorm(samples: 4, groups: 1, channels: 9, plane: 1, epsilon: 1e-5, x, gamma: p[0], beta: nil)
    }
  }

  @Test func parametersArePyTorchs() throws {
    let layers: Sequential = ["group": GroupNorm(2), "layer": LayerNorm([2, 3]), "plain": LayerNorm(affine: false)]
    let network = try Network(input: [4, 2, 3], batch: 1, layers)
    #expect(network.parameters.all.map(\.name) == ["group.weight", "group.bias", "layer.weight", "layer.bias"])
    #expect(network.parameters.all.map(\.value.shape) == [[4], [4], [2, 3], [2, 3]])
    #expect(network.parameters.all.allSatisfy { !$0.decays })
    #expect(network.parameters.all[0].value.elements == [1, 1, 1, 1])
    #expect(network.parameters.all[1].value.elements == [0, 0, 0, 0])
  }

  @Test func errorsNameTheLayer() {
    #expect(
      buildError(GroupNorm(4), input: [6, 2, 2]) == "layer: 6 channels cannot be divided into 4 groups")
    #expect(buildError(GroupNorm(0), input: [6]) == "layer: 6 channels cannot be divided into 0 groups")
    #expect(buildError(GroupNorm(1, epsilon: 0), input: [6]) == "layer: epsilon 0.0 must be positive")
    #expect(
      buildError(LayerNorm([2, 3]), input: [3, 2]) == "layer: 2×3 are not the last axes of its 3×2 input")
    #expect(buildError(LayerNorm([2, 3]), input: [3]) == "layer: 2×3 are not the last axes of its 3 input")
    #expect(buildError(LayerNorm(epsilon: -1), input: [3]) == "layer: epsilon -1.0 must be positive")
  }
}
