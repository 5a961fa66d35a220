import Kobai

/// Activation functions, in operators of set 13 also where later sets have one of their own.
extension GraphBuilder {
  mutating func append(_ activation: Activation, named layer: String) {
    let x = current
    switch activation {
    case .relu: append("Relu", layer: layer)
    case .sigmoid: append("Sigmoid", layer: layer)
    case .tanh: append("Tanh", layer: layer)
    case .step:
      append("Greater", layer: layer, part: "above", initializers: [constant(0, "zero", of: layer)])
      append("Cast", layer: layer, attributes: [.integer("to", ONNXElementType.float.rawValue)])
    case .identity: break
    case .leakyReLU(let slope): append("LeakyRelu", layer: layer, attributes: [.float("alpha", slope)])
    case .elu(let alpha): append("Elu", layer: layer, attributes: [.float("alpha", alpha)])
    case .gelu:
      append(
        "Mul", layer: layer, part: "scaled", initializers: [constant(Float(0.5.squareRoot()), "scale", of: layer)])
      append("Erf", layer: layer, part: "erf")
      halfOnePlus(layer, times: x)
    case .geluTanh:
      append("Mul", layer: layer, part: "square", inputs: [x, x])
      append("Mul", layer: layer, part: "cubic", initializers: [constant(0.044715, "cube", of: layer)])
      append("Add", layer: layer, part: "polynomial", initializers: [constant(1, "unit", of: layer)])
      append("Mul", layer: layer, part: "product", initializers: [x])
      append(
        "Mul", layer: layer, part: "scaled",
        initializers: [constant(Float((2 / Double.pi).squareRoot()), "scale", of: layer)])
      append("Tanh", layer: layer, part: "tanh")
      halfOnePlus(layer, times: x)
    case .silu:
      append("Sigmoid", layer: layer, part: "sigmoid")
      append("Mul", layer: layer, initializers: [x])
    case .softplus(1, _): append("Softplus", layer: layer)
    case .softplus(let beta, _):
      append("Mul", layer: layer, part: "scaled", initializers: [constant(beta, "beta", of: layer)])
      append("Softplus", layer: layer, part: "softplus")
      append("Div", layer: layer, initializers: ["\(layer).beta"])
    case .hardSwish:
      append(
        "HardSigmoid", layer: layer, part: "gate", attributes: [.float("alpha", 1 / 6), .float("beta", 0.5)])
      append("Mul", layer: layer, initializers: [x])
    }
  }

  /// Adds ½ (1 + the current tensor) · x.
  private mutating func halfOnePlus(_ layer: String, times x: String) {
    append("Add", layer: layer, part: "shifted", initializers: [constant(1, "one", of: layer)])
    append("Mul", layer: layer, part: "gate", initializers: [constant(0.5, "half", of: layer)])
    append("Mul", layer: layer, initializers: [x])
  }

  /// Slopes go along the axis of the channels: theirs is the first, the others have size 1.
  mutating func append(_ prelu: PReLU, _ layer: String, _ input: Shape) {
    let slopes = tensor("weight", of: layer)?.elements ?? []
    let sizes = [slopes.count] + [Int](repeating: 1, count: input.rank - 1)
    append("PRelu", layer: layer, initializers: [constant(slopes, sizes, "weight", of: layer)])
  }
}
