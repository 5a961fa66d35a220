import KobaiScratch

/// The results of a graph's nodes as one would write them: by name, or in terms of what they are computed from.
struct Expressions {
  private var texts: [(text: String, isAtom: Bool)] = []

  init(_ graph: Graph) {
    for node in graph.nodes {
      let x = node.inputs.map { texts[$0].text }
      // In brackets, unless it is a single word anyway.
      let y = node.inputs.map { texts[$0].isAtom ? texts[$0].text : "(\(texts[$0].text))" }
      if let name = node.name {
        texts.append((name, true))
        continue
      }
      switch node.operation {
      case .input, .constant: texts.append((LabelTexts.number(node.value.elements.first ?? 0), true))
      case .add: texts.append((x.joined(separator: " + "), false))
      case .subtract: texts.append(("\(x[0]) − \(y[1])", false))
      case .multiply where y.contains("−1"): texts.append(("−\(y[y[0] == "−1" ? 1 : 0])", false))
      case .multiply: texts.append((y.joined(separator: " "), false))
      case .reciprocal: texts.append(("1 / \(y[0])", false))
      case .exp, .log, .relu, .tanh, .mean, .max: texts.append(("\(node.operation.symbol)(\(x[0]))", true))
      case .sqrt: texts.append(("√\(y[0])", true))
      case .square: texts.append(("\(y[0])²", true))
      case .dot: texts.append((y.joined(separator: "·"), false))
      case .broadcast: texts.append(texts[node.inputs[0]])
      case .sum: texts.append(("Σ \(y[0])", false))
      }
    }
  }

  /// The result of a node.
  subscript(node: Int) -> String { texts[node].text }

  /// The same as a factor: in brackets where it needs them.
  func factor(_ node: Int) -> String { texts[node].isAtom ? texts[node].text : "(\(texts[node].text))" }
}

/// The derivatives of a diagram in symbols: on its way back each is multiplied by what the node's operation says.
struct DerivativeSymbols {
  /// A product with a sign.
  private struct Product {
    var isNegative = false
    var factors: [String]

    var text: String {
      let product = factors.isEmpty ? "1" : factors.joined(separator: " · ").replacing(" · /", with: " /")
      return (isNegative ? "−" : "") + (factors.count == 1 ? Self.withoutBrackets(product) : product)
    }

    private static func withoutBrackets(_ text: String) -> String {
      let inner = text.dropFirst().dropLast()
      return text.hasPrefix("(") && text.hasSuffix(")") && !inner.contains(")") ? String(inner) : text
    }

    func times(_ factor: String) -> Product { Product(isNegative: isNegative, factors: factors + [factor]) }
    var negated: Product { Product(isNegative: !isNegative, factors: factors) }
  }

  /// What comes back on each arrow.
  let texts: [String]

  init(_ diagram: Diagram, _ graph: Graph, _ kind: EdgeLabels, _ expressions: Expressions) {
    var products = [Product?](repeating: nil, count: diagram.arrows.count)
    let output = diagram.arrows.first { $0.edges.isEmpty }.map { expressions[$0.node] } ?? "L"
    func leaving(_ vertex: Int) -> [Product] {
      diagram.arrows.indices.filter { diagram.arrows[$0].source == vertex }.compactMap { products[$0] }
    }
    for vertex in diagram.vertices.indices.reversed() {
      for (i, arrow) in diagram.arrows.enumerated() where arrow.target == vertex {
        let name = expressions[arrow.node]
        let after = leaving(vertex)
        switch diagram.vertices[vertex].shape {
        case .output:
          let whole = kind == .chainRule ? ["∂\(name)/∂\(name)"] : name == "L" ? [] : ["∂L/∂\(name)"]
          products[i] = Product(factors: whole)
        case .fork:
          let sum = after.map(\.text).joined(separator: " + ").replacing("+ −", with: "− ")
          products[i] = Product(factors: [
            graph.nodes[arrow.node].name.map { "∂\(kind == .chainRule ? output : "L")/∂\($0)" } ?? "(\(sum))"
          ])
        case .operation where kind == .chainRule:
          products[i] = after.first?.times("∂\(expressions.factor(arrow.edges[0].target))/∂\(name)")
        case .operation:
          products[i] = after.first.map { Self.backward($0, arrow.edges[0], graph, expressions) }
        case .box:
          let groups = graph.nodes[arrow.edges[0].target].groups
          let factor = groups.lazy.compactMap { graph.groups[$0].symbols[arrow.node] }.first
          if let factor, after.count == 1 {
            products[i] = after[0].times(factor)
          } else {
            products[i] = Product(factors: ["∂L/∂\(expressions.factor(arrow.node))"])
          }
        case .input, .literal: break
        }
      }
    }
    texts = products.map { $0?.text ?? "" }
  }

  /// What a node makes of the derivative that comes back to it, for one of its inputs.
  private static func backward(
    _ dy: Product, _ edge: Graph.Edge, _ graph: Graph, _ expressions: Expressions
  ) -> Product {
    let node = graph.nodes[edge.target]
    let (x, y) = (expressions.factor(edge.source), expressions.factor(edge.target))
    switch node.operation {
    case .input, .constant, .add: return dy
    case .subtract: return edge.index == 0 ? dy : dy.negated
    case .multiply:
      let other = expressions.factor(node.inputs[1 - edge.index])
      return other == "−1" ? dy.negated : dy.times(other)
    case .reciprocal: return dy.times("\(y)²").negated
    case .exp: return dy.times(y)
    case .log: return dy.times("/ \(x)")
    case .sqrt: return dy.times("/ 2\(y)")
    case .square: return dy.times("2\(x)")
    case .relu: return dy.times("[\(x) > 0]")
    case .tanh: return dy.times("(1 − \(y)²)")
    case .dot where edge.index == 0: return dy.times("\(expressions.factor(node.inputs[1]))ᵀ")
    case .dot:
      return Product(isNegative: dy.isNegative, factors: ["\(expressions.factor(node.inputs[0]))ᵀ"] + dy.factors)
    case .broadcast:
      return Product(isNegative: dy.isNegative, factors: ["Σ \(dy.factors.first ?? "1")"] + dy.factors.dropFirst())
    case .sum: return dy
    case .mean:
      return dy.times("/ \(graph.nodes[edge.source].value.count / Swift.max(1, node.value.count))")
    case .max: return dy.times("[max]")
    }
  }
}
