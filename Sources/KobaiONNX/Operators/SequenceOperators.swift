import Kobai

/// Written as Gather of the table by Cast indices.
extension Embedding: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) {
    let index = nodes.append(
      "Cast", nodes.inputs, part: "index", attributes: ["to": .integer(ONNXElementType.int64.rawValue)])
    nodes.append("Gather", nodes.parameters("weight") + [index])
  }
}

/// Written as an LSTM for each layer.
extension LSTM: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) {
    nodes.append("LSTM", self, gates: [0, 3, 1, 2])  // input, output, forget, cell
  }
}

/// Written as a GRU for each layer.
extension GRU: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) {
    nodes.append("GRU", self, gates: [1, 0, 2])  // update, reset, new
  }
}

extension ONNXNodes {
  /// ONNX's recurrent operators want steps first, and give (steps, directions, batch, hidden).
  ///
  /// - Parameter gates: the gates of ONNX's order, by their places in PyTorch's.
  fileprivate mutating func append(_ type: String, _ spec: some RecurrentSpec, gates: [Int]) {
    var x = inputs[0]
    for l in 0..<spec.layers {
      let isLast = l == spec.layers - 1
      let steps = append("Transpose", [x], part: "steps_l\(l)", attributes: ["perm": [1, 0, 2]])
      var operands = [steps, weights("weight_ih", spec, gates, l), weights("weight_hh", spec, gates, l)]
      if spec.bias { operands.append(biases(spec, gates, l)) }
      let lastState = isLast && !spec.returnsSequence
      let states = append(
        type, operands, part: "states_l\(l)",
        attributes: [
          "hidden_size": .integer(spec.hidden), "direction": spec.bidirectional ? "bidirectional" : "forward",
          type == "GRU" ? "linear_before_reset" : "input_forget": type == "GRU" ? 1 : 0,
        ], result: lastState ? 1 : 0)
      let batch = append(
        "Transpose", [states], part: "batch_l\(l)", attributes: ["perm": lastState ? [1, 0, 2] : [2, 0, 1, 3]])
      let sizes = constant(lastState ? [0, -1] : [0, 0, -1], "shape_l\(l)")  // 0: as it is
      x = append("Reshape", [batch, sizes], part: isLast ? nil : "output_l\(l)")
    }
  }

  private func directions(_ spec: some RecurrentSpec, _ l: Int) -> [String] {
    ["_l\(l)"] + (spec.bidirectional ? ["_l\(l)_reverse"] : [])
  }

  /// The rows of a parameter, gate by gate in ONNX's order.
  private func reordered(_ name: String, _ gates: [Int]) -> [Float] {
    let values = elements(of: name)
    let size = values.count / gates.count
    return gates.flatMap { values[$0 * size..<($0 + 1) * size] }
  }

  private mutating func weights(_ name: String, _ spec: some RecurrentSpec, _ gates: [Int], _ l: Int) -> Tensor {
    let suffixes = directions(spec, l)
    let values = suffixes.flatMap { reordered(name + $0, gates) }
    let rows = gates.count * spec.hidden
    return constant(.init([suffixes.count, rows, values.count / suffixes.count / rows], values), of: "\(name)_l\(l)")
  }

  private mutating func biases(_ spec: some RecurrentSpec, _ gates: [Int], _ l: Int) -> Tensor {
    let suffixes = directions(spec, l)
    let values = suffixes.flatMap { suffix in ["bias_ih", "bias_hh"].flatMap { reordered($0 + suffix, gates) } }
    return constant(.init([suffixes.count, values.count / suffixes.count], values), of: "bias_l\(l)")
  }
}

extension ONNXOperators {
  mutating func registerSequences() {
    read("LSTM", .anyLayout) { node in .recurrent(try RecurrentNode(node, .lstm)) }
    read("GRU", .anyLayout) { node in .recurrent(try RecurrentNode(node, .gru)) }
    // A row of a table, the last of several states, an element of a shape.
    read("Gather", .states) { node in
      let axis = try node.integer("axis", default: 0)
      switch node.operands.first {
      case .constant(let table)? where table.isFloat: return .layer(try embedding(&node, axis))
      case .states(let states)?:
        guard axis == 0, let index = node.index(1), let state = states[index] else {
          throw node.error("it picks something else of the last states than one of them")
        }
        return .states(state)
      case .value(let value)?:
        guard case .recurrent(let stack, .steps) = value.source, let shape = value.layout.sample, shape == value.shape,
          shape.rank == 2, axis == 1, let index = node.index(1), index == -1 || index == shape[0] - 1,
          let last = stack.lastStep
        else {
          throw node.error("it picks elements; Kobai has the last step alone, of a recurrent layer in one direction")
        }
        return .value(last)
      default:
        let all = try node.dimensions(0)
        let positions = (node.constant(1)?.integers ?? []).map { $0 < 0 ? $0 + all.count : $0 }
        guard !positions.isEmpty, positions.allSatisfy(all.indices.contains) else {
          throw node.error("its indices are not in a shape")
        }
        return .constant(Constant(positions.map { all[$0] }, isScalar: node.index(1) != nil))
      }
    }
  }
}

/// A table of which integers pick rows.
private func embedding(_ node: inout ONNXOperation, _ axis: Int) throws -> Embedding {
  guard axis == 0, let sizes = try node.parameter("weight", from: 0), sizes.count == 2 else {
    throw node.error("it picks of something else than the rows of a matrix")
  }
  guard sizes[0] <= Kernels.mostEmbeddingRows else {
    throw node.error("\(sizes[0]) rows; \(Kernels.mostEmbeddingRows) are the most that are read")
  }
  guard let indices = node.values.first else {
    throw node.error("it picks the same rows for every input; Kobai picks those that an input names")
  }
  guard indices.isIndex, let shape = indices.layout.sample else { throw node.error("what it reads are no integers") }
  guard shape.count <= Limits.elements / sizes[1] else {
    throw node.error("\(shape) rows of \(sizes[1]) are more than \(Limits.elements) numbers")
  }
  return Embedding(sizes[0], sizes[1])
}

extension ONNXOperation {
  /// The constant at a position as one index; nil where it is a list, or none.
  fileprivate func index(_ position: Int) -> Int? {
    guard let constant = constant(position), constant.sizes.isEmpty else { return nil }
    return constant.integers?.first
  }
}
