import CMallocCounter
import Kobai
import Testing

/// What predicting costs in memory.
@Suite struct FrozenNetworkMemoryTests {
  @Test func predictingIntoABufferAllocatesNothing() throws {
    try #require(malloc_counter_available() == 1)
    let layers: Sequential = [
      "conv1": Conv2D(filters: 16, kernel: 3, padding: 1), "norm1": BatchNorm(), "relu1": ReLU(), "pool1": MaxPool2D(2),
      "block": Residual(["conv": Conv2D(filters: 16, kernel: 3, padding: 1), "norm": BatchNorm()]), "gelu": GELU(),
      "affine1": Affine(50), "silu": SiLU(), "affine2": Affine(10),
    ]
    for threads in [1, 2] {
      let frozen = try FrozenNetwork(
        Network(input: [3, 16, 16], batch: 1, layers), batch: 4, kernels: Kernels(threads: threads))
      for samples in [1, 4, 11] {
        let x = (0..<samples * 768).map { Float($0 % 10) }
        var y = [Float](repeating: 0, count: samples * 10)
        var counts: [Int] = []
        for _ in 0..<3 {
          let before = malloc_counter()
          try frozen.predict(x.span, into: y.mutableSpan)
          counts.append(malloc_counter() - before)
        }
        #expect(counts[2] == 0, "\(samples) samples on \(threads) threads")
      }
    }
  }
}
