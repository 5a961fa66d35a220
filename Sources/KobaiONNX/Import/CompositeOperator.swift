/// An operator that ONNX lacks, or lacked once, and that files write as several nodes.
struct CompositeOperator {
  /// What it is called; ``ONNXOperators`` has its reading in ``domain``.
  let type: String
  /// The tensors of the pattern that it reads, in their order.
  let operands: [String]
  /// The type of the node whose attributes it takes over.
  let attributes: String
  /// What it looks like in a file.
  let pattern: Pattern

  /// The domain of all of them.
  static let domain = "kobai.composite"

  /// Puts one node in the place of each group of nodes that make up one of these operators, at the place of the last.
  /// Where several end with the same node, the first in the list is taken.
  static func compose(
    _ nodes: [ONNXNode], _ operators: [CompositeOperator], constants: [String: Constant], outputs: [ONNXValueInfo]
  ) -> [ONNXNode] {
    let wiring = Wiring(nodes, outputs: outputs)
    let matcher = PatternMatcher(nodes, wiring, constants: constants)
    var composed: [Int: ONNXNode] = [:]
    var taken: Set<Int> = []
    for last in nodes.indices.reversed() where !taken.contains(last) && nodes[last].isStandard {
      for composite in operators {
        guard let match = matcher.match(composite.pattern, endingWith: last), match.nodes.isDisjoint(with: taken) else {
          continue
        }
        composed[last] = composite.node(match, nodes, last: nodes[last])
        taken.formUnion(match.nodes)
        break
      }
    }
    return nodes.indices.compactMap { composed[$0] ?? (taken.contains($0) ? nil : nodes[$0]) }
  }

  private func node(_ match: PatternMatcher.Match, _ nodes: [ONNXNode], last: ONNXNode) -> ONNXNode {
    .with {
      ($0.name, $0.opType, $0.domain) = (LayerName.path(last.ownName, last.opType), type, Self.domain)
      $0.input = operands.map { match.tensors[$0] ?? "" }
      $0.output = last.output
      $0.attribute = match.nodes.first { nodes[$0].opType == attributes }.map { nodes[$0].attribute } ?? []
    }
  }
}
