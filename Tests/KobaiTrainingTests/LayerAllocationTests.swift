import CMallocCounter
import Kobai
import TestSupport
import Testing

/// Layers that no network of the book has, each alone.
@Suite struct LayerAllocationTests {
  static let images: [any LayerSpec] = [
    LeakyReLU(), PReLU(), PReLU(perChannel: true), ELU(), GELU(), GELU(approximate: .tanh), SiLU(), Softplus(),
    HardSwish(), MaxPool2D(17, stride: 2), AdaptiveAveragePool2D(3), GlobalAveragePool2D(), Upsample(scale: 2),
    Upsample(size: 30, mode: .bilinear), GroupNorm(2), LayerNorm(), Dropout2D(0.2),
  ]
  static let sequences: [any LayerSpec] = [
    Embedding(10, 6), LSTM(5, layers: 2, dropout: 0.1, bidirectional: true),
    GRU(4, layers: 2, bidirectional: true, returnsSequence: false),
  ]

  @Test(arguments: [1, 2])
  func aWarmedStepAllocatesNothing(_ threads: Int) throws {
    try #require(malloc_counter_available() == 1)
    for spec in Self.images { try check(spec, [4, 20, 20], threads) }
    for spec in Self.sequences { try check(spec, [9, 3], threads) }
  }

  private func check(_ spec: any LayerSpec, _ input: Shape, _ threads: Int) throws {
    var layers = Sequential()
    layers.append("layer", spec)
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
    #expect(counts[2] == 0, "\(spec)")
  }
}
