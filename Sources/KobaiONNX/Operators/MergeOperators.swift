import Kobai

/// Written as Sum.
extension Add: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) { nodes.append("Sum", nodes.inputs) }
}

/// Written as Concat.
extension Concatenate: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) { nodes.append("Concat", nodes.inputs, attributes: ["axis": 1]) }
}

extension ONNXOperators {
  mutating func registerMerges() {
    for type in ["Add", "Sum"] {
      read(type) { node in
        guard node.values.count == node.operands.count else {
          throw node.error("it adds a constant; Kobai adds one only behind a product or a convolution, as its bias")
        }
        return node.values.count == 1 ? .value(node.values[0]) : .layer(Add())
      }
    }
    read("Concat", .states) { node in
      let axis = try node.integer("axis", default: 0)
      if let states = joined(node, axis) { return .states(states) }
      node.joinStates(along: axis)
      try node.accept(.samples)
      if node.values.isEmpty {
        return .constant(Constant(try node.operands.indices.flatMap { try node.dimensions($0) }))
      }
      guard node.values.count == node.operands.count else { throw node.error("it concatenates constants") }
      let rank = node.values[0].view.rank + 1
      guard axis == 1 || axis == 1 - rank else {
        throw node.error("along axis \(axis); Kobai concatenates along axis 1")
      }
      return node.values.count == 1 ? .value(node.values[0]) : .layer(Concatenate())
    }
  }
}

/// The last states of recurrent layers together, where it is more than a concatenation of values: what belongs to one layer,
/// or of which one is picked later.
private func joined(_ node: ONNXOperation, _ axis: Int) -> RecurrentStates? {
  var states: [RecurrentStates] = []
  for case .states(let state)? in node.operands { states.append(state) }
  guard !states.isEmpty, states.count == node.operands.count,
    let joined = RecurrentStates.concatenated(states, along: axis)
  else { return nil }
  return axis != 0 && joined.value == nil && states.allSatisfy { $0.value != nil } ? nil : joined
}

extension ONNXOperation {
  /// Puts the last states of all directions of one layer, which an exporter may list among other operands, together.
  fileprivate mutating func joinStates(along axis: Int) {
    var joined: [Operand?] = []
    var open: [RecurrentStates] = []  // operands that are not yet a whole layer's
    func rest() -> [Operand?] { open.map { .states($0) } }
    for operand in operands {
      guard case .states(let states)? = operand else {
        joined += rest() + [operand]
        open = []
        continue
      }
      open.append(states)
      if let whole = RecurrentStates.concatenated(open, along: axis), whole.value != nil {
        joined.append(.states(whole))
        open = []
      }
    }
    operands = joined + rest()
  }
}
