/// A network's design as a graph, for what ``Sequential``, ``Residual`` and ``Branches`` cannot say: several inputs, several
/// outputs, layers that are used more than once.
///
/// ```swift
/// var graph = Graph()
/// let left = graph.input("left", [1, 28, 28])
/// let right = graph.input("right", [1, 28, 28])
/// let encoder: Sequential = ["conv": Conv2D(filters: 8, kernel: 5), "relu": ReLU(), "pool": MaxPool2D(2)]
/// let a = graph.add("encoder", encoder, to: left)
/// let b = graph.add(again: "encoder", to: right)  // with the same weights
/// let both = graph.append("both", Concatenate(), [a, b])
/// graph.output("same", graph.add("head", Affine(1), to: both))
/// let network = try Network(graph, batch: 32)
/// ```
public struct Graph: Sendable {
  /// What a node computes, or an input.
  public struct Value: Sendable, Hashable {
    let index: Int
  }

  /// A layer or a merge.
  struct Node {
    let name: String
    let spec: any NodeSpec
    let inputs: [Value]
    let output: Value
    /// The name that its parameters are saved under: its own, or that of the node whose weights it shares.
    let weights: String
    /// Its place among the nodes, which first weights and random numbers depend on; fusion changes nothing about it.
    let index: Int
  }

  private(set) var inputs: [(name: String, shape: Shape, value: Value)] = []
  private(set) var nodes: [Node] = []
  private(set) var outputs: [(name: String, value: Value)] = []
  private(set) var valueCount = 0
  /// What cannot be built; it is thrown when that is tried, so that a design reads without a `try` in every line.
  private(set) var problem: BuildError?
  private var parts: [(name: String, part: any Part, uses: Int)] = []
  private var sharing: (name: String, weights: String)?

  /// A graph without nodes.
  public init() {}

  /// Adds an input.
  ///
  /// - Parameters:
  ///   - name: a name of its own.
  ///   - shape: one sample of it: [channels, height, width] or [elements].
  public mutating func input(_ name: String, _ shape: Shape) -> Value {
    let value = newValue()
    inputs.append((name, shape, value))
    return value
  }

  /// Adds a layer, or a part made of layers.
  ///
  /// - Parameters:
  ///   - name: a name of its own, which the names of its parameters begin with.
  ///   - part: the layer or part.
  ///   - x: what it computes from.
  /// - Returns: what it computes.
  public mutating func add(_ name: String, _ part: some Part, to x: Value) -> Value { insert(name, part, x) }

  /// Adds layers one after the other; the names of their parameters begin with both names: "body.affine.weight".
  ///
  /// - Parameters:
  ///   - name: a name of its own.
  ///   - layers: the layers, which may be written as a literal.
  ///   - x: what they compute from.
  /// - Returns: what the last of them computes.
  public mutating func add(_ name: String, _ layers: Sequential, to x: Value) -> Value {
    insert(name, layers, x)
  }

  private mutating func insert(_ name: String, _ part: some Part, _ x: Value) -> Value {
    parts.append((name, part, 1))
    return part.add(to: &self, named: name, x)
  }

  /// Uses a part that was added by `add` once more, with the same parameters. Its nodes are named "name#2" and so
  /// on.
  ///
  /// - Parameters:
  ///   - name: the name it was added under.
  ///   - x: what it computes from now.
  public mutating func add(again name: String, to x: Value) -> Value {
    guard let i = parts.firstIndex(where: { $0.name == name }) else {
      let known = parts.map { "\"\($0.name)\"" }.joined(separator: ", ")
      fail(
        name,
        "nothing was added under this name that could be used again; there is \(known.isEmpty ? "nothing" : known)")
      return x
    }
    parts[i].uses += 1
    let copy = "\(name)#\(parts[i].uses)"
    sharing = (copy, name)
    defer { sharing = nil }
    return parts[i].part.add(to: &self, named: copy, x)
  }

  /// Adds one node: what parts are made of, and the way to merge values.
  ///
  /// - Parameters:
  ///   - name: a name of its own.
  ///   - spec: a layer, or a merge such as ``Add`` and ``Concatenate``.
  ///   - inputs: what it computes from; one value for a layer.
  public mutating func append(_ name: String, _ spec: any NodeSpec, _ inputs: [Value]) -> Value {
    append(name, spec, inputs, weights: nil)
  }

  /// The same with the weights of another node, unless that is nil.
  package mutating func append(
    _ name: String, _ spec: any NodeSpec, _ inputs: [Value], weights shared: String?
  ) -> Value {
    if inputs.contains(where: { $0.index >= valueCount }) { fail(name, "its input belongs to another graph") }
    if inputs.isEmpty { fail(name, "\(spec) has no inputs") }
    if spec is any LayerSpec, inputs.count > 1 {
      fail(name, "\(spec) takes one input, not \(inputs.count); merge them first")
    }
    let name = name.isEmpty ? "layer" : name  // a network that is one layer
    let weights = shared ?? sharing.map { $0.weights + name.dropFirst($0.name.count) } ?? name
    let value = newValue()
    nodes.append(
      Node(name: name, spec: spec, inputs: inputs, output: value, weights: weights, index: nodes.count))
    return value
  }

  /// Says that a value is an output. The order is that of ``Network/outputs``.
  ///
  /// - Parameters:
  ///   - name: a name of its own.
  ///   - value: what a node computes.
  public mutating func output(_ name: String, _ value: Value) { outputs.append((name, value)) }

  private mutating func newValue() -> Value {
    valueCount += 1
    return Value(index: valueCount - 1)
  }

  private mutating func fail(_ node: String, _ reason: String) {
    if problem == nil { problem = BuildError(layer: node, reason: reason) }
  }

  /// The number of layers and merges.
  package var nodeCount: Int { nodes.count }

  /// Whether a value is an input, which no node computes.
  package func isInput(_ value: Value) -> Bool { inputs.contains { $0.value == value } }

  /// The nodes that read each value, and the place of the value among their inputs, in the order of the nodes.
  var consumers: [[(node: Int, operand: Int)]] {
    var consumers = [[(node: Int, operand: Int)]](repeating: [], count: valueCount)
    for (i, node) in nodes.enumerated() {
      for (operand, value) in node.inputs.enumerated() where value.index < valueCount {
        consumers[value.index].append((i, operand))
      }
    }
    return consumers
  }

  /// The spec of the only node that reads a node's output, by the node's index; nil where there are others, or where it is an
  /// output of the graph.
  var followers: [(any NodeSpec)?] {
    let (consumers, outputs) = (consumers, Set(outputs.map(\.value)))
    return nodes.map { node in
      let readers = consumers[node.output.index]
      return readers.count == 1 && !outputs.contains(node.output) ? nodes[readers[0].node].spec : nil
    }
  }

  /// How the weights before the next activation behind a node are to be drawn, by the node's index; nil where none follows.
  var nextActivations: [Initializer?] {
    let consumers = consumers
    var next = [Initializer?](repeating: nil, count: nodes.count)
    for i in nodes.indices.reversed() {
      for consumer in consumers[nodes[i].output.index] where next[i] == nil {
        next[i] = (nodes[consumer.node].spec as? any LayerSpec)?.preferredInitializer ?? next[consumer.node]
      }
    }
    return next
  }

  /// Throws what can be said before shapes are known.
  func check() throws(BuildError) {
    if let problem { throw problem }
    guard !nodes.isEmpty else { throw BuildError(layer: "network", reason: "it has no layers") }
    var names: Set<String> = []
    for name in nodes.map(\.name) where !names.insert(name).inserted {
      throw BuildError(layer: name, reason: "two layers have this name")
    }
    names = []
    for name in inputs.map(\.name) + outputs.map(\.name) where !names.insert(name).inserted {
      throw BuildError(layer: name, reason: "two inputs or outputs have this name")
    }
    guard !outputs.isEmpty else {
      throw BuildError(layer: "network", reason: "it has no output; say which value is one by output(_:_:)")
    }
    for (name, value) in outputs where !nodes.contains(where: { $0.output == value }) {
      throw BuildError(layer: name, reason: "no layer computes this output")
    }
    let (consumers, read) = (consumers, Set(outputs.map(\.value)))
    for (name, value) in inputs.map({ ($0.name, $0.value) }) + nodes.map({ ($0.name, $0.output) })
    where consumers[value.index].isEmpty && !read.contains(value) {
      throw BuildError(layer: name, reason: "nothing reads what it computes, and it is no output")
    }
  }
}
