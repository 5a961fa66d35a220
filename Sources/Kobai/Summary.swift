extension Network {
  /// The layers of the design, in order, with the shapes of one sample of their input and output; fused layers are listed
  /// one by one. The parameters of each are ``namedTensors`` that begin with its name and a dot.
  public var layers: [(name: String, spec: any LayerSpec, input: Shape, output: Shape)] {
    let members = elements.flatMap(\.members)
    let inputs = [input] + members.map(\.output)
    return zip(members, inputs).map { ($0.name, $0.spec, $1, $0.output) }
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

  /// Every layer with its output's shape and its parameters' number.
  public var summary: [LayerSummary] {
    elements.flatMap { element in
      element.members.enumerated().map { i, member in
        LayerSummary(
          name: member.name, description: member.spec.description, output: member.output,
          parameters: i == 0 ? parameters.all[element.parameters].reduce(0) { $0 + $1.value.count } : 0)
      }
    }
  }
}
