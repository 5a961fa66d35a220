import Kobai
import TestSupport
import Testing

/// Layers that change the size of images, or drop their channels.
@Suite struct ResizingTests {
  @Test(arguments: LayerGradientTests.kernels)
  func adaptiveAndGlobalPooling(_ kernels: Kernels) throws {
    for (spec, high, wide) in [
      (GlobalAveragePool2D(), 1, 1), (AdaptiveAveragePool2D(1), 1, 1), (AdaptiveAveragePool2D(Size2D(2, 3)), 2, 3),
      (AdaptiveAveragePool2D(Size2D(5, 9)), 5, 9),
    ] as [(any LayerSpec, Int, Int)] {
      try checkGradients(spec, input: [3, 5, 7], batch: 2, kernels: kernels) { x, _ in
        Oracle.adaptiveAveragePool(planes: 6, height: 5, width: 7, to: (high, wide), x)
      }
    }
    let network = try Network(
      input: [3, 5, 7], batch: 1, ["pool": GlobalAveragePool2D(), "a": Affine(2)])
    #expect(network.summary.map(\.output) == [[3, 1, 1], [2]])
  }

  /// Windows of more than 256 elements.
  @Test(arguments: LayerGradientTests.kernels)
  func largeWindows(_ kernels: Kernels) throws {
    var s = Oracle.Window()
    (s.batch, s.channels, s.height, s.width) = (1, 2, 18, 20)
    (s.kernelHeight, s.kernelWidth, s.strideHeight, s.strideWidth) = (17, 17, 1, 2)
    let sizes = s
    var random = TestRandom(5)
    try checkGradients(
      MaxPool2D(17, stride: Size2D(1, 2)), input: [2, 18, 20], batch: 1, kernels: kernels,
      x: random.distinctFloats(720, gap: 0.01)
    ) { x, _ in Oracle.maxPool(sizes, x).y }
    try checkGradients(
      AveragePool2D(17, stride: Size2D(1, 2)), input: [2, 18, 20], batch: 1, kernels: kernels
    ) { x, _ in Oracle.averagePool(sizes, x) }
  }

  @Test(arguments: LayerGradientTests.kernels)
  func upsampling(_ kernels: Kernels) throws {
    for mode in [UpsampleMode.nearest, .bilinear] {
      for (spec, high, wide) in [
        (Upsample(scale: 2, mode: mode), 8, 10), (Upsample(scale: Size2D(1, 3), mode: mode), 4, 15),
        (Upsample(size: Size2D(7, 4), mode: mode), 7, 4),
      ] {
        try checkGradients(spec, input: [2, 4, 5], batch: 2, kernels: kernels) { x, _ in
          Oracle.upsample(planes: 4, height: 4, width: 5, to: (high, wide), bilinear: mode == .bilinear, x)
        }
      }
    }
  }

  /// The mask is read off a first pass; within one step it stays the same.
  @Test(arguments: LayerGradientTests.kernels)
  func dropout2D(_ kernels: Kernels) throws {
    let layers: Sequential = ["layer": Dropout2D(0.4)]
    let network = try Network(input: [9, 2, 3], batch: 3, layers, seed: 3, kernels: kernels)
    let ones = Tensor([3, 9, 2, 3], [Float](repeating: 1, count: 162))
    let mask = try network.forward(ones, .training(step: 5)).elements
    #expect(mask.contains(0) && mask.contains { $0 > 1 })
    #expect((0..<27).allSatisfy { Set(mask[$0 * 6..<($0 + 1) * 6]).count == 1 }, "whole channels")
    try checkGradients(Dropout2D(0.4), input: [9, 2, 3], batch: 3, kernels: kernels) { x, _ in
      zip(x, mask).map { $0 * Double($1) }
    }
    #expect(try network.forward(ones, .inference).elements == ones.elements)
  }

  @Test func errorsNameTheLayer() {
    func reason(_ spec: any LayerSpec, input: Shape = [1, 8, 8]) -> String? { buildError(spec, input: input) }
    #expect(reason(AdaptiveAveragePool2D(2), input: [8]) == "layer: pooling needs (channels, height, width), not 8")
    #expect(reason(AdaptiveAveragePool2D(0)) == "layer: an output of 0×0: both must be positive")
    #expect(reason(Upsample(scale: 2), input: [8]) == "layer: upsampling needs (channels, height, width), not 8")
    #expect(reason(Upsample(scale: Size2D(2, 0))) == "layer: scale 2×0: both must be positive")
    #expect(reason(Upsample(size: Size2D(0, 4))) == "layer: an output of 0×4: both must be positive")
    #expect(reason(Dropout2D(0.1), input: [8]) == "layer: dropping channels needs (channels, height, width), not 8")
    #expect(reason(Dropout2D(1)) == "layer: dropout rate 1.0 must be in 0 ..< 1")
    #expect(reason(ELU(alpha: -1)) == "layer: alpha -1.0 must not be negative")
    #expect(reason(Softplus(beta: 0)) == "layer: beta 0.0 must be positive")
    #expect(reason(LeakyReLU(.nan)) == "layer: slope nan must be a finite number")
    #expect(reason(PReLU(), input: []) == "layer: an input of () has no elements")
  }

  @Test func describeThemselves() {
    let specs: [any LayerSpec] = [
      LeakyReLU(), ELU(), ELU(alpha: 2), GELU(), GELU(approximate: .tanh), SiLU(), Softplus(),
      Softplus(beta: 2, threshold: 10), HardSwish(), PReLU(), PReLU(perChannel: true), GlobalAveragePool2D(),
      AdaptiveAveragePool2D(Size2D(2, 3)), Upsample(scale: 2), Upsample(size: Size2D(4, 5), mode: .bilinear),
      Dropout2D(), GroupNorm(4), LayerNorm(), LayerNorm([3, 4]), Embedding(10, 3), LSTM(8),
      GRU(8, layers: 2, dropout: 0.1, bidirectional: true, returnsSequence: false),
    ]
    #expect(
      specs.map(\.description) == [
        "LeakyReLU 0.01", "ELU", "ELU 2.0", "GELU", "GELU tanh", "SiLU", "Softplus", "Softplus 2.0, threshold 10.0",
        "HardSwish", "PReLU", "PReLU per channel", "GlobalAveragePool2D", "AdaptiveAveragePool2D 2×3",
        "Upsample by 2×2, nearest", "Upsample to 4×5, bilinear", "Dropout2D 0.5", "GroupNorm 4", "LayerNorm",
        "LayerNorm 3×4", "Embedding 10×3", "LSTM 8", "GRU 8 × 2, both ways, dropout 0.1, last state",
      ])
  }
}

/// What building a network of that one layer fails with.
func buildError(_ spec: any LayerSpec, input: Shape) -> String? {
  var layers = Sequential()
  layers.append("layer", spec)
  do throws(BuildError) {
    _ = try Network(input: input, batch: 2, layers)
    return nil
  } catch { return error.description }
}
