import Kobai

extension ONNXOperators {
  mutating func registerActivations() {
    register("Relu") { _ in ReLU() }
    register("Sigmoid") { _ in Sigmoid() }
    register("Tanh") { _ in Tanh() }
    register("LeakyRelu") { node in LeakyReLU(try node.float("alpha", default: 0.01)) }
    register("Elu") { node in ELU(alpha: try node.float("alpha", default: 1)) }
    register("HardSwish") { _ in HardSwish() }
    register("PRelu") { node in
      guard let sizes = try node.parameter("weight", from: 1) else { throw node.error("its slopes are no constant") }
      let shape = try node.onlyValue().view
      guard node.isPerChannel(sizes, of: shape) else {
        throw node.error(
          "its slopes are \(listed: sizes) along the last axes of \(shape); Kobai has one, or one a channel")
      }
      return PReLU(perChannel: sizes.contains { $0 != 1 })
    }
    register("Greater") { node in
      guard node.constant(1)?.uniform == 0 else {
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
    registerGELU()
    registerGates()
    registerSoftplus()
  }

  /// ½ x (1 + erf(x / √2)), and what GPT-2 has in its place.
  private mutating func registerGELU() {
    register("Gelu") { node in
      switch try node.string("approximate", default: "none") {
      case "none": GELU()
      case "tanh": GELU(approximate: .tanh)
      case let other: throw node.error("approximate \(other); Kobai has none and tanh")
      }
    }
    register(
      composite: "Gelu",
      .product(["x", 0.5, .sum([1.0, .node("Erf", [.product(["x", .number(Float(0.5.squareRoot()))])])])])
    ) { _ in GELU() }
    let scale = Pattern.number(Float((2 / Double.pi).squareRoot()))
    let polynomial = Pattern.either([
      .product([scale, "x", .sum([1.0, .product([0.044715, .product(["x", "x"])])])]),
      .product([scale, .sum(["x", .product([0.044715, .product(["x", "x", "x"])])])]),
    ])
    register(composite: "GeluTanh", .product(["x", 0.5, .sum([1.0, .node("Tanh", [polynomial])])])) { _ in
      GELU(approximate: .tanh)
    }
  }

  /// x times something between 0 and 1.
  private mutating func registerGates() {
    register(composite: "Silu", .product(["x", .node("Sigmoid", ["x"])])) { _ in SiLU() }
    register(
      composite: "HardSwish",
      .product(["x", .node("HardSigmoid", ["x"], ["alpha": .float(1 / 6)])]),
      .product(["x", .number(1 / 6), .node("Clip", [.sum(["x", 3.0]), 0.0, 6.0])]), attributes: "HardSigmoid"
    ) { node in
      let beta = try node.float("beta", default: 0.5)
      guard beta == 0.5 else { throw node.error("a HardSigmoid with beta \(beta); Kobai's HardSwish has 0.5") }
      return HardSwish()
    }
  }

  /// log(1 + e^(βx)) / β, and the x above a threshold that PyTorch's newer exporter writes besides.
  private mutating func registerSoftplus() {
    let scaled = Pattern.product(["x", .constant("beta")])
    let quotient = Pattern.node("Div", [.node("Softplus", [scaled]), .constant("beta")])
    func above(_ value: Pattern, _ softplus: Pattern) -> Pattern {
      .node("Where", [.node("Greater", [value, .constant("threshold")]), "x", softplus])
    }
    register("Softplus") { _ in Softplus() }
    let operands = ["x", "beta", "threshold"]
    register(
      composite: "Softplus", above("x", .node("Softplus", ["x"])), above(scaled, quotient), quotient, operands: operands
    ) { node in
      func number(_ position: Int, _ name: String, default standard: Float) throws -> Float {
        guard node.has(operand: position) else { return standard }
        guard let number = node.number(position) else { throw node.error("its \(name) is more than one number") }
        return number
      }
      return Softplus(
        beta: try number(1, "beta", default: 1), threshold: try number(2, "threshold", default: 20))
    }
  }
}
