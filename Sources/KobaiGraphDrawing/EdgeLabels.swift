import Foundation
import KobaiScratch

/// What stands above and below the lines of a picture.
public enum EdgeLabels: Sendable {
  /// Numbers; of arrays the shapes.
  case values
  /// What is computed, and the derivatives as products of local ones, such as "∂L/∂y y (1 − y)".
  case symbols
  /// What is computed, and the derivatives as the chain rule writes them, such as "∂z/∂z ∂z/∂t ∂t/∂x".
  case chainRule
}

/// The words of every arrow of a diagram.
struct LabelTexts {
  /// Above the arrows: what runs forward.
  private(set) var forward: [String] = []
  /// Below them: what comes back; empty before the backward pass and where nobody asks.
  private(set) var backward: [String] = []
  /// The arrays in full, for readers who point at a line.
  private(set) var details: [String] = []

  init(_ diagram: Diagram, of graph: Graph, _ kind: EdgeLabels) {
    let expressions = Expressions(graph)
    let symbols = kind == .values ? [] : DerivativeSymbols(diagram, graph, kind, expressions).texts
    for (i, arrow) in diagram.arrows.enumerated() {
      let (node, source) = (graph.nodes[arrow.node], diagram.vertices[arrow.source])
      let (value, derivative) = (node.value, arrow.isConstant ? nil : diagram.derivative(of: arrow, in: graph))
      let size = value.rank == 0 || source.shape == .literal ? "" : NDArray.text(value.shape)
      // A name that stands at an end of the line, or stood on it before it was divided, is not said twice.
      let isNew = (source.shape == .operation || source.shape == .box) && !arrow.edges.isEmpty
      switch kind {
      case .values:
        let name = isNew ? node.name : nil
        let number = size.isEmpty ? Self.number(value.elements[0]) : size
        forward.append([name, number].compactMap(\.self).joined(separator: size.isEmpty ? " = " : " "))
        backward.append(derivative.map { size.isEmpty ? Self.number($0.elements[0]) : size } ?? "")
      case .symbols, .chainRule:
        let isSaid = source.shape == .input || arrow.edges.isEmpty && node.name != nil
        let expression = isSaid ? "" : expressions[arrow.node]
        forward.append([expression, size].filter { !$0.isEmpty }.joined(separator: " "))
        backward.append(derivative.map { _ in [symbols[i], size].filter { !$0.isEmpty }.joined(separator: " ") } ?? "")
      }
      let name = expressions[arrow.node]
      details.append("\(name) = \(value)" + (derivative.map { "\n∂/∂(\(name)) = \($0)" } ?? ""))
    }
  }

  /// A number with four digits at most, as one would write it beside a line.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "−∞" : "∞" }
    let size = abs(value)
    let text = String(format: size >= 1e4 && size < 1e7 ? "%.0f" : "%.4g", value == 0 ? 0 : value)
    return text.replacing("e-0", with: "e-").replacing("e+0", with: "e").replacing("-", with: "−")
  }
}

extension Diagram {
  /// The derivative of the output along an arrow; nil before the backward pass.
  func derivative(of arrow: Arrow, in graph: Graph) -> NDArray? {
    if arrow.edges.isEmpty { return graph.nodes[arrow.node].derivative }
    let parts = arrow.edges.compactMap { edge in
      let derivatives = graph.nodes[edge.target].inputDerivatives
      return edge.index < derivatives.count ? derivatives[edge.index] : nil
    }
    return parts.dropFirst().reduce(parts.first) { sum, part in sum.map { $0 + part } }
  }
}
