import Foundation
import KobaiFiles
import Synchronization
import TestSupport
import Testing

@testable import Kobai

/// What several tasks predict with at once.
@Suite struct FrozenNetworkTests {
  /// Convolutions of each algorithm, folded batch normalisation, a residual block, an affine layer.
  private static func layers(classes: Int = 10) -> Sequential {
    [
      "conv1": Conv2D(filters: 16, kernel: 3, padding: 1), "norm1": BatchNorm(), "relu1": ReLU(),
      "block": Residual([
        "conv": Conv2D(filters: 16, kernel: 3, padding: 1, bias: false), "norm": BatchNorm(),
      ]), "relu2": ReLU(), "conv2": Conv2D(filters: 24, kernel: 5), "gelu": GELU(), "pool": MaxPool2D(2),
      "narrow": Conv2D(filters: 8, kernel: 1), "affine1": Affine(50), "silu": SiLU(), "affine2": Affine(classes),
    ]
  }

  private static func network(batch: Int = 4, _ kernels: Kernels = Kernels(threads: 1)) throws -> Network {
    let network = try Network(input: [3, 16, 16], batch: batch, layers(), kernels: kernels)
    // Statistics of their own, so that folding has something to do.
    try network.forward(Tensor([batch, 3, 16, 16], images(batch, seed: 9)), .training(step: 0))
    return network
  }

  private static func images(_ count: Int, seed: Int = 0) -> [Float] {
    (0..<count * 768).map { Float(($0 * 31 + seed * 17) % 101) / 101 }
  }

  @Test(arguments: [Precision.highest, .high, .medium])
  func itPredictsTheBitsOfAFrozenNetworkInAnyBatch(_ precision: Precision) throws {
    let kernels = Kernels(precision: precision, threads: 2)
    let network = try Self.network(batch: 7, kernels)
    let frozen = try FrozenNetwork(network, batch: 3)
    try network.freeze()
    for count in [1, 3, 7] {
      let expected = try network.forward(Tensor([count, 3, 16, 16], Self.images(count))).elements
      expectSameBits(try frozen.predict(Self.images(count)), expected, "\(count) samples at \(precision.rawValue)")
    }
    #expect(frozen.parameterCount == network.parameters.count)
    #expect(frozen.input == [3, 16, 16] && frozen.output == [10])
  }

  @Test func anyNumberOfTasksPredictTheSameBitsAtOnce() async throws {
    let network = try Self.network()
    let frozen = try FrozenNetwork(network, kernels: Kernels(threads: 2))
    try network.freeze()
    let expected = try (0..<8).map {
      try network.forward(Tensor([1, 3, 16, 16], Self.images(1, seed: $0))).elements
    }
    // Threads of their own, so that they are more than processors.
    let wrong = Mutex(0)
    await withCheckedContinuation { continuation in
      let left = Mutex(8)
      for task in 0..<8 {
        Thread.detachNewThread {
          for round in 0..<30 {
            let i = (task + round) % 8
            let y = try? frozen.predict(Self.images(1, seed: i))
            if y != expected[i] { wrong.withLock { $0 += 1 } }
          }
          if left.withLock({
            $0 -= 1
            return $0
          }) == 0 {
            continuation.resume()
          }
        }
      }
    }
    #expect(wrong.withLock { $0 } == 0)
    let sums = try await withThrowingTaskGroup(of: Bool.self) { group in
      for i in 0..<40 { group.addTask { try frozen.predict(Self.images(1, seed: i % 8)) == expected[i % 8] } }
      return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(sums == 40)
  }

  /// What a layer has packed takes the place of what it was packed from, so that weights are there once.
  @Test func plainWeightsAreDroppedWhereNobodyReadsThem() throws {
    let weights = SharedWeights()
    let design: Sequential = [
      "conv": Conv2D(filters: 8, kernel: 5), "norm": BatchNorm(), "up": ConvTranspose2D(filters: 4, kernel: 2),
      "affine": Affine(10), "prelu": PReLU(),
    ]
    let graph = Graph(of: design, input: [1, 12, 12])
    func context(_ kernels: Kernels) throws -> Network {
      let network = try Network(
        undrawn: .init(
          graph, .init(graph, batch: 2, kernels: kernels), batch: 2, seed: 0, kernels: kernels, inputGradient: false,
          fuses: true, shared: weights))
      var filled: [String] = []
      try network.freeze { node in
        weights.load(node.sharedWeights) {
          filled.append($0.name)
          $0.tensor.fill(0.5)
        }
      }
      #expect(filled.sorted() == (weights.isSealed ? [] : network.namedTensors.map(\.name).sorted()))
      return network
    }
    let first = try context(Kernels(threads: 1))
    #expect(
      weights.plainNames.sorted() == [
        "affine.bias", "norm.running_mean", "norm.running_var", "prelu.weight", "up.bias", "up.weight",
      ])
    weights.seal()
    let second = try context(Kernels(threads: 2))
    let x = Tensor([2, 1, 12, 12], (0..<288).map { Float($0) / 288 })
    expectSameBits(try second.forward(x).elements, try first.forward(x).elements, "the second")
    #expect(first.parameters.memory == (0, 0))
    #expect(first.parameters.all.allSatisfy { $0.gradient.count == 0 && $0.trainedGradient == nil })
  }

  /// Layers that share weights pack them once, and drop them only when both have.
  @Test func sharedWeightsArePackedOnce() throws {
    var graph = Graph()
    let (a, b) = (graph.input("a", [1, 8, 8]), graph.input("b", [1, 8, 8]))
    let encoder: Sequential = ["conv": Conv2D(filters: 4, kernel: 3), "relu": ReLU(), "affine": Affine(5)]
    let (x, y) = (graph.add("encoder", encoder, to: a), graph.add(again: "encoder", to: b))
    graph.output("sum", graph.append("sum", Add(), [x, y]))
    let network = try Network(graph, batch: 2)
    let frozen = try FrozenNetwork(network, batch: 2)
    let inputs = [Tensor([2, 1, 8, 8], (0..<128).map { Float($0) }), Tensor([2, 1, 8, 8])]
    let expected = try network.forward(inputs).elements
    expectSameBits(
      try frozen.withContext { try $0.forward(inputs).elements }, expected, "two inputs")
    #expect(throws: KernelError.invalid(kernel: "network", reason: Self.twoInputs)) { try frozen.predict([1, 2, 3]) }
  }
  private static let twoInputs = "it has 2 inputs and 1 outputs; give them to a context (withContext)"

  /// Where each of them packs the weights in its own way, they are dropped after the last.
  @Test func sharedWeightsArePackedForEverySize() throws {
    var graph = Graph()
    let (a, b) = (graph.input("a", [1, 8, 8]), graph.input("b", [1, 20, 12]))
    let conv = graph.add("conv", Conv2D(filters: 4, kernel: 3), to: a)
    let means = [conv, graph.add(again: "conv", to: b)].enumerated().map { i, y in
      graph.add("mean\(i)", GlobalAveragePool2D(), to: y)
    }
    graph.output("sum", graph.append("sum", Add(), means))
    let network = try Network(graph, batch: 2)
    let frozen = try FrozenNetwork(network, batch: 2)
    let inputs = ([[2, 1, 8, 8], [2, 1, 20, 12]] as [Shape]).map { shape in
      Tensor(shape, (0..<shape.count).map { Float($0 % 7) })
    }
    let expected = try network.forward(inputs).elements
    expectSameBits(try frozen.withContext { try $0.forward(inputs).elements }, expected, "two sizes")
  }

  @Test func filesComeBackFrozen() throws {
    let folder = try TemporaryFolder()
    let network = try Self.network()
    try network.save(to: folder / "model.safetensors")
    let frozen = try FrozenNetwork(contentsOf: folder / "model.safetensors", kernels: Kernels(threads: 1))
    try network.freeze()
    expectSameBits(
      try frozen.predict(Self.images(1)), try network.forward(Tensor([1, 3, 16, 16], Self.images(1))).elements, "file")

    var bytes = try Data(contentsOf: URL(fileURLWithPath: folder / "model.safetensors"))
    bytes[bytes.count - 9] ^= 1
    try bytes.write(to: URL(fileURLWithPath: folder / "damaged.safetensors"))
    let error = #expect(throws: FileError.self) { try FrozenNetwork(contentsOf: folder / "damaged.safetensors") }
    #expect(error?.reason.hasPrefix("is damaged: its contents do not have the SHA-256 in its metadata") == true)
    try SafetensorsFile.write([("a.weight", Tensor([1]))], to: folder / "plain.safetensors")
    let plain = #expect(throws: FileError.self) { try FrozenNetwork(contentsOf: folder / "plain.safetensors") }
    #expect(
      plain?.reason == "holds weights but no description of their network; build the network and load(from:) them")
  }

  @Test func errorsSayWhatDoesNotFit() throws {
    let frozen = try FrozenNetwork(Network(input: [4], batch: 1, ["affine": Affine(2)]))
    func reason(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)" }
      return "nothing"
    }
    #expect(reason { _ = try frozen.predict([1, 2, 3]) } == "network: 3 numbers are no samples of 4")
    #expect(
      reason {
        var y = [Float](repeating: 0, count: 3)
        try frozen.predict(([1, 2, 3, 4] as [Float]).span, into: y.mutableSpan)
      } == "network: its output has 3 elements, but the sizes need 2")
    #expect(
      reason { _ = try FrozenNetwork(Network(input: [4], batch: 1, ["affine": Affine(2)]), batch: 0) }
        == "network: a batch of 0 holds nothing")
    #expect(try frozen.predict([]).isEmpty)
  }
}
