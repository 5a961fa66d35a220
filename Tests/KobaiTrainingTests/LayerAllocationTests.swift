import CMallocCounter
import Kobai
import TestSupport
import Testing

/// Layers that no network of the book has, each alone.
@Suite struct LayerAllocationTests {
  static let images: [any LayerSpec] = [
    LeakyReLU(), PReLU(), PReLU(perChannel: true), ELU(), GELU(), GELU(approximate: .tanh), SiLU(), Softplus(),
    HardSwish(), MaxPool2D(17, stride: 2), AdaptiveAveragePool2D(3), GlobalAveragePool2D(), Upsample(scale: 2),
    Upsample(size: 30, mode: .bilinear), GroupNorm(2), LayerNorm(), Dropout2D(0.2), Closures(), Leaky(),
  ]
  /// What is fused with convolutions, normalisations and affine layers.
  static let activations: [any ActivationSpec] = [LeakyReLU(), SiLU(), Leaky()]
  static let sequences: [any LayerSpec] = [
    Embedding(10, 6), LSTM(5, layers: 2, dropout: 0.1, bidirectional: true),
    GRU(4, layers: 2, bidirectional: true, returnsSequence: false),
  ]

  @Test(arguments: [1, 2])
  func aWarmedStepAllocatesNothing(_ threads: Int) throws {
    try #require(malloc_counter_available() == 1)
    for spec in Self.images { try check(spec, [4, 20, 20], threads) }
    for spec in Self.sequences { try check(spec, [9, 3], threads) }
    for spec in Self.activations {
      try check(
        [
          "conv1": Conv2D(filters: 8, kernel: 3, padding: 1), "f1": spec, "pool1": MaxPool2D(2),
          "block": Residual(["conv": Conv2D(filters: 8, kernel: 3, padding: 1), "norm": BatchNorm()]), "f2": spec,
          "affine": Affine(20), "f3": spec,
        ], [4, 20, 20], threads)
    }
  }

  private func check(_ spec: any LayerSpec, _ input: Shape, _ threads: Int) throws {
    var layers = Sequential()
    layers.append("layer", spec)
    try check(layers, input, threads)
  }

  private func check(_ layers: Sequential, _ input: Shape, _ threads: Int) throws {
    let network = try Network(
      input: input, batch: 8, layers, kernels: Kernels(threads: threads), inputGradient: true)
    let x = Tensor(input.batched(8), (0..<8 * input.count).map { Float($0 % 10) })
    let dy = Tensor(network.output.batched(8), (0..<8 * network.output.count).map { Float($0 % 7) - 3 })
    var counts: [Int] = [0, 0, 0]
    for step in 0..<3 {
      let before = malloc_counter()
      try network.forward(x, .training(step: step))
      network.outputGradient.copy(from: dy)
      try network.backward()
      counts[step] = malloc_counter() - before
    }
    #expect(counts[2] == 0, "\(network.summary.map(\.description))")
  }
}

/// LeakyReLU as a function that the kernels call.
private struct Leaky: ActivationSpec, PointwiseActivation {
  var description: String { "Leaky" }
  var keepsInput: Bool { false }
  func forward(_ x: Kernels.Vector) -> Kernels.Vector { x.replacing(with: 0.1 * x, where: x .< 0) }
  func backward(_ dy: Kernels.Vector, _ y: Kernels.Vector) -> Kernels.Vector {
    dy.replacing(with: 0.1 * dy, where: y .< 0)
  }
}

/// All functions with closures, one after the other.
private struct Closures: LayerSpec {
  var description: String { "Closures" }
  func build(_ input: Shape, in scope: BuildScope) -> ClosuresLayer { ClosuresLayer(input, in: scope) }
}

private final class ClosuresLayer: Layer {
  let output: Shape
  private let sums: Tensor
  private let kernels: Kernels

  init(_ input: Shape, in scope: BuildScope) {
    (output, sums, kernels) = (input, scope.memory([scope.batch, input[0]]), scope.kernels)
  }

  func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws {
    let planes = x.shape[0] * output[0]
    let sums = sums.prefix(x.shape[0])
    try kernels.sumRows(x.span, x.span, into: sums.mutableSpan) { a, b in a * b }
    let lengths = sums.span
    try kernels.map(x.span, rows: planes, into: y.mutableSpan) { x, plane in x / (1 + lengths[plane]) }
    try kernels.map(y.span, into: y.mutableSpan) { y in y + y }
  }

  func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws {
    guard let dx else { return }
    let (planes, plane) = (x.shape[0] * output[0], output.count / output[0])
    let gradient = dy.span
    try kernels.parallelFor(planes, grain: 10, into: dx.mutableSpan) { range, part in
      for i in part.indices { part[i] = gradient[range.lowerBound * plane + i] }
    }
    try kernels.map(dx.span, x.span, rows: planes, into: dx.mutableSpan) { dx, x, _ in dx * x }
    try kernels.map(dx.span, dy.span, into: dx.mutableSpan) { dx, dy in dx + dy }
  }
}
