import KobaiKernels

extension Network {
  /// A network before it has any memory: its layers, the names and shapes of its tensors, and what it will take are known. It is built
  /// once.
  package struct Blueprint {
    /// The layers, and the tensors that they will have.
    package let design: Design
    /// The memory that the network will take.
    package let memory: NetworkMemory
    let graph: Graph
    let construction: Construction
    let topology: Topology
    let layout: ActivationLayout
    let wantsInputGradient: Bool

    /// The numbers of a batch's inputs and outputs.
    package var sampleCount: Int {
      let ends = (design.inputs + design.outputs).map { design.shapes[$0.value].batched(construction.batch).count }
      return NetworkMemory.sum(ends)
    }

    /// Plans a network; the parameters are those of ``Network/init(_:batch:seed:kernels:inputGradient:fuses:)``.
    ///
    /// - Parameters:
    ///   - graph: the layers and what they read.
    ///   - batch: the largest number of samples at a time.
    ///   - seed: the seed of the first weights and of dropout.
    ///   - kernels: the kernels to compute with.
    ///   - inputGradient: whether the backward pass goes down to the input.
    ///   - fuses: whether layers may be fused.
    package init(
      _ graph: Graph, batch: Int, seed: UInt64 = 0, kernels: Kernels = .default, inputGradient: Bool = false,
      fuses: Bool = true
    ) throws(BuildError) {
      try self.init(
        graph, Design(graph, batch: batch, kernels: kernels), batch: batch, seed: seed, kernels: kernels,
        inputGradient: inputGradient, fuses: fuses, shared: nil)
    }

    /// Plans a network of a design that was checked.
    ///
    /// - Parameter shared: the weights of a network that only predicts, which has no memory of its own for parameters and none
    ///   for gradients; nil for one that trains.
    init(
      _ graph: Graph, _ design: Design, batch: Int, seed: UInt64, kernels: Kernels, inputGradient: Bool, fuses: Bool,
      shared: SharedWeights?
    ) throws(BuildError) {
      let construction = Construction(batch: batch, seed: seed, kernels: kernels, shared: shared, of: graph)
      var nodes: [Node] = []
      for group in fuses ? Fusion.groups(of: graph, shapes: design.shapes) : Fusion.nodes(of: graph) {
        nodes.append(try Node(group, design, construction))
      }
      if let problem = construction.problem { throw problem }
      topology = Topology(
        nodes, shapes: design.shapes, inputs: graph.inputs.map(\.value.index),
        outputs: graph.outputs.map(\.value.index))
      layout = ActivationLayout(topology, batch: batch, isInference: shared != nil, inputGradient: inputGradient)
      var memory = construction.memory
      memory.values = min(layout.bytes, AvailableMemory.limit)
      (self.graph, self.design, self.construction, self.memory) = (graph, design, construction, memory)
      wantsInputGradient = inputGradient
    }
  }
}

/// The bytes of memory that a network takes. What is beyond what a process can address is not counted any more.
package struct NetworkMemory: Sendable {
  /// Parameters, and what is saved with them.
  package let weights: Int
  /// The gradients of the parameters.
  package let gradients: Int
  /// What layers keep from their forward to their backward pass, and scratch.
  package let layers: Int
  /// The values of a batch between the layers, and their gradients.
  package fileprivate(set) var values = 0

  init(weights: [Int], gradients: [Int], layers: [Int]) {
    self.weights = Self.sum(weights)
    self.gradients = Self.sum(gradients)
    self.layers = Self.sum(layers)
  }

  /// All of it.
  package var total: Int { Self.sum([weights, gradients, layers, values]) }

  /// A sum of sizes, up to the limit.
  package static func sum(_ parts: [Int]) -> Int {
    parts.reduce(0) { min($0 + min(max($1, 0), AvailableMemory.limit), AvailableMemory.limit) }
  }

  /// Throws where there is not that much memory, so that a network that is too large does not end the process.
  func check() throws(BuildError) {
    guard let problem = AvailableMemory.problem(with: total) else { return }
    let what = gradients > 0 ? "weights, gradients and values" : "weights and values"
    throw BuildError(
      layer: "network", reason: "its \(what) need \(problem); build it for smaller batches, or with less layers")
  }
}
