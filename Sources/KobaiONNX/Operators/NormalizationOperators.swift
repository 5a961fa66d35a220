import Kobai

/// Written as BatchNormalization with the running statistics.
extension BatchNorm: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) {
    nodes.append(
      "BatchNormalization", nodes.inputs + nodes.parameters("weight", "bias", "running_mean", "running_var"),
      attributes: ["epsilon": .float(epsilon)])
  }
}

/// Written as LayerNormalization, which came with operator set 17.
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

/// What only matters while training is left out.
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
      let shape = try node.onlyValue().view
      let axis = try node.integer("axis", default: -1)
      let axes = axis < 0 ? 0 &- axis : shape.rank + 1 &- axis  // how many, which are the last
      guard (1...shape.rank).contains(axes) else {
        throw node.error("from axis \(axis) on of a batch of \(shape); Kobai normalises axes of a sample")
      }
      let normalized = Shape((shape.rank - axes..<shape.rank).map { shape[$0] })
      let epsilon = try node.float("epsilon", default: 1e-5)
      let factors = try node.factors(normalized)
      return LayerNorm(
        axes == 1 ? nil : normalized, epsilon: epsilon, affine: factors.scale, bias: factors.bias)
    }
    registerGroupNorm()
    register("Dropout") { node in
      let rate = try node.operatorSet < 12 ? node.float("ratio", default: 0.5) : node.constant(1)?.floats?.first ?? 0.5
      return Dropout(rate)
    }
  }

  /// In ONNX's own operator, and as each group an instance of its own.
  private mutating func registerGroupNorm() {
    register("GroupNormalization") { node in
      let shape = try node.onlyValue().view
      let groups = try node.integer("num_groups", default: 0)
      let epsilon = try node.float("epsilon", default: 1e-5)
      guard (1...shape[0]).contains(groups), shape[0] % groups == 0, shape[0] <= Limits.channels else {
        throw node.error("\(shape[0]) channels in \(groups) groups")
      }
      for (position, name) in ["weight", "bias"].enumerated() {
        try node.parameter(name, from: position + 1)
        guard node.operatorSet < 21, let last = node.parameters.popLast() else { continue }
        // Before set 21 there was a number for each group; here there is one for each channel.
        guard last.constant.sizes == [groups] else { throw node.error("its \(name) has not \(groups) elements") }
        let starts = (0..<shape[0]).map { $0 / (shape[0] / groups) }
        node.parameters.append(ONNXParameter(name, last.constant, .blocks(starts, length: 1, sizes: [shape[0]])))
      }
      return GroupNorm(groups, epsilon: epsilon)
    }
    register("InstanceNormalization") { node in
      let shape = try node.onlyValue().view
      for (position, name) in ["weight", "bias"].enumerated() { try node.parameter(name, from: position + 1) }
      return GroupNorm(shape[0], epsilon: try node.float("epsilon", default: 1e-5))
    }
    let groups = Pattern.node("Reshape", ["x", "groups"])
    let plain = Pattern.node(
      "Reshape", [.node("InstanceNormalization", [groups, .constant("ones"), .constant("zeros")]), "shape"])
    register(
      composite: "GroupNormalization",
      .sum([.product([plain, .constant("weight")]), .constant("bias")]), plain,
      operands: ["x", "weight", "bias", "groups", "ones", "zeros", "shape"], attributes: "InstanceNormalization"
    ) { node in
      let value = try node.onlyValue()
      let shape = value.view
      let (split, sizes) = (try node.dimensions(3), try node.dimensions(6))
      guard let parts = value.layout.reshaped(to: split, batch: node.fixedBatch), parts.rank == 3,
        case .size(let groups) = parts.dimensions[1], shape[0] % groups == 0,
        parts.reshaped(to: sizes, batch: node.fixedBatch)?.sample == shape
      else { throw node.error("its groups are not some channels each of \(shape)") }
      guard node.constant(4)?.uniform == 1, node.constant(5)?.uniform == 0 else {
        throw node.error("it scales or shifts groups; Kobai does that to channels")
      }
      let epsilon = try node.float("epsilon", default: 1e-5)
      return GroupNorm(groups, epsilon: epsilon, affine: try node.channelFactors(shape))
    }
  }
}

extension ONNXOperation {
  /// Whether a constant changes nothing, and is no parameter of the file's: exporters write ones and zeros where a layer has
  /// none.
  fileprivate func isLeftOut(_ position: Int, _ name: String, neutral: Float) -> Bool {
    guard let constant = constant(position) else { return !has(operand: position) }
    return constant.uniform == neutral && constant.name != name && LayerName.owner(of: constant.name, name) == nil
  }

  /// Takes over the factors and summands of normalised elements, and says which there are.
  fileprivate mutating func factors(_ shape: Shape) throws(ONNXError) -> (scale: Bool, bias: Bool) {
    guard constant(1) != nil else { throw error("its scale is no constant") }
    let sizes = (0..<shape.rank).map { shape[$0] }
    for position in 1...2 where constant(position).map({ $0.sizes != sizes }) ?? false {
      throw error("its operand \(position + 1) is not of the shape \(shape) that it normalises")
    }
    let hasBias = !isLeftOut(2, "bias", neutral: 0)
    guard hasBias || !isLeftOut(1, "weight", neutral: 1) else { return (false, true) }
    try parameter("weight", from: 1)
    if hasBias { try parameter("bias", from: 2) }
    return (true, hasBias)
  }

  /// The same for one number a channel, of which there are both or none.
  fileprivate mutating func channelFactors(_ shape: Shape) throws(ONNXError) -> Bool {
    if isLeftOut(1, "weight", neutral: 1), isLeftOut(2, "bias", neutral: 0) { return false }
    for (position, name) in [(1, "weight"), (2, "bias")] {
      guard let sizes = try parameter(name, from: position), isPerChannel(sizes, of: shape) else {
        throw error("its \(name) has not one number a channel of \(shape)")
      }
    }
    return true
  }
}
