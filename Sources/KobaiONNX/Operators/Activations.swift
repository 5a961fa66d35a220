import Kobai

// The functions that are one operator.
extension ReLU: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) { nodes.append("Relu", nodes.inputs) }
}

extension Sigmoid: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) { nodes.append("Sigmoid", nodes.inputs) }
}

extension Tanh: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) { nodes.append("Tanh", nodes.inputs) }
}

extension Identity: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) {}
}

extension Step: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) {
    let above = nodes.append("Greater", nodes.inputs + [nodes.constant(0, "zero")], part: "above")
    nodes.append("Cast", [above], attributes: ["to": .integer(ONNXElementType.float.rawValue)])
  }
}

/// ONNX's softmax goes along one axis, this one over all elements of a sample.
extension Softmax: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) {
    let shape = nodes.outputShape
    guard shape.rank != 1 else {
      nodes.append("Softmax", nodes.inputs, attributes: ["axis": 1])
      return
    }
    let flat = nodes.append("Flatten", nodes.inputs, part: "flat", attributes: ["axis": 1])
    let shares = nodes.append("Softmax", [flat], part: "shares", attributes: ["axis": 1])
    let sizes = [-1] + (0..<shape.rank).map { shape[$0] }  // -1: whatever the batch is
    nodes.append("Reshape", [shares, nodes.constant(sizes, "shape")])
  }
}

extension ONNXOperators {
  mutating func registerActivations() {
    register("Relu") { _ in ReLU() }
    register("Sigmoid") { _ in Sigmoid() }
    register("Tanh") { _ in Tanh() }
    register("Greater") { node in
      guard node.constant(1)?.floats?.allSatisfy({ $0 == 0 }) == true else {
        throw node.error("it compares with something else than 0, for which Kobai has Step")
      }
      return Step()
    }
    register("Softmax") { node in
      let shape = try node.onlyValue().view
      let axis = try node.integer("axis", default: node.operatorSet < 13 ? 1 : -1)
      let isWhole = node.operatorSet < 13 ? axis == 1 : shape.rank == 1 && (axis == 1 || axis == -1)
      guard isWhole else {
        throw node.error("along axis \(axis) of \(shape); Kobai's goes over all elements of a sample")
      }
      return Softmax()
    }
  }
}
