extension Network {
  /// One line of a network's table.
  public struct LayerSummary: Sendable, Equatable {
    public let name: String
    public let description: String
    public let output: Shape
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
