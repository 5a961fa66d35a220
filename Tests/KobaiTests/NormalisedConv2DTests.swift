import TestSupport
import Testing

@testable import Kobai

/// Convolutions with batch normalisation, sums and activations behind them run as one node and compute the bits of the
/// layers apart.
@Suite struct NormalisedConv2DTests {
  private static func conv(_ filters: Int, stride: Size2D = 1, groups: Int = 1, bias: Bool = false) -> Conv2D {
    Conv2D(filters: filters, kernel: 3, stride: stride, padding: 1, groups: groups, bias: bias)
  }

  /// Every form of fusion: with ReLU, with pooling, with nothing, strided, depthwise; residual ends with and without
  /// normalisation and ReLU; a normalisation behind vectors and behind a pooling; one that cannot be fused.
  static let design: Sequential = [
    "conv1": conv(8), "bn1": BatchNorm(), "relu1": ReLU(),
    "conv2": conv(10, bias: true), "bn2": BatchNorm(epsilon: 1e-3, momentum: 0.3), "relu2": ReLU(),
    "pool2": MaxPool2D(2),
    "block1": Residual(["conv1": conv(10), "bn1": BatchNorm(), "relu1": ReLU(), "conv2": conv(10), "bn2": BatchNorm()]),
    "relu3": ReLU(),
    "block2": Residual(
      ["conv1": conv(10, groups: 10), "bn1": BatchNorm(), "conv2": conv(12, stride: 2, bias: true)],
      shortcut: Sequential(["conv": Conv2D(filters: 12, kernel: 1, stride: 2), "bn": BatchNorm()])),
    "relu4": ReLU(),
    "block3": Residual(["conv": conv(12), "bn": BatchNorm()]),  // no ReLU behind the sum
    "block4": Residual(["relu": ReLU(), "conv": conv(12, bias: true)]), "tanh": Tanh(),
    "bn5": BatchNorm(), "relu5": ReLU(), "pool5": MaxPool2D(2),
    "affine6": Affine(9), "bn6": BatchNorm(), "relu6": ReLU(), "affine7": Affine(3),
  ]

  private func network(_ fuses: Bool, _ kernels: Kernels = Kernels(threads: 2)) throws -> Network {
    try Network(
      input: [3, 16, 16], batch: 5, Self.design, seed: 7, kernels: kernels, inputGradient: true, fuses: fuses)
  }

  private func steps(_ network: Network) throws -> [[Float]] {
    var random = TestRandom(29)
    var results: [[Float]] = []
    for (step, count) in [5, 3].enumerated() {
      let x = Tensor([count, 3, 16, 16], random.floats(count * 768))
      results.append(try network.forward(x, .training(step: step)).elements)
      network.outputGradient.copy(from: Tensor([count * 3], random.floats(count * 3)))
      try network.backward()
      results.append(try #require(network.inputGradient).prefix(count).elements)
      results += network.parameters.all.map(\.gradient.elements) + network.buffers.map(\.value.elements)
      results.append(try network.forward(x, .inference).elements)
    }
    return results
  }

  @Test func fusedComputesTheBitsOfTheLayersApart() throws {
    let plain = try network(false)
    let expected = try steps(plain)
    for kernels in Kernels.everyKind where kernels.threads < 3 {
      let fused = try network(true, kernels)
      #expect(fused.parameters.all.map(\.name) == plain.parameters.all.map(\.name))
      #expect(fused.buffers.map(\.name) == plain.buffers.map(\.name))
      #expect(fused.summary == plain.summary)
      for (a, b) in zip(try steps(fused), expected) { expectSameBits(a, b, kernels.testDescription) }
    }
  }

  /// What runs: one node for each line above, but for what a plain ReLU and the shortcut are.
  @Test func layersAreFused() throws {
    let nodes = try network(true).nodes.map { $0.members.map(\.name).joined(separator: " ") }
    #expect(
      nodes == [
        "conv1 bn1 relu1", "conv2 bn2 relu2 pool2", "block1.conv1 block1.bn1 block1.relu1",
        "block1.conv2 block1.bn2 block1.add relu3", "block2.conv1 block2.bn1",
        "block2.shortcut.conv block2.shortcut.bn", "block2.conv2 block2.add relu4", "block3.conv block3.bn block3.add",
        "block4.relu", "block4.conv block4.add tanh", "bn5 relu5 pool5", "affine6", "bn6 relu6", "affine7",
      ])
  }

  @Test func aFrozenNetworkIsFoldedAndThawsToTheBitsItHad() throws {
    let network = try network(true)
    _ = try steps(network)
    var random = TestRandom(31)
    let x = Tensor([4, 3, 16, 16], random.floats(4 * 768))
    let before = try network.forward(x).elements
    try network.freeze()
    let frozen = try network.forward(x).elements
    #expect(frozen != before, "folding rounds differently")
    expectClose(frozen, before.doubles, tolerance: { 1e-4 * max(1, abs(Double(before[$0]))) }, "frozen")
    network.thaw()
    expectSameBits(try network.forward(x).elements, before)
  }

  @Test func foldedWeightsAgreeWithDouble() {
    var random = TestRandom(37)
    let (filters, taps) = (5, 18)
    let norm = BatchNorm(epsilon: 1e-3)
    let weight = Tensor([filters, 2, 3, 3], random.floats(filters * taps))
    let bias = Tensor([filters], random.floats(filters))
    let (gamma, beta) = (Tensor([filters], random.floats(filters)), Tensor([filters], random.floats(filters)))
    let (mean, variance) = (
      Tensor([filters], random.floats(filters)), Tensor([filters], random.floats(filters).map { abs($0) })
    )
    let (foldedWeight, foldedBias) = (Tensor([filters, 2, 3, 3]), Tensor([filters]))
    for bias in [bias, nil] {
      norm.fold(
        weight: weight, bias: bias, gamma: gamma, beta: beta, mean: mean, variance: variance, into: foldedWeight,
        foldedBias)
      let scale = (0..<filters).map {
        Double(gamma.span[$0]) / (Double(variance.span[$0]) + Double(norm.epsilon)).squareRoot()
      }
      let w = weight.elements.enumerated().map { Double($0.element) * scale[$0.offset / taps] }
      let b = (0..<filters).map {
        (Double(bias?.span[$0] ?? 0) - Double(mean.span[$0])) * scale[$0] + Double(beta.span[$0])
      }
      expectClose(foldedWeight.elements, w, tolerance: { abs(w[$0]) * 0x1p-24 }, "weight")
      expectClose(foldedBias.elements, b, tolerance: { abs(b[$0]) * 0x1p-24 }, "bias")
    }
  }

  @Test func errorsNameTheLayer() {
    func error(_ design: Sequential) -> String? {
      do throws(BuildError) {
        _ = try Network(input: [2, 6, 6], batch: 1, design)
        return nil
      } catch { return error.description }
    }
    #expect(error(["conv": Self.conv(3), "bn": BatchNorm(epsilon: 0)]) == "bn: epsilon 0.0 must be positive")
    #expect(
      error(["conv": Conv2D(filters: 3, kernel: 9), "bn": BatchNorm()])
        == "conv: 9×9 kernel exceeds its 6×6 input; add padding ≥ 2")
  }
}
