import Kobai

extension BatchNorm: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) {
    nodes.append(
      "BatchNormalization", nodes.inputs + nodes.parameters("weight", "bias", "running_mean", "running_var"),
      attributes: ["epsilon": .float(epsilon)])
  }
}

extension LayerNorm: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) {
    let input = nodes.inputShapes[0]
    let shape = shape ?? [input[input.rank - 1]]
    var factors = nodes.parameters("weight", "bias")
    if factors.isEmpty { factors = [nodes.constant(.filled(1, shape), "ones")] }
    nodes.append(
      "LayerNormalization", nodes.inputs + factors,
      attributes: ["axis": .integer(-shape.rank), "epsilon": .float(epsilon)],
      operatorSet: 17)
  }
}

/// ONNX's own group normalisation came late: each group is an instance of its own here.
extension GroupNorm: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) {
    let input = nodes.inputShapes[0]
    let split = nodes.constant([0, groups, -1], "groups_shape")  // 0: as it is
    let parts = nodes.append("Reshape", nodes.inputs + [split], part: "groups")
    let factors = [nodes.constant(.filled(1, [groups]), "ones"), nodes.constant(.filled(0, [groups]), "zeros")]
    let normalized = nodes.append(
      "InstanceNormalization", [parts] + factors, part: "normalized", attributes: ["epsilon": .float(epsilon)])
    let sizes = nodes.constant([-1] + (0..<input.rank).map { input[$0] }, "shape")  // -1: whatever the batch is
    let channels = nodes.append("Reshape", [normalized, sizes], part: affine ? "channels" : nil)
    guard affine else { return }
    let weight = nodes.parameters("weight", trailingAxes: input.rank - 1)
    let bias = nodes.parameters("bias", trailingAxes: input.rank - 1)
    nodes.append("Add", [nodes.append("Mul", [channels] + weight, part: "scaled")] + bias)
  }
}

/// What only matters while training is left out.
extension Dropout: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) {}
}

extension Dropout2D: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) {}
}

extension Tensor {
  /// A tensor whose elements are all the same.
  fileprivate static func filled(_ value: Float, _ shape: Shape) -> Tensor {
    Tensor(shape, [Float](repeating: value, count: shape.count))
  }
}

extension ONNXOperators {
  mutating func registerNormalization() {
    register("BatchNormalization") { node in
      guard try node.integer("training_mode", default: 0) == 0 else {
        throw node.error("training_mode 1: it normalises with the statistics of the batch; export the model in eval()")
      }
      for (position, name) in ["weight", "bias", "running_mean", "running_var"].enumerated() {
        try node.parameter(name, from: position + 1)
      }
      // ONNX's momentum is the share of the old value, and 0.9 unless the file says otherwise; Kobai's that of the new one.
      let kept = try node.float("momentum", default: 0.9)
      let momentum = Float((Double(1 - Double(kept)) * 1e6).rounded() / 1e6)  // 0.1, not 0.10000002
      return BatchNorm(epsilon: try node.float("epsilon", default: 1e-5), momentum: momentum)
    }
    register("LayerNormalization") { node in
      guard let sizes = try node.parameter("weight", from: 1) else { throw node.error("its scale is no constant") }
      let hasBias = try node.parameter("bias", from: 2) != nil
      return LayerNorm(Shape(sizes), epsilon: try node.float("epsilon", default: 1e-5), bias: hasBias)
    }
    register("Dropout") { node in
      let rate = try node.operatorSet < 12 ? node.float("ratio", default: 0.5) : node.constant(1)?.floats?.first ?? 0.5
      return Dropout(rate)
    }
  }
}
