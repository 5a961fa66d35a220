import TestSupport
import Testing

@testable import Kobai

/// Activations, Kobai's and one's own, are absorbed by what computes their input, and have the bits of layers apart.
@Suite struct FusedActivationTests {
  static let specs: [any ActivationSpec] = [
    ReLU(), Sigmoid(), Tanh(), Step(), Identity(), LeakyReLU(), LeakyReLU(-0.5), ELU(), GELU(),
    GELU(approximate: .tanh), SiLU(), Softplus(), HardSwish(), OwnLeaky(), OwnSmooth(),
  ]

  private static func conv(_ filters: Int, groups: Int = 1, bias: Bool = true) -> Conv2D {
    Conv2D(filters: filters, kernel: 3, padding: 1, groups: groups, bias: bias)
  }

  /// Everything that absorbs: convolutions, with pooling and with a shortcut; normalisations behind them, with the same;
  /// normalisations of images and vectors by themselves; affine layers.
  private static func design(_ f: any ActivationSpec) -> Sequential {
    [
      "conv1": conv(5), "f1": f, "pool1": MaxPool2D(2),
      "conv2": conv(18), "f2": f,
      "conv3": conv(18, groups: 18), "bn3": BatchNorm(), "f3": f,
      "conv4": conv(6, bias: false), "bn4": BatchNorm(), "f4": f, "pool4": MaxPool2D(2),
      "block5": Residual(["conv": conv(6)]), "f5": f,
      "block6": Residual(["conv": conv(6), "bn": BatchNorm()]), "f6": f,
      "drop": Dropout(0.1), "bn7": BatchNorm(), "f7": f, "pool7": MaxPool2D(2),
      "affine8": Affine(19), "f8": f,
      "affine9": Affine(9), "bn9": BatchNorm(), "f9": f,
      "affine": Affine(3),
    ]
  }

  private func steps(_ network: Network) throws -> [[Float]] {
    var random = TestRandom(29)
    var results: [[Float]] = []
    for (step, count) in [5, 3].enumerated() {
      let x = Tensor([count, 2, 16, 16], random.floats(count * 512))
      results.append(try network.forward(x, .training(step: step)).elements)
      network.outputGradient.copy(from: Tensor([count * 3], random.floats(count * 3)))
      try network.backward()
      results.append(try #require(network.inputGradient).prefix(count).elements)
      results += network.parameters.all.map(\.gradient.elements) + network.buffers.map(\.value.elements)
      results.append(try network.forward(x, .inference).elements)
    }
    return results
  }

  @Test(arguments: specs.indices)
  func fusedComputesTheBitsOfTheLayersApart(_ index: Int) throws {
    let spec = Self.specs[index]
    func network(_ fuses: Bool, _ kernels: Kernels) throws -> Network {
      try Network(
        input: [2, 16, 16], batch: 5, Self.design(spec), seed: 7, kernels: kernels, inputGradient: true, fuses: fuses)
    }
    let plain = try network(false, Kernels(threads: 2))
    let expected = try steps(plain)
    for (isa, threads) in zip(InstructionSet.supported.reversed(), [3, 1, 2, 2]) {
      let fused = try network(true, Kernels(instructionSet: isa, threads: threads))
      #expect(
        fused.nodes.map { $0.members.map(\.name).joined(separator: " ") } == [
          "conv1 f1 pool1", "conv2 f2", "conv3 bn3 f3", "conv4 bn4 f4 pool4", "block5.conv block5.add f5",
          "block6.conv block6.bn block6.add f6", "drop", "bn7 f7 pool7", "affine8 f8", "affine9", "bn9 f9", "affine",
        ])
      #expect(fused.parameters.all.map(\.name) == plain.parameters.all.map(\.name))
      #expect(fused.summary == plain.summary)
      for (i, (a, b)) in zip(try steps(fused), expected).enumerated() {
        expectSameBits(a, b, "\(spec), result \(i), \(isa)")
      }
    }
  }

  /// Without batch normalisation, gradients may follow a pass of inference, fused or not.
  @Test(arguments: [GELU() as any ActivationSpec, OwnSmooth(), ELU()])
  func gradientsAfterInference(_ spec: any ActivationSpec) throws {
    let design: Sequential = [
      "conv": Self.conv(4), "f": spec, "pool": MaxPool2D(2), "affine": Affine(7), "g": spec, "out": Affine(2),
    ]
    var random = TestRandom(31)
    let (x, y) = (Tensor([3, 2, 8, 8], random.floats(384)), Tensor([6], random.floats(6)))
    let results = try [true, false].map { fuses in
      let network = try Network(input: [2, 8, 8], batch: 3, design, inputGradient: true, fuses: fuses)
      try network.forward(x, .inference)
      network.outputGradient.copy(from: y)
      try network.backward()
      return try #require(network.inputGradient).elements + network.parameters.all.flatMap(\.gradient.elements)
    }
    expectSameBits(results[0], results[1], "\(spec)")
  }

  @Test(arguments: [SiLU() as any ActivationSpec, OwnLeaky()])
  func aFrozenNetworkFoldsTheNormalisationBefore(_ spec: any ActivationSpec) throws {
    let network = try Network(input: [2, 16, 16], batch: 5, Self.design(spec), seed: 7)
    _ = try steps(try Network(input: [2, 16, 16], batch: 5, Self.design(spec), seed: 7, inputGradient: true))
    var random = TestRandom(37)
    let x = Tensor([4, 2, 16, 16], random.floats(4 * 512))
    let before = try network.forward(x).elements
    try network.freeze()
    let frozen = try network.forward(x).elements
    expectClose(frozen, before.doubles, tolerance: { 1e-4 * max(1, abs(Double(before[$0]))) }, "frozen")
    network.thaw()
    expectSameBits(try network.forward(x).elements, before)
  }

  /// One's own comes back from a description, with its fields.
  @Test func oneOfOnesOwnIsSavedByName() throws {
    let folder = try TemporaryFolder()
    let network = try Network(
      input: [4], batch: 2, ["a": Affine(6), "leaky": OwnLeaky(slope: 0.3), "b": Affine(2)], seed: 3)
    var registry = NodeRegistry.standard
    registry.register(OwnLeaky())
    try network.save(to: folder / "own.safetensors", registry: registry)
    let copy = try Network(contentsOf: folder / "own.safetensors", batch: 2, registry: registry)
    #expect(copy.layers.map(\.name) == ["a", "leaky", "b"] && (copy.layers[1].spec as? OwnLeaky)?.slope == 0.3)
    let x = Tensor([2, 4], [1, 2, 3, 4, -1, 0, 1, 0.5])
    expectSameBits(try copy.forward(x).elements, try network.forward(x).elements)
  }

  @Test func wrongConstantsNameTheirOwnLayer() {
    func error(_ design: Sequential) -> String? {
      do throws(BuildError) {
        _ = try Network(input: [1, 8, 8], batch: 1, design)
        return nil
      } catch { return error.description }
    }
    #expect(error(["conv": Self.conv(2), "act": ELU(alpha: -1)]) == "act: alpha -1.0 must not be negative")
    #expect(
      error(["affine": Affine(2), "norm": BatchNorm(), "act": Softplus(beta: 0)]) == "act: beta 0.0 must be positive")
  }
}

private struct OwnLeaky: ActivationSpec, PointwiseActivation, Codable {
  var slope: Float = 0.01
  var description: String { "OwnLeaky \(slope)" }
  var keepsInput: Bool { false }
  func forward(_ x: Kernels.Vector) -> Kernels.Vector { x.replacing(with: slope * x, where: x .< 0) }
  func backward(_ dy: Kernels.Vector, _ y: Kernels.Vector) -> Kernels.Vector {
    dy.replacing(with: slope * dy, where: y .< 0)
  }
}

private struct OwnSmooth: ActivationSpec, PointwiseActivation {
  var description: String { "OwnSmooth" }
  var keepsInput: Bool { OwnSquareplus().keepsInput }
  func forward(_ x: Kernels.Vector) -> Kernels.Vector { OwnSquareplus().forward(x) }
  func backward(_ dy: Kernels.Vector, _ x: Kernels.Vector) -> Kernels.Vector { OwnSquareplus().backward(dy, x) }
}
