import Kobai

/// Activation functions, in operators of set 13 also where later sets have one of their own.
extension ActivationSpec {
  /// Appends the operators that compute the function.
  public func appendONNX(to nodes: inout ONNXNodes) throws(ONNXError) {
    let x = nodes.inputs[0]
    switch activation {
    case .custom(let function):
      throw nodes.error("\(function) is a function of your own; say in appendONNX(to:) which operators compute it")
    case .relu: nodes.append("Relu", [x])
    case .sigmoid: nodes.append("Sigmoid", [x])
    case .tanh: nodes.append("Tanh", [x])
    case .identity: break
    case .step:
      let above = nodes.append("Greater", [x, nodes.constant(0, "zero")], part: "above")
      nodes.append("Cast", [above], attributes: ["to": .integer(ONNXElementType.float.rawValue)])
    case .leakyReLU(let slope): nodes.append("LeakyRelu", [x], attributes: ["alpha": .float(slope)])
    case .elu(let alpha): nodes.append("Elu", [x], attributes: ["alpha": .float(alpha)])
    case .gelu:
      let scaled = nodes.append("Mul", [x, nodes.constant(Float(0.5.squareRoot()), "scale")], part: "scaled")
      nodes.halfOnePlus(nodes.append("Erf", [scaled], part: "erf"), times: x)
    case .geluTanh:
      let square = nodes.append("Mul", [x, x], part: "square")
      let cubic = nodes.append("Mul", [square, nodes.constant(0.044715, "cube")], part: "cubic")
      let polynomial = nodes.append("Add", [cubic, nodes.constant(1, "unit")], part: "polynomial")
      let product = nodes.append("Mul", [polynomial, x], part: "product")
      let scale = nodes.constant(Float((2 / Double.pi).squareRoot()), "scale")
      let scaled = nodes.append("Mul", [product, scale], part: "scaled")
      nodes.halfOnePlus(nodes.append("Tanh", [scaled], part: "tanh"), times: x)
    case .silu: nodes.append("Mul", [nodes.append("Sigmoid", [x], part: "sigmoid"), x])
    case .softplus(let beta, let threshold): nodes.softplus(x, beta, threshold)
    case .hardSwish:
      let gate = nodes.append("HardSigmoid", [x], part: "gate", attributes: ["alpha": .float(1 / 6), "beta": 0.5])
      nodes.append("Mul", [gate, x])
    }
  }
}

/// Written as Relu.
extension ReLU: ONNXExportable {}

/// Written as Sigmoid.
extension Sigmoid: ONNXExportable {}

/// Written as Tanh.
extension Tanh: ONNXExportable {}

/// Nothing is written for it.
extension Identity: ONNXExportable {}

/// Written as Greater and Cast.
extension Step: ONNXExportable {}

/// Written as LeakyRelu.
extension LeakyReLU: ONNXExportable {}

/// Written as Elu.
extension ELU: ONNXExportable {}

/// Written as its formula, with Erf or Tanh.
extension GELU: ONNXExportable {}

/// Written as Sigmoid and Mul.
extension SiLU: ONNXExportable {}

/// Written as Softplus, with Greater and Where for a threshold of its own.
extension Softplus: ONNXExportable {}

/// Written as HardSigmoid and Mul.
extension HardSwish: ONNXExportable {}

extension ONNXNodes {
  /// Appends ½ (1 + y) · x.
  fileprivate mutating func halfOnePlus(_ y: Tensor, times x: Tensor) {
    let shifted = append("Add", [y, constant(1, "one")], part: "shifted")
    append("Mul", [append("Mul", [shifted, constant(0.5, "half")], part: "gate"), x])
  }
}

extension ONNXNodes {
  /// Appends log(1 + e^(βx)) / β. Above a threshold of 20 floats cannot tell that from x; above another one it has to be said.
  fileprivate mutating func softplus(_ x: Tensor, _ beta: Float, _ threshold: Float) {
    let isWhole = threshold == 20
    var (scaled, y) = (x, x)
    if beta == 1 {
      y = append("Softplus", [x], part: isWhole ? nil : "softplus")
    } else {
      let factor = constant(beta, "beta")
      scaled = append("Mul", [x, factor], part: "scaled")
      let softplus = append("Softplus", [scaled], part: "softplus")
      y = append("Div", [softplus, factor], part: isWhole ? nil : "quotient")
    }
    guard !isWhole else { return }
    let above = append("Greater", [scaled, constant(threshold, "threshold")], part: "above")
    append("Where", [above, x, y])
  }
}

/// Slopes go along the axis of the channels: theirs is the first, the others have size 1.
extension PReLU: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) {
    nodes.append("PRelu", nodes.inputs + nodes.parameters("weight", trailingAxes: nodes.inputShapes[0].rank - 1))
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
