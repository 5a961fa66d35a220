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
    elements.map { element in
      LayerSummary(
        name: element.name, description: element.spec.description, output: element.layer.output,
        parameters: parameters.all[element.parameters].reduce(0) { $0 + $1.value.count })
    }
  }
}
