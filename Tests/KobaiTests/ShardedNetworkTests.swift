import Foundation
import TestSupport
import Testing
import ThreadRanks

@testable import Kobai

@Suite("Batches that processes share out in shards")
struct ShardedNetworkTests {
  @Test("every shard's gradient is added once, in an order that the number of processes does not change")
  func tree() {
    for shards in [1, 2, 3, 5, 8, 12, 24] {
      let tree = ShardTree(shards: shards)
      let whole = Self.words(tree, ranks: 1)
      #expect(whole.split { !$0.isNumber }.map { Int($0) } == (0..<shards).map { $0 })
      for ranks in 1...shards { #expect(Self.words(tree, ranks: ranks) == whole, "\(shards) shards, \(ranks) ranks") }
    }
    #expect(Self.words(ShardTree(shards: 5), ranks: 2) == "(((0+1)+2)+(3+4))")
  }

  /// The sum as a text with brackets.
  private static func words(_ tree: ShardTree, ranks: Int) -> String {
    let roots = (0..<ranks).map { tree.roots(of: tree.shards(of: $0, among: ranks)) }
    var sums: [String] = []
    for rank in roots {
      var buffers = [String](repeating: "?", count: 40)
      for step in rank.enumerated().flatMap({ tree.steps(of: $1, into: $0) }) {
        buffers[step.buffer] = step.isAdded ? "(\(buffers[step.buffer])+\(step.shard))" : "\(step.shard)"
        for merged in step.merged { buffers[merged] = "(\(buffers[merged])+\(buffers[merged + 1]))" }
      }
      sums += buffers[..<rank.count]
    }
    for (to, from) in tree.additions(of: roots.flatMap(\.self)) { sums[to] = "(\(sums[to])+\(sums[from]))" }
    return sums[0]
  }

  @Test("the samples of all shards are those of the batch, and differ by one at most") func samples() {
    for (shards, batch) in [(8, 100), (8, 5), (3, 3), (24, 256)] {
      let tree = ShardTree(shards: shards)
      let all = (0..<shards).map { tree.samples(of: $0, in: batch) }
      #expect(all.flatMap { Array($0) } == Array(0..<batch))
      #expect(all.map(\.count).max()! - all.map(\.count).min()! <= 1)
    }
  }

  @Test(
    "outputs and gradients have the same bits with 1, 2, 3, 4 and 8 processes, and one shard those of a whole batch")
  func sameBits() throws {
    for one in BatchPartTests.cases {
      let alone = try Self.run(one, ranks: 1, shards: 1)
      for (a, b) in zip(alone, try one.run(one.network(batch: one.whole), parts: one.whole)) {
        expectSameBits(a.elements, b.elements, "\(one.testDescription): \(a.name) of one shard")
      }
      let whole = try Self.run(one, ranks: 1, shards: 8)
      for (a, b) in zip(alone, whole) {
        let largest = a.elements.reduce(0) { max($0, abs($1)) }
        #expect(
          zip(a.elements, b.elements).allSatisfy { abs($0 - $1) <= 1e-4 * largest }, "\(one.testDescription): \(a.name)"
        )
      }
      for ranks in [2, 3, 4, 8] {
        for (a, b) in zip(whole, try Self.run(one, ranks: ranks, shards: 8)) {
          expectSameBits(a.elements, b.elements, "\(one.testDescription): \(a.name), \(ranks) processes")
        }
      }
    }
  }

  /// Networks whose samples depend on each other.
  private static let normalised: [PartsCase] = [
    .init("vectors", [7], ["a": Affine(19), "n": BatchNorm(), "r": ReLU(), "b": Affine(3), "m": BatchNorm()]),
    .init("vectors, unfused", [7], fuses: false, ["a": Affine(19), "n": BatchNorm(), "r": ReLU(), "b": Affine(3)]),
    .init("vectors and SiLU", [7], ["a": Affine(19), "n": BatchNorm(), "s": SiLU(), "b": Affine(3)]),
    .init("images alone", [3, 5, 5], ["n": BatchNorm(), "r": ReLU(), "a": Affine(3)]),
    .init("images and SiLU", [3, 6, 6], ["n": BatchNorm(), "s": SiLU(), "p": MaxPool2D(2), "a": Affine(3)]),
    .init(
      "behind convolutions", [3, 8, 8], whole: 33,
      [
        "c": Conv2D(filters: 6, kernel: 3, padding: 1, bias: false), "n": BatchNorm(), "r": ReLU(), "p": MaxPool2D(2),
        "d": Conv2D(filters: 18, kernel: 3, padding: 1), "m": BatchNorm(), "s": SiLU(), "q": MaxPool2D(2),
        "a": Affine(3),
      ]),
    .init(
      "residual", [4, 6, 6],
      [
        "b": Residual([
          "c": Conv2D(filters: 4, kernel: 3, padding: 1), "n": BatchNorm(), "r": ReLU(),
          "d": Conv2D(filters: 4, kernel: 3, padding: 1), "m": BatchNorm(),
        ]), "r": ReLU(), "e": Residual(["c": Conv2D(filters: 4, kernel: 3, padding: 1), "n": BatchNorm()]), "s": SiLU(),
        "f": Flatten(), "a": Affine(3),
      ]),
    .init(
      "fewer samples than shards", [3, 4, 4], whole: 5,
      ["c": Conv2D(filters: 4, kernel: 3), "n": BatchNorm(), "r": ReLU()]),
  ]

  @Test("a batch normalisation has the statistics of the whole batch, whoever has its samples")
  func normalisation() throws {
    for one in Self.normalised {
      let plain = try one.run(one.network(batch: one.whole), parts: one.whole)
      for shards in [1, 8] {
        // Of all: what stands before a normalisation has no gradient but for rounding where it is a bias.
        let largest = plain.flatMap(\.elements).reduce(0) { max($0, abs($1)) }
        for (a, b) in zip(plain, try Self.run(one, ranks: 1, shards: shards)) {
          #expect(
            zip(a.elements, b.elements).allSatisfy { abs($0 - $1) <= 1e-4 * largest },
            "\(one.testDescription): \(a.name), \(shards) shards")
        }
      }
      let alone = try Self.run(one, ranks: 1, shards: 8)
      for ranks in [2, 3, 4, 8] {
        for (a, b) in zip(alone, try Self.run(one, ranks: ranks, shards: 8)) {
          expectSameBits(a.elements, b.elements, "\(one.testDescription): \(a.name), \(ranks) processes")
        }
      }
    }
  }

  @Test("shards without samples count nothing, whoever has them") func emptyShards() throws {
    let small = PartsCase(
      "few samples", [1, 8, 8], whole: 5,
      ["c": Conv2D(filters: 4, kernel: 3), "r": ReLU(), "p": MaxPool2D(2), "a": Affine(9), "d": Dropout(0.3)])
    let one = try Self.run(small, ranks: 1, shards: 8)
    for ranks in [2, 3, 8] {
      for (a, b) in zip(one, try Self.run(small, ranks: ranks, shards: 8)) {
        expectSameBits(a.elements, b.elements, "\(a.name), \(ranks) processes")
      }
    }
  }

  @Test("layers that share their weights have the sums of both") func sharedWeights() throws {
    var graph = Graph()
    let x = graph.input("x", [6])
    let first = graph.add("relu", ReLU(), to: graph.add("encoder", Affine(6), to: x))
    graph.output("y", graph.add("head", Affine(2), to: graph.add(again: "encoder", to: first)))
    let one = PartsCase("shared", [6], whole: 40, ["not": ReLU()])
    let design = graph
    let whole = try one.run(Network(graph, batch: 40, seed: 2), parts: 40)
    let alone = try Self.run(one, ranks: 1, shards: 1) { try Network(design, batch: $0, seed: 2, inputGradient: true) }
    for (mine, theirs) in zip(alone, whole).dropFirst(2) { expectSameBits(mine.elements, theirs.elements, mine.name) }
    let eight = try Self.run(one, ranks: 1, shards: 8) { try Network(design, batch: $0, seed: 2, inputGradient: true) }
    let four = try Self.run(one, ranks: 4, shards: 8) { try Network(design, batch: $0, seed: 2, inputGradient: true) }
    for (mine, theirs) in zip(four, eight) { expectSameBits(mine.elements, theirs.elements, mine.name) }
  }

  @Test("parameters that are not trained are left out, and steps leave the same weights everywhere") func trains()
    throws
  {
    func weights(_ ranks: Int) throws -> [String] {
      try ThreadRanks.run(ranks) { communicator in
        let network = try Network(
          input: [1, 12, 12], batch: 40, SimpleConvNet(filters: 3, hidden: 10), seed: 3, kernels: Kernels(threads: 1))
        try network.parameters.setTrainable(false, prefix: "affine1.bias")
        let sharded = try ShardedNetwork(network, batch: 40, shards: 8, communicator, bucketBytes: 1000)
        var optimizer = Adam(learningRate: 0.01)
        var random = TestRandom(1)
        for step in 0..<4 {
          let images = Tensor([40, 1, 12, 12], random.floats(40 * 144))
          let samples = sharded.samples(in: 40)
          let labels = Labels((0..<40).map { $0 % 10 })
          if let y = try sharded.forward(images.slice(samples), of: 40, step: step) {
            _ = try SoftmaxCrossEntropy().evaluate(
              y, .classes(labels.slice(samples)), divisor: 40, gradient: network.outputGradient, on: network.kernels)
          }
          try sharded.backward()
          try optimizer.step(network.parameters)
        }
        return network.parameters.all.flatMap(\.value.elements).map { String($0.bitPattern, radix: 16) }.joined()
      }
    }
    let one = try weights(1)[0]
    for ranks in [2, 3, 8] {
      for (rank, other) in try weights(ranks).enumerated() { #expect(other == one, "\(rank) of \(ranks)") }
    }
  }

  @Test("a normalisation before all that is trained has no gradient, with or without samples", .timeLimit(.minutes(1)))
  func frozenNormalisation() throws {
    func weights(_ ranks: Int) throws -> [[Float]] {
      try ThreadRanks.run(ranks) { communicator in
        let layers: Sequential = ["a": Affine(5), "n": BatchNorm(), "r": ReLU(), "b": Affine(3)]
        let network = try Network(input: [4], batch: 3, layers, seed: 3, kernels: Kernels(threads: 1))
        for prefix in ["a", "n"] { try network.parameters.setTrainable(false, prefix: prefix) }
        let sharded = try ShardedNetwork(network, batch: 3, shards: 4, communicator)
        var random = TestRandom(1)
        for step in 0..<2 {
          let (inputs, samples) = (Tensor([3, 4], random.floats(12)), sharded.samples(in: 3))
          if let y = try sharded.forward(inputs.slice(samples), of: 3, step: step) {
            _ = try SoftmaxCrossEntropy().evaluate(
              y, .classes(Labels([0, 1, 2]).slice(samples)), divisor: 3, gradient: network.outputGradient,
              on: network.kernels)
          }
          try sharded.backward()
        }
        return network.parameters.all.filter { $0.name.hasPrefix("b") }.flatMap(\.gradient.elements)
      }
    }
    let one = try weights(1)[0]
    for (rank, other) in try weights(4).enumerated() { expectSameBits(other, one, "rank \(rank)") }
  }

  @Test("a process that has something else is named, on all of them") func agreement() throws {
    func differing(_ digests: @Sendable @escaping (Int) -> [String]) throws -> [String?] {
      try ThreadRanks.run(4) { communicator in
        let (weights, data) = (digests(communicator.rank)[0], digests(communicator.rank)[1])
        return try communicator.disagreement(on: [("other weights", weights), ("other data", data)])?.description
      }
    }
    #expect(try differing { _ in ["a", ""] } == [nil, nil, nil, nil])
    let data = "rank 2: it has other data than the other ranks"
    #expect(try differing { ["a", $0 == 2 ? "" : "é"] } == [data, data, data, data])
    let weights = "rank 0: it has other weights than the other ranks"
    #expect(try differing { [$0 == 0 ? "b" : "a", $0 == 2 ? "x" : "y"] } == [weights, weights, weights, weights])
    #expect(try SingleProcess().gatherTexts(["", "é", ""]) == [[""], ["é"], [""]])
    #expect(try SingleProcess().gatherTexts([""]) == [[""]])
  }

  @Test("what cannot be is refused in one line that names it") func errors() throws {
    let own = try Network(input: [4], batch: 8, ["a": Affine(3), "own": OwnScale()])
    let error = #expect(throws: BuildError.self) { try ShardedNetwork(own, batch: 8, shards: 8, SingleProcess()) }
    #expect(error?.description == "own: it does not compute the gradients of a batch's shards")
    let few = try ThreadRanks.run(3) { communicator in
      let network = try Network(input: [4], batch: 8, ["a": Affine(3)])
      do { _ = try ShardedNetwork(network, batch: 8, shards: 2, communicator) } catch { return "\(error)" }
      return ""
    }
    #expect(few[0] == "network: 2 shards cannot be shared out among 3 processes")
    let narrow = #expect(throws: BuildError.self) {
      try ShardedNetwork(Network(input: [4], batch: 7, ["a": Affine(3)]), batch: 8, shards: 8, SingleProcess())
    }
    #expect(narrow?.description == "network: rank 0 has 8 samples of 8, and it was built for 7 at a time")
    let nobody = #expect(throws: CommunicationError.self) { try SingleProcess().send(Tensor([1]), to: 1, tag: 0) }
    #expect(nobody?.description == "rank 1: there is no such process")
  }

  /// All outputs, the gradients of all inputs, and those of the parameters, which each process has.
  private static func run(
    _ one: PartsCase, ranks: Int, shards: Int, _ make: (@Sendable (_ batch: Int) throws -> Network)? = nil
  ) throws -> [(name: String, elements: [Float])] {
    let results = try ThreadRanks.run(ranks) { communicator -> [(name: String, elements: [Float])] in
      let tree = ShardTree(shards: shards)
      let most = tree.mostSamples(of: communicator.rank, among: ranks, in: one.whole)
      let network = try make?(most) ?? one.network(batch: most, Kernels(threads: 1 + ranks % 2))
      // Small buckets, so that there are several.
      let sharded = try ShardedNetwork(
        network, batch: one.whole, shards: shards, communicator, bucketBytes: 256)
      let samples = sharded.samples(in: one.whole)
      var random = TestRandom(12)
      let dy = Tensor(network.output.batched(one.whole), random.floats(network.output.count * one.whole))
      let y = try sharded.forward(one.inputs().slice(samples), of: one.whole, step: 3)
      if y != nil { network.outputGradient.copy(from: dy.slice(samples)) }
      try sharded.share(y, of: one.whole, wish: communicator.rank == 1)
      try sharded.backward()
      let shared = try sharded.sharedOutputs()
      #expect(shared.isWished == (ranks > 1))
      let dx = y == nil ? nil : network.inputGradient
      return [("output", shared.outputs.elements), ("input", dx?.elements ?? [])]
        + network.parameters.all.map { ($0.name, $0.gradient.elements) }
        + network.buffers.map { ($0.name, $0.value.elements) }
    }
    for other in results.dropFirst() {
      for (i, (a, b)) in zip(results[0], other).enumerated() where i != 1 {
        expectSameBits(a.elements, b.elements, "\(one.testDescription): \(a.name)")
      }
    }
    return results[0].indices.map { i in
      (results[0][i].name, i == 1 ? results.flatMap { $0[i].elements } : results[0][i].elements)
    }
  }
}

/// A layer of somebody else's, with a parameter, which knows nothing of shards.
private struct OwnScale: LayerSpec {
  var description: String { "OwnScale" }
  func build(_ input: Shape, in scope: BuildScope) -> OwnScaleLayer { OwnScaleLayer(input, scope) }
}

private final class OwnScaleLayer: Layer {
  let output: Shape
  let scale: Parameter
  init(_ input: Shape, _ scope: BuildScope) {
    (output, scale) = (input, scope.parameter("scale", [1], .constant(1), decays: false))
  }
  func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) { y.copy(from: x) }
  func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) { dx?.copy(from: dy) }
}
