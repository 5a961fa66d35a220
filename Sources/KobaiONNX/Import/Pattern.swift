/// Nodes that together compute what one layer does, from the last of them backwards.
///
/// A literal text is a tensor of any kind, under a name: x · sigmoid(x) is `.product(["x", .node("Sigmoid", ["x"])])`. Where
/// a name comes again it is the same tensor. A literal number is a constant of that value.
indirect enum Pattern: ExpressibleByStringLiteral, ExpressibleByFloatLiteral {
  /// Any tensor.
  case tensor(String)
  /// A constant of floats.
  case constant(String)
  /// One number that the file knows.
  case number(Float)
  /// What an operator of ONNX's makes of others, with attributes that must be these.
  case node(String, [Pattern], [String: ONNXValue] = [:])
  /// Summands in any order, in as many nodes as it takes.
  case sum([Pattern])
  /// Factors in any order; one over a number may also be a division by it, a tensor times itself a power.
  case product([Pattern])
  /// The first of these that is there.
  case either([Pattern])

  init(stringLiteral name: String) { self = .tensor(name) }
  init(floatLiteral value: Float) { self = .number(value) }
}

/// Finds patterns in the nodes of a file.
struct PatternMatcher {
  /// The tensors that a pattern names, and the nodes it is made of.
  struct Match {
    fileprivate(set) var tensors: [String: String] = [:]
    fileprivate(set) var nodes: Set<Int> = []
  }

  private let nodes: [ONNXNode]
  private let constants: [String: Constant]
  private let wiring: Wiring

  init(_ nodes: [ONNXNode], _ wiring: Wiring, constants: [String: Constant]) {
    (self.nodes, self.wiring, self.constants) = (nodes, wiring, constants)
  }

  /// The pattern that ends with a node, where nothing else reads what its other nodes compute.
  func match(_ pattern: Pattern, endingWith last: Int) -> Match? {
    guard let output = nodes[last].output.first, nodes[last].output.count == 1 else { return nil }
    return matches(pattern, output, Match()).first { match in
      match.nodes.contains(last)
        && match.nodes.allSatisfy {
          $0 == last || nodes[$0].output.allSatisfy { wiring.isRead($0, onlyBy: match.nodes) }
        }
        && match.tensors.values.allSatisfy { wiring.writers[$0].map { !match.nodes.contains($0) } ?? true }
    }
  }

  /// All ways in which a tensor is what a pattern says, given what is known already.
  private func matches(_ pattern: Pattern, _ tensor: String, _ known: Match) -> [Match] {
    switch pattern {
    case .tensor(let name): return bind(name, tensor, known)
    case .constant(let name): return constants[tensor]?.isFloat == true ? bind(name, tensor, known) : []
    case .number(let value): return isNumber(tensor, value) ? [known] : []
    case .either(let patterns): return patterns.flatMap { matches($0, tensor, known) }
    case .sum(let patterns): return terms(patterns, "Add", tensor, known)
    case .product(let patterns):
      return terms(patterns, "Mul", tensor, known) + quotients(patterns, tensor, known) + power(patterns, tensor, known)
    case .node(let type, let operands, let attributes):
      guard let (node, inputs, next) = writer(of: tensor, type, known), inputs.count == operands.count,
        attributes.allSatisfy({ nodes[node].has($0, $1) })
      else { return [] }
      return zip(operands, inputs).reduce([next]) { found, operand in
        found.flatMap { matches(operand.0, operand.1, $0) }
      }
    }
  }

  private func bind(_ name: String, _ tensor: String, _ known: Match) -> [Match] {
    if let bound = known.tensors[name] {
      // PyTorch writes a number once for each place that reads it.
      let isSameNumber = scalar(bound).map { $0 == scalar(tensor) } ?? false
      return bound == tensor || isSameNumber ? [known] : []
    }
    var next = known
    next.tensors[name] = tensor
    return [next]
  }

  /// The node of that type that writes a tensor, what it reads, and what is known then.
  private func writer(of tensor: String, _ type: String, _ known: Match) -> (Int, [String], Match)? {
    guard let node = wiring.writers[tensor], nodes[node].opType == type, nodes[node].isStandard else { return nil }
    var inputs = nodes[node].input
    while inputs.last?.isEmpty == true { inputs.removeLast() }
    guard inputs.allSatisfy({ !$0.isEmpty }) else { return nil }
    var next = known
    next.nodes.insert(node)
    return (node, inputs, next)
  }

  /// Whether a tensor is one number, close enough to be what rounding or a writer's four digits left of it.
  private func isNumber(_ tensor: String, _ value: Float) -> Bool {
    guard let number = scalar(tensor) else { return false }
    return abs(number - value) <= 1e-4 * abs(value)
  }

  /// A number that adds no axes to what it is combined with.
  private func scalar(_ tensor: String) -> Float? {
    guard let constant = constants[tensor], constant.count == 1, constant.sizes.count <= 2 else { return nil }
    return constant.floats?.first
  }

  /// The ways to divide patterns among the two operands of a node, each of which may be such a node again.
  private func terms(_ patterns: [Pattern], _ type: String, _ tensor: String, _ known: Match) -> [Match] {
    if patterns.count == 1 { return matches(patterns[0], tensor, known) }
    guard let (_, inputs, next) = writer(of: tensor, type, known), inputs.count == 2 else { return [] }
    return (1..<(1 << patterns.count) - 1).flatMap { subset in
      let left = patterns.indices.filter { subset >> $0 & 1 == 1 }.map { patterns[$0] }
      let right = patterns.indices.filter { subset >> $0 & 1 == 0 }.map { patterns[$0] }
      return group(left, type, inputs[0], next).flatMap { group(right, type, inputs[1], $0) }
    }
  }

  private func group(_ patterns: [Pattern], _ type: String, _ tensor: String, _ known: Match) -> [Match] {
    matches(type == "Mul" ? .product(patterns) : .sum(patterns), tensor, known)
  }

  /// Products of which one factor is written as a division.
  private func quotients(_ patterns: [Pattern], _ tensor: String, _ known: Match) -> [Match] {
    guard patterns.count > 1, let (_, inputs, next) = writer(of: tensor, "Div", known), inputs.count == 2 else {
      return []
    }
    return patterns.indices.flatMap { i -> [Match] in
      guard case .number(let factor) = patterns[i], isNumber(inputs[1], 1 / factor) else { return [] }
      var rest = patterns
      rest.remove(at: i)
      return matches(.product(rest), inputs[0], next)
    }
  }

  /// Products of one tensor with itself.
  private func power(_ patterns: [Pattern], _ tensor: String, _ known: Match) -> [Match] {
    guard patterns.count > 1, case .tensor(let name) = patterns[0],
      patterns.allSatisfy({ if case .tensor(name) = $0 { true } else { false } }),
      let (_, inputs, next) = writer(of: tensor, "Pow", known), inputs.count == 2,
      scalar(inputs[1]) == Float(patterns.count)
    else { return [] }
    return bind(name, inputs[0], next)
  }
}

extension ONNXNode {
  /// Whether an attribute has a value; floats are compared as far as they are rounded.
  fileprivate func has(_ name: String, _ value: ONNXValue) -> Bool {
    guard let attribute = attribute.first(where: { $0.name == name }) else { return false }
    return switch value {
    case .integer(let value): attribute.type == .int && attribute.i == value
    case .integers(let values): attribute.type == .ints && attribute.ints == values.map(Int64.init)
    case .float(let value): attribute.type == .float && abs(attribute.f - value) <= 1e-4 * abs(value)
    case .string(let value): attribute.type == .string && attribute.s.elementsEqual(value.utf8)
    }
  }
}
