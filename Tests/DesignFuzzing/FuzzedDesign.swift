import Kobai
import TestSupport

/// The first place where two arrays of one length have other bits.
public func firstDifference(_ a: [Float], _ b: [Float]) -> Int? {
  a.indices.first { a[$0].bitPattern != b[$0].bitPattern }
}

/// A random design with what it takes to run it.
public struct FuzzedDesign: Sendable {
  /// What it was drawn from.
  public let seed: UInt64
  /// The design.
  public let graph: Graph
  /// The largest batch.
  public let batch: Int
  /// The samples that it is run with.
  public let count: Int
  /// By input: below what the whole numbers are that it takes; nil where it takes any numbers.
  public let indices: [Int?]
  /// One line for each part, to read; a part's own name stands before the names of its layers.
  public let text: String

  /// Draws a design.
  public init(seed: UInt64) {
    var generator = DesignGenerator(seed: seed)
    self = generator.design(seed: seed)
  }

  init(seed: UInt64, graph: Graph, batch: Int, count: Int, indices: [Int?], text: String) {
    (self.seed, self.graph, self.batch, self.count) = (seed, graph, batch, count)
    (self.indices, self.text) = (indices, text)
  }

  /// A batch of random samples for each input.
  public func inputs(of network: Network, seed: UInt64) -> [Tensor] {
    var random = TestRandom(seed)
    return network.inputs.enumerated().map { i, input in
      let shape = input.shape.batched(count)
      let elements = (0..<shape.count).map { _ in indices[i].map { Float(random.index(below: $0)) } ?? random.float() }
      return Tensor(shape, elements)
    }
  }

  /// Moves the parameters that start alike, such as biases and the factors of normalisations, from where they start, which
  /// would hide what they do.
  public func scatter(_ network: Network, seed: UInt64) {
    var random = TestRandom(seed)
    for parameter in network.parameters.all where !parameter.decays {
      var span = parameter.value.mutableSpan
      for i in span.indices { span[i] += random.float() / 2 }
    }
  }
}
