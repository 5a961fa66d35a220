extension Network {
  /// One line of a network's table.
  public struct LayerSummary: Sendable, Equatable {
    /// The layer's name in the design.
    public let name: String
    /// The spec in words, such as "Conv2D 30 @ 5×5".
    public let description: String
    /// The shape of one sample of the output.
    public let output: Shape
    /// The number of trained values.
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
