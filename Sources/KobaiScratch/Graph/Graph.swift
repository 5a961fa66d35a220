import KobaiPreconditions

/// A computational graph (section 5.1 of the book): it records an expression while ordinary Swift computes it, and knows
/// afterwards what every edge carries in both directions.
///
/// ```swift
/// let graph = Graph()
/// let apple = graph.variable("apple", 100)
/// let count = graph.variable("apples", 2)
/// let tax = graph.variable("tax", 1.1)
/// let price = (apple * count * tax).named("price")
/// price.backward()
/// let perYen = apple.derivative  // 2.2: what one yen more for an apple adds to the price
/// ```
///
/// A node is an operation with one result. An ``Edge`` is one use of a result: a result that is used twice leaves on two
/// edges, and its derivative is the sum of theirs.
public final class Graph {
  /// An operation, an input or a constant, with what it gave.
  public struct Node: Sendable {
    /// What it does.
    public let operation: Operation
    /// The nodes whose results it takes, in order; all of them are before it.
    public let inputs: [Int]
    /// The groups that it belongs to, the outermost first.
    public let groups: [Int]
    /// What the picture calls its result.
    public internal(set) var name: String?
    /// The result of the forward pass.
    public let value: NDArray
    /// The derivative of the output by the result, in the result's shape; nil before the backward pass.
    public internal(set) var derivative: NDArray?
    /// The derivative of the output along the edge of each input; empty before the backward pass.
    public internal(set) var inputDerivatives: [NDArray] = []
  }

  /// One use of a node's result: that of `source`, as input number `index` of `target`.
  public struct Edge: Hashable, Sendable {
    /// The node whose result is used.
    public let source: Int
    /// The node that uses it.
    public let target: Int
    /// As which of the target's inputs.
    public let index: Int
  }

  /// Nodes that belong together, such as the four of a sigmoid: a picture shows them as one or one by one.
  public struct Group: Sendable {
    /// What the picture calls it.
    public let name: String
    /// What the group as one multiplies the derivative by on its way to an input, in symbols, by the input's node.
    public internal(set) var symbols: [Int: String] = [:]
  }

  /// All nodes, each after its inputs.
  public private(set) var nodes: [Node] = []
  /// All groups; a node's ``Node/groups`` are indices into them.
  public private(set) var groups: [Group] = []
  private var openGroups: [Int] = []

  /// A graph without nodes.
  public init() {}

  /// All edges, target by target.
  public var edges: [Edge] {
    nodes.indices.flatMap { target in
      nodes[target].inputs.enumerated().map { Edge(source: $0.element, target: target, index: $0.offset) }
    }
  }

  /// An input that the derivative is wanted of.
  public func variable(_ name: String, _ value: NDArray) -> Variable {
    record(.input, [], value, name: name)
  }

  /// A number or array that nobody varies, such as labels: pictures show no derivative on its edges. Without a name its
  /// value stands for it.
  public func constant(_ name: String? = nil, _ value: NDArray) -> Variable {
    record(.constant, [], value, name: name)
  }

  /// Everything that `body` records, as a group under that name.
  public func group<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
    openGroups.append(groups.count)
    groups.append(Group(name: name))
    defer { openGroups.removeLast() }
    return try body()
  }

  /// Says in symbols what the innermost open group, seen as one node, multiplies the derivative by on its way to `input`,
  /// such as "y (1 − y)" for a sigmoid.
  public func symbolize(_ factor: String, for input: Variable) {
    if let group = openGroups.last { groups[group].symbols[input.node] = factor }
  }

  // MARK: - Recording

  /// Computes an operation and records it.
  func apply(_ operation: Operation, _ inputs: [Variable]) -> Variable {
    for input in inputs { require(input.graph === self, "\(operation): its inputs belong to different graphs") }
    let value = operation.forward(inputs.map(\.value))
    return record(operation, inputs.map(\.node), value, name: nil)
  }

  private func record(_ operation: Operation, _ inputs: [Int], _ value: NDArray, name: String?) -> Variable {
    nodes.append(Node(operation: operation, inputs: inputs, groups: openGroups, name: name, value: value))
    return Variable(graph: self, node: nodes.count - 1)
  }

  func setName(_ name: String, of node: Int) { nodes[node].name = name }

  // MARK: - Backpropagation

  /// Computes the derivative of `output` on every edge, from the last node to the first.
  func backward(from output: Int, _ dout: NDArray) {
    require(
      dout.shape == nodes[output].value.shape,
      "backward: the derivative's shape \(NDArray.text(dout.shape)) is not the output's, "
        + NDArray.text(nodes[output].value.shape))
    for i in nodes.indices { nodes[i].derivative = NDArray.zeros(like: nodes[i].value) }
    nodes[output].derivative = dout
    for i in nodes.indices.reversed() {
      let (node, derivative) = (nodes[i], nodes[i].derivative ?? dout)
      nodes[i].inputDerivatives = node.operation.backward(
        node.inputs.map { nodes[$0].value }, node.value, derivative)
      for (input, part) in zip(node.inputs, nodes[i].inputDerivatives) {
        nodes[input].derivative = nodes[input].derivative.map { $0 + part }
      }
    }
  }

  /// The derivative of `output` along some edges of one source, from both sides: (f(x + h) − f(x − h)) / 2h for each
  /// element (section 4.3.1). With all edges of the source it is the derivative of the source itself.
  ///
  /// - Parameters:
  ///   - output: what is derived; with several elements, their sum, each times its element of `dout`.
  ///   - edges: uses of one result, which are varied together.
  ///   - dout: the derivative that ``Variable/backward(_:)`` was given; ones unless said otherwise.
  ///   - h: how far an element is moved either way, as a share of its size.
  public func numericalDerivative(
    of output: Variable, along edges: [Edge], dout: NDArray? = nil, h: Double = 1e-4
  ) -> NDArray {
    guard let source = edges.first?.source else { return NDArray(0) }
    require(edges.allSatisfy { $0.source == source }, "numericalDerivative: the edges leave different nodes")
    let value = nodes[source].value
    let weights = dout ?? NDArray(repeating: 1, shape: output.shape)
    func result(_ element: Int, _ step: Double) -> Double {
      var moved = value
      moved.elements[element] += step
      let values = evaluated(with: Dictionary(uniqueKeysWithValues: edges.map { ($0, moved) }))
      return (values[output.node] * weights).sum()
    }
    let derivative = value.elements.enumerated().map { i, x in
      // In proportion to the element: where a logarithm is of 0.01, a step of 1e-4 would already be a long one.
      let step = h * Swift.max(abs(x), 0.01)
      return (result(i, step) - result(i, -step)) / (2 * step)
    }
    return NDArray(shape: value.shape, derivative)
  }

  /// All results, computed anew with other arrays on some edges.
  private func evaluated(with replacements: [Edge: NDArray]) -> [NDArray] {
    var values: [NDArray] = []
    for (target, node) in nodes.enumerated() {
      let inputs = node.inputs.enumerated().map { index, source in
        replacements[Edge(source: source, target: target, index: index)] ?? values[source]
      }
      values.append(inputs.isEmpty ? node.value : node.operation.forward(inputs))
    }
    return values
  }
}
