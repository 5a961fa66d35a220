import KobaiKernels

extension Network {
  /// What a network was built from: its layers and merges, in order, and the values between them.
  public struct Design: Sendable {
    /// A layer or a merge.
    public struct Node: Sendable {
      /// Its name.
      public let name: String
      /// What was asked for: a ``LayerSpec`` or a ``MergeSpec``.
      public let spec: any NodeSpec
      /// The values that it reads.
      public let inputs: [Int]
      /// The value that it computes.
      public let output: Int
      /// The name that its parameters are saved under: its own, or that of the node whose weights it shares.
      public let weights: String
    }

    /// The nodes; each stands behind those whose values it reads.
    public let nodes: [Node]
    /// The shape of one sample of each value.
    public let shapes: [Shape]
    /// The name of each input and the value that it is.
    public let inputs: [(name: String, value: Int)]
    /// The name of each output and the value that it is.
    public let outputs: [(name: String, value: Int)]
    /// The parameters and then the running statistics, as ``Network/namedTensors`` has them once they have memory.
    package let tensors: [NamedShape]

    /// The layer or merge that makes the first output; nil where that is an input.
    package var outputLayer: (any NodeSpec)? { nodes.first { $0.output == outputs[0].value }?.spec }

    /// The place of the node of that name.
    func index(of name: String) -> Int? { nodes.firstIndex { $0.name == name } }

    /// Checks a graph and infers the shapes of its values.
    package init(_ graph: Graph, batch: Int, kernels: Kernels) throws(BuildError) {
      guard batch > 0 else { throw BuildError(layer: "network", reason: "a batch of \(batch) holds nothing") }
      try graph.check()
      var shapes = [Shape](repeating: [], count: graph.valueCount)
      // Designs come out of files as well: sizes that no memory holds are refused before anything is allocated.
      func fits(_ shape: Shape, of name: String) throws(BuildError) -> Shape {
        guard shape.rank < 4 else {
          throw BuildError(layer: name, reason: "\(shape) has four axes; a sample has three at most")
        }
        // Beside an empty axis the others may be of any size.
        let largest = (0..<shape.rank).reduce(0) { max($0, shape[$1]) }
        guard max(shape.count, largest) < Arena.limit / MemoryLayout<Float>.stride / batch else {
          throw BuildError(layer: name, reason: "\(batch) samples of \(shape) are more than a process can address")
        }
        return shape
      }
      for input in graph.inputs { shapes[input.value.index] = try fits(input.shape, of: input.name) }
      // Every layer is built once for its output's shape alone; nothing is allocated.
      let trial = Construction(batch: batch, seed: 0, kernels: kernels, of: graph)
      for node in graph.nodes {
        let inputs = node.inputs.map { shapes[$0.index] }
        let operation = try Kobai.Node.Operation(node.spec, inputs, in: BuildScope([node], trial))
        shapes[node.output.index] = try fits(operation.output, of: node.name)
        guard trial.bytes < Arena.limit else {
          throw BuildError(layer: node.name, reason: "\(node.spec) needs more memory than a process can address")
        }
      }
      if let problem = trial.problem { throw problem }
      tensors = trial.tensors
      nodes = graph.nodes.map {
        Node(
          name: $0.name, spec: $0.spec, inputs: $0.inputs.map(\.index), output: $0.output.index, weights: $0.weights)
      }
      self.shapes = shapes
      inputs = graph.inputs.map { ($0.name, $0.value.index) }
      outputs = graph.outputs.map { ($0.name, $0.value.index) }
    }
  }
}

extension Graph {
  /// The graph of a part with one input and one output.
  package init(of part: some Part, input shape: Shape) {
    self.init()
    let x = input("input", shape)
    output("output", part.add(to: &self, named: "", x))
  }
}
