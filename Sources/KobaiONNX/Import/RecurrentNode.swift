import Kobai

/// One LSTM or GRU node of a file, as far as it is what Kobai's, and PyTorch's, layers compute.
struct RecurrentNode {
  let operation: ONNXOperation
  let cell: RecurrentStack.Cell
  /// The elements of the state.
  let hidden: Int
  /// 1, or 2 where it also goes from the last step to the first.
  let directions: Int
  /// What it reads, as (batch, steps, features).
  let input: ImportedValue

  /// The places of the operands that may follow the weights.
  private enum Operand {
    static let biases = 3, lengths = 4, initialState = 5, initialCell = 6, peepholes = 7
  }

  /// - Throws: ``ONNXError`` for what those layers are not.
  init(_ operation: ONNXOperation, _ cell: RecurrentStack.Cell) throws(ONNXError) {
    (self.operation, self.cell) = (operation, cell)
    hidden = try operation.integer("hidden_size", default: 0)
    guard (1...Limits.channels).contains(hidden) else {
      throw operation.error("hidden_size \(hidden); a number from 1 to \(Limits.channels) is possible")
    }
    switch try operation.string("direction", default: "forward") {
    case "forward": directions = 1
    case "bidirectional": directions = 2
    case let other: throw operation.error("direction \(other); Kobai goes forward, or both ways")
    }
    guard case .value(let value)? = operation.operands.first else { throw operation.error("it reads no value") }
    guard let layout = value.layout.transposed([1, 0, 2]), layout.sample?.rank == 2 else {
      throw operation.error(
        "it reads \(value.layout), not steps×batch×features of which the batch is the outermost; transpose it before")
    }
    input = value.laidOut(as: layout, by: operation)
    try check()
  }

  private func check() throws(ONNXError) {
    let numbers = ["layout": 0, cell == .lstm ? "input_forget" : "linear_before_reset": cell == .lstm ? 0 : 1]
    for (name, wanted) in numbers.sorted(by: { $0.key < $1.key }) {
      let value = try operation.integer(name, default: 0)
      guard value == wanted else { throw operation.error("\(name) \(value); Kobai has \(wanted)") }
    }
    let functions = cell == .lstm ? ["Sigmoid", "Tanh", "Tanh"] : ["Sigmoid", "Tanh"]
    if let activations = try operation.strings("activations") {
      guard activations == (0..<directions).flatMap({ _ in functions }) else {
        throw operation.error("activations of its own; Kobai has \(functions.joined(separator: ", "))")
      }
    }
    guard !operation.has("clip") else { throw operation.error("it clips; Kobai does not") }
    for (position, what) in [(Operand.lengths, "lengths of its own for sequences"), (Operand.peepholes, "peepholes")] {
      guard !operation.has(operand: position) else { throw operation.error("it has \(what); Kobai has none") }
    }
    for position in [Operand.initialState, Operand.initialCell] where operation.has(operand: position) {
      guard operation.constant(position)?.uniform == 0 else {
        throw operation.error("the state before its first step is not zero, as it is in Kobai")
      }
    }
  }

  /// Whether biases are added.
  var hasBias: Bool { operation.has(operand: Operand.biases) }

  /// The layer whose parameters it has, as the lowest but so many; nil where the file does not say so.
  func owner(layer: Int) -> String? {
    let module = LayerName.path(operation.name, operation.type)
    let isNamed = operation.name.hasPrefix("/")  // by PyTorch, of which all layers of a module have its name
    return operation.constant(1).flatMap { LayerName.owner(of: $0.name, "weight_ih_l\(layer)") }
      ?? (isNamed ? module : nil)
  }

  /// The parameters of PyTorch's, gate by gate and direction by direction.
  func parameters(layer: Int) throws(ONNXError) -> [ONNXParameter] {
    // The gates of PyTorch's order (input, forget, cell, output; reset, update, new) by their places in ONNX's.
    let gates = cell == .lstm ? [0, 2, 3, 1] : [1, 0, 2]
    let rows = gates.count * hidden
    let input = try constant(1, "weight", [directions, rows, self.input.view[1]])
    let state = try constant(2, "recurrent weight", [directions, rows, hidden])
    let biases = hasBias ? try constant(Operand.biases, "bias", [directions, 2 * rows]) : nil
    return (0..<directions).flatMap { direction -> [ONNXParameter] in
      let suffix = "_l\(layer)" + (direction == 0 ? "" : "_reverse")
      func parameter(_ name: String, _ constant: Constant, from first: Int, width: [Int]) -> ONNXParameter {
        let length = hidden * (width.first ?? 1)
        let starts = gates.map { first * (width.first ?? 1) + $0 * length }
        return ONNXParameter(name + suffix, constant, .blocks(starts, length: length, sizes: [rows] + width))
      }
      return [
        parameter("weight_ih", input, from: direction * rows, width: [self.input.view[1]]),
        parameter("weight_hh", state, from: direction * rows, width: [hidden]),
      ]
        + (biases.map {
          [
            parameter("bias_ih", $0, from: 2 * direction * rows, width: []),
            parameter("bias_hh", $0, from: (2 * direction + 1) * rows, width: []),
          ]
        } ?? [])
    }
  }

  private func constant(_ position: Int, _ name: String, _ sizes: [Int]) throws(ONNXError) -> Constant {
    guard let constant = operation.constant(position), constant.isFloat else {
      throw operation.error("its \(name) is no constant of floats")
    }
    guard constant.sizes == sizes else {
      throw operation.error(
        "its \(name) is \(constant.sizes.map(String.init).joined(separator: "×")), but one of "
          + "\(hidden) hidden elements, \(directions) directions and \(input.view[1]) features is "
          + sizes.map(String.init).joined(separator: "×"))
    }
    return constant
  }
}
