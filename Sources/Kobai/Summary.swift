extension Network {
  /// The layers of the design, in order, with the shapes of one sample of their input and output; fused layers are listed
  /// one by one, merges are left out. The parameters of each are ``namedTensors`` that begin with its name and a dot.
  public var layers: [(name: String, spec: any LayerSpec, input: Shape, output: Shape)] {
    design.nodes.compactMap { node in
      (node.spec as? any LayerSpec).map {
        (node.name, $0, design.shapes[node.inputs[0]], design.shapes[node.output])
      }
    }
  }

  /// One line of a network's table.
  public struct LayerSummary: Sendable, Equatable {
    /// The layer's name in the design.
    public let name: String
    /// The spec in words, such as "Conv2D 30 @ 5×5".
    public let description: String
    /// The shape of one sample of the output.
    public let output: Shape
    /// The number of trained elements.
    public let parameters: Int
  }

  /// Every layer and merge with its output's shape and its parameters' number.
  public var summary: [LayerSummary] {
    design.nodes.enumerated().map { i, node in
      LayerSummary(
        name: node.name, description: node.spec.description, output: design.shapes[node.output],
        parameters: parameters.all.reduce(0) { $0 + ($1.node == i ? $1.value.count : 0) })
    }
  }
}
