import Kobai

/// Makes Kobai's graph of an ONNX graph, node by node. Only nodes that outputs need are read.
struct GraphReader {
  private let operators: ONNXOperators
  private let operatorSet: Int
  private let nodes: [ONNXNode]
  private let wiring: Wiring
  private var entries: [String: ONNXOperation.Operand] = [:]  // by the name of the file's tensor
  private var done: Set<Int> = []  // nodes that an earlier one has taken over
  private var fixedBatch: Int?
  private var elements = 0  // of all values
  private(set) var layers = LayerAppender()

  /// - Throws: ``ONNXError``, which names what cannot be read.
  init(_ model: ONNXModel, _ operators: ONNXOperators) throws(ONNXError) {
    self.operators = operators
    let set = model.opsetImport.filter { $0.domain.isEmpty || $0.domain == "ai.onnx" }.map(\.version).max() ?? 0
    guard set >= 7, set < 1000 else {
      throw ONNXError(
        layer: "graph",
        reason:
          "its operators are of version \(set), and Kobai reads 7 and later; convert it with onnx.version_converter")
    }
    let graph = model.graph
    for (count, what) in [(graph.node.count, "nodes"), (graph.input.count + graph.output.count, "inputs and outputs")]
    where count > Limits.nodes {
      throw ONNXError(layer: "graph", reason: "it has \(count) \(what); \(Limits.nodes) are the most that are read")
    }
    try Self.check(graph)
    let constants = try Self.constants(of: graph)
    operatorSet = Int(set)
    nodes = CompositeOperator.compose(
      graph.node, operators.composites, constants: constants, outputs: graph.output)
    wiring = Wiring(nodes, outputs: graph.output)
    entries = constants.mapValues { .constant($0) }
    for i in nodes.indices where nodes[i].output.first.map({ constants[$0] != nil }) ?? false { done.insert(i) }
    try readInputs(graph.input)
    let needed = try neededNodes(for: graph.output)
    for i in nodes.indices where needed.contains(i) && !done.contains(i) { try read(i) }
    try readOutputs(graph.output)
  }

  private func error(_ name: String, _ reason: String) -> ONNXError { ONNXError(layer: name, reason: reason) }

  /// Every tensor must be written once.
  private static func check(_ graph: ONNXGraph) throws(ONNXError) {
    var known = Set(graph.initializer.map(\.name)).union(graph.input.map(\.name))
    for node in graph.node {
      guard node.output.contains(where: { !$0.isEmpty }) else {
        throw ONNXError(layer: "\(node.name) (\(node.opType))", reason: "it has no output")
      }
      for output in node.output where !output.isEmpty {
        guard known.insert(output).inserted else {
          throw ONNXError(
            layer: node.title, reason: "its output \"\(output)\" is what another node or an input is called")
        }
      }
    }
  }

  /// What the file knows before the network runs.
  private static func constants(of graph: ONNXGraph) throws(ONNXError) -> [String: Constant] {
    var constants: [String: Constant] = [:]
    for initializer in graph.initializer {
      guard constants.updateValue(try Constant(initializer), forKey: initializer.name) == nil else {
        throw ONNXError(layer: initializer.name, reason: "two initializers have this name")
      }
    }
    for node in graph.node where node.isStandard {
      guard let output = node.output.first, !output.isEmpty else { continue }
      if node.opType == "Constant" { constants[output] = try Constant(of: node) }
      // PyTorch stores parameters that have the same elements once, and gives the others' names to copies.
      if node.opType == "Identity", let original = node.input.first.flatMap({ constants[$0] }) {
        constants[output] = original.named(output)
      }
    }
    return constants
  }

  private mutating func readInputs(_ inputs: [ONNXValueInfo]) throws(ONNXError) {
    for input in inputs where entries[input.name] == nil {  // old files list initializers among the inputs
      guard case .tensorType(let tensor) = input.type.value, [.float, .int64, .int32].contains(tensor.elemType) else {
        throw error(
          input.name, "Kobai reads inputs of float32, int32 and int64, of which this one is none; export it so")
      }
      guard tensor.hasShape, (2...4).contains(tensor.shape.dim.count) else {
        let axes = tensor.hasShape ? "\(tensor.shape.dim.count)" : "an unknown number of"
        throw error(
          input.name, "this input has \(axes) axes; Kobai takes (batch, elements) and (batch, channels, height, width)")
      }
      if case .dimValue(let batch) = tensor.shape.dim[0].value, batch > 0 { fixedBatch = Int(batch) }
      var sizes: [Int] = []
      for (axis, dimension) in tensor.shape.dim.enumerated().dropFirst() {
        guard case .dimValue(let size) = dimension.value, size > 0 else {
          throw error(input.name, "axis \(axis) of this input has no fixed size; export it with one")
        }
        let most = axis > 1 ? Limits.side : Limits.elements
        guard size <= most else {
          throw error(input.name, "axis \(axis) of this input has a size of \(size); \(most) is the most that is read")
        }
        sizes.append(Int(size))
      }
      let shape = Shape(sizes)
      try claim(shape, of: input.name)
      var value = ImportedValue(layers.graph.input(input.name, shape), shape)
      value.isIndex = tensor.elemType != .float
      entries[input.name] = .value(value)
    }
  }

  /// Counts the elements of a value in.
  private mutating func claim(_ shape: Shape, of name: String) throws(ONNXError) {
    elements += shape.count
    guard shape.count <= Limits.elements, elements <= Limits.elements else {
      throw error(
        name, "with its \(shape) a sample takes more than \(Limits.elements) numbers in the network; no more are read")
    }
  }

  /// The nodes that the outputs depend on.
  private func neededNodes(for outputs: [ONNXValueInfo]) throws(ONNXError) -> Set<Int> {
    guard !outputs.isEmpty else { throw error("graph", "it has no outputs") }
    var needed: Set<Int> = []
    var pending = outputs.map(\.name)
    while let name = pending.popLast() {
      guard let writer = wiring.writers[name], needed.insert(writer).inserted else { continue }
      pending += nodes[writer].input
    }
    return needed
  }

  private mutating func read(_ i: Int) throws(ONNXError) {
    let node = nodes[i]
    var operands: [ONNXOperation.Operand?] = []
    for name in node.input {
      if name.isEmpty {  // an operand that is left out
        operands.append(nil)
        continue
      }
      guard let entry = entries[name] else { throw missing(name, readBy: node) }
      operands.append(entry)
    }
    let next = following(node)
    var operation = ONNXOperation(
      node, named: node.ownName, operatorSet: operatorSet, operands: operands, fixedBatch: fixedBatch,
      addition: next?.addition)
    let outcome = try operators.outcome(of: &operation, domain: node.domain)
    var results: [ONNXOperation.Operand?]
    switch outcome {
    case .constant(let constant): results = [.constant(constant)]
    case .value(let value): results = [.value(value)]
    case .states(let states): results = [.states(states)]
    case .layer(let spec): results = [.value(try append(spec, operation))]
    case .squeezed(let spec, let axes):
      let value = try append(spec, operation)
      results = [.value(value.layout.squeezed(axes).map { value.laidOut(as: $0, by: operation) } ?? value)]
    case .recurrent(let recurrent): results = try append(recurrent, i)
    }
    for (position, output) in node.output.enumerated() where wiring.isUsed(output) {
      guard position < results.count, let result = results[position] else {
        throw operation.error("its output \"\(output)\" is used, which no layer of Kobai's has")
      }
      entries[output] = result
    }
    if operation.tookAddition, let next {
      entries[nodes[next.node].output[0]] = results[0]
      done.insert(next.node)
    }
  }

  private mutating func append(_ spec: any NodeSpec, _ operation: ONNXOperation) throws(ONNXError) -> ImportedValue {
    let value = try layers.append(spec, operation)
    try claim(value.shape, of: "\(operation.name) (\(operation.type))")
    return value
  }

  /// What a recurrent node gives: all steps, and the last state.
  private mutating func append(_ node: RecurrentNode, _ id: Int) throws(ONNXError) -> [ONNXOperation.Operand?] {
    var stack = try RecurrentStack(node, id: id)
    if stack.isNew { stack.read(try layers.resolved(node.input)) }
    try claim(stack.steps.shape, of: nodes[id].title)
    return [.value(stack.steps), .states(stack.states)]
  }

  /// The Add that is all that reads a node's output, where what it adds is a constant.
  private func following(_ node: ONNXNode) -> (node: Int, addition: Constant)? {
    guard let reader = wiring.onlyReader(of: node.output[0]) else { return nil }
    let next = nodes[reader]
    guard next.opType == "Add", next.isStandard, next.input.count == 2 else { return nil }
    let other = next.input[0] == node.output[0] ? next.input[1] : next.input[0]
    guard case .constant(let constant) = entries[other] else { return nil }
    return (reader, constant)
  }

  private func missing(_ name: String, readBy node: ONNXNode) -> ONNXError {
    let reason =
      wiring.writers[name] == nil
      ? "which nothing in the file is called"
      : "which only a later node computes: the nodes are in no order, or in a circle"
    return error(node.title, "it reads \"\(name)\", \(reason)")
  }

  private mutating func readOutputs(_ outputs: [ONNXValueInfo]) throws(ONNXError) {
    for output in outputs {
      switch entries[output.name] {
      case .value(let value)?: try layers.output(output.name, value)
      case .states(let states)?:
        guard let value = states.value else { throw error(output.name, "this output is a part of a last state") }
        try layers.output(output.name, value)
      case .constant?: throw error(output.name, "this output is a constant")
      case nil: throw error(output.name, "no node computes this output")
      }
    }
  }
}

extension ONNXNode {
  var isStandard: Bool { domain.isEmpty || domain == "ai.onnx" }

  /// What errors call it: "conv3 (Conv)".
  var title: String { "\(ownName) (\(opType))" }

  /// Its name, or that of its output.
  var ownName: String { name.isEmpty ? output.first { !$0.isEmpty } ?? "" : name }
}

extension Constant {
  /// What a Constant node has.
  init(of node: ONNXNode) throws(ONNXError) {
    let name = node.output.first ?? ""
    for attribute in node.attribute {
      switch (attribute.name, attribute.type) {
      case ("value", .tensor):
        var tensor = attribute.t.first ?? ONNXTensor()
        tensor.name = name
        self = try Constant(tensor)
        return
      case ("value_int", .int):
        self = Constant([.size(Int(attribute.i))], isScalar: true)
        return
      case ("value_ints", .ints):
        self = Constant(attribute.ints.map { .size(Int($0)) })
        return
      case ("value_float", .float):
        self = try Constant(ONNXTensor.with { ($0.name, $0.dataType, $0.floatData) = (name, .float, [attribute.f]) })
        return
      case ("value_floats", .floats):
        self = try Constant(
          ONNXTensor.with {
            ($0.name, $0.dataType, $0.floatData) = (name, .float, attribute.floats)
            $0.dims = [Int64(attribute.floats.count)]
          })
        return
      default: continue
      }
    }
    throw ONNXError(layer: node.title, reason: "its value is no tensor, number or list of numbers")
  }
}
