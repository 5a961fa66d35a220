import Kobai

extension BatchNorm: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) {
    nodes.append(
      "BatchNormalization", nodes.inputs + nodes.parameters("weight", "bias", "running_mean", "running_var"),
      attributes: ["epsilon": .float(epsilon)])
  }
}

/// What only matters while training is left out.
extension Dropout: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) {}
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
    register("Dropout") { node in
      let rate = try node.operatorSet < 12 ? node.float("ratio", default: 0.5) : node.constant(1)?.floats?.first ?? 0.5
      return Dropout(rate)
    }
  }
}
