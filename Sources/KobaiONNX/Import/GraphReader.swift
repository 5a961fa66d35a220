import Kobai

/// Makes Kobai's graph of an ONNX graph, node by node. Only nodes that outputs need are read.
struct GraphReader {
  private let operators: ONNXOperators
  private let operatorSet: Int
  private let nodes: [ONNXNode]
  private var entries: [String: ONNXOperation.Operand] = [:]  // by the name of the file's tensor
  private var writers: [String: Int] = [:]  // the node that computes each tensor
  private var readers: [String: [Int]] = [:]  // the nodes that read each tensor; twice where a node reads it twice
  private var outputs: Set<String> = []  // the tensors that are the graph's outputs
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
    (operatorSet, nodes) = (Int(set), model.graph.node)
    for (count, what) in [
      (nodes.count, "nodes"), (model.graph.input.count + model.graph.output.count, "inputs and outputs"),
    ]
    where count > Limits.nodes {
      throw ONNXError(layer: "graph", reason: "it has \(count) \(what); \(Limits.nodes) are the most that are read")
    }
    outputs = Set(model.graph.output.map(\.name))
    try readConstants(model.graph)
    try index(model.graph)
    try readInputs(model.graph.input)
    let needed = try neededNodes(for: model.graph.output)
    for i in nodes.indices where needed.contains(i) && !done.contains(i) { try read(i) }
    try readOutputs(model.graph.output)
  }

  private func error(_ name: String, _ reason: String) -> ONNXError { ONNXError(layer: name, reason: reason) }

  private mutating func readConstants(_ graph: ONNXGraph) throws(ONNXError) {
    for initializer in graph.initializer {
      guard entries.updateValue(.constant(try Constant(initializer)), forKey: initializer.name) == nil else {
        throw error(initializer.name, "two initializers have this name")
      }
    }
    for (i, node) in nodes.enumerated() where node.opType == "Constant" && node.isStandard {
      guard let output = node.output.first, entries[output] == nil else { continue }  // index(_:) says so
      entries[output] = .constant(try Constant(of: node))
      done.insert(i)
    }
  }

  /// Learns who writes and who reads each tensor.
  private mutating func index(_ graph: ONNXGraph) throws(ONNXError) {
    let known = Set(graph.initializer.map(\.name)).union(graph.input.map(\.name))
    for (i, node) in nodes.enumerated() {
      guard node.output.first?.isEmpty == false else {
        throw error("\(node.name) (\(node.opType))", "it has no output")
      }
      for output in node.output where !output.isEmpty {
        guard !known.contains(output), writers.updateValue(i, forKey: output) == nil else {
          throw error(node.title, "its output \"\(output)\" is what another node or an input is called")
        }
      }
      for input in node.input { readers[input, default: []].append(i) }
    }
  }

  private mutating func readInputs(_ inputs: [ONNXValueInfo]) throws(ONNXError) {
    for input in inputs where entries[input.name] == nil {  // old files list initializers among the inputs
      guard case .tensorType(let tensor) = input.type.value, tensor.elemType == .float else {
        throw error(input.name, "this input holds no floats")
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
      entries[input.name] = .value(ImportedValue(layers.graph.input(input.name, shape), shape))
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
      guard let writer = writers[name], needed.insert(writer).inserted else { continue }
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
    for output in node.output.dropFirst() where readers[output] != nil {
      throw operation.error("its output \"\(output)\" is used; Kobai has the first output only")
    }
    let entry: ONNXOperation.Operand
    switch outcome {
    case .constant(let constant): entry = .constant(constant)
    case .value(let value): entry = .value(value)
    case .layer(let spec):
      let value = try layers.append(spec, operation)
      try claim(value.shape, of: node.title)
      entry = .value(value)
    }
    entries[node.output[0]] = entry
    if operation.tookAddition, let next {
      entries[nodes[next.node].output[0]] = entry
      done.insert(next.node)
    }
  }

  /// The Add that is all that reads a node's output, where what it adds is a constant.
  private func following(_ node: ONNXNode) -> (node: Int, addition: Constant)? {
    guard let readers = readers[node.output[0]], readers.count == 1, !outputs.contains(node.output[0]) else {
      return nil
    }
    let next = nodes[readers[0]]
    guard next.opType == "Add", next.isStandard, next.input.count == 2 else { return nil }
    let other = next.input[0] == node.output[0] ? next.input[1] : next.input[0]
    guard case .constant(let constant) = entries[other] else { return nil }
    return (readers[0], constant)
  }

  private func missing(_ name: String, readBy node: ONNXNode) -> ONNXError {
    let reason =
      writers[name] == nil
      ? "which nothing in the file is called"
      : "which only a later node computes: the nodes are in no order, or in a circle"
    return error(node.title, "it reads \"\(name)\", \(reason)")
  }

  private mutating func readOutputs(_ outputs: [ONNXValueInfo]) throws(ONNXError) {
    for output in outputs {
      switch entries[output.name] {
      case .value(let value)?: try layers.output(output.name, value)
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
  var ownName: String { name.isEmpty ? output.first ?? "" : name }
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
