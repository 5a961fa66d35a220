import Kobai

/// A node of an ONNX file, as an entry of ``ONNXOperators`` reads it: its operands, its attributes, and its way to say which
/// of its tensors are the layer's parameters.
public struct ONNXOperation {
  enum Operand {
    case value(ImportedValue)
    case constant(Constant)
    case states(RecurrentStates)
  }

  /// What an operator can read.
  enum Operands {
    /// Samples of a batch, one after the other, and constants.
    case samples
    /// Integers besides.
    case indices
    /// Axes in any order besides.
    case anyLayout
    /// The last states of recurrent layers besides.
    case states
  }

  /// The node's name; that of its output where it has none.
  public let name: String
  /// The operator, such as "Relu".
  public let type: String
  /// The version of ONNX's operators that the file was written with.
  public let operatorSet: Int
  /// What it reads, by position; nil for an operand that is left out.
  var operands: [Operand?]
  /// The batch, where the file has fixed it.
  let fixedBatch: Int?
  private let attributes: [String: ONNXAttribute]
  private let addition: Constant?  // what the only node that reads the result adds to it
  var parameters: [ONNXParameter] = []
  private(set) var tookAddition = false

  init(
    _ node: ONNXNode, named name: String, operatorSet: Int, operands: [Operand?], fixedBatch: Int?, addition: Constant?
  ) {
    (self.name, type, self.operatorSet) = (name, node.opType, operatorSet)
    (self.operands, self.fixedBatch, self.addition) = (operands, fixedBatch, addition)
    attributes = Dictionary(node.attribute.map { ($0.name, $0) }) { first, _ in first }
  }

  /// The shapes of one sample of what it reads, constants left out.
  public var inputs: [Shape] { values.map(\.view) }

  /// What it reads, constants left out.
  var values: [ImportedValue] {
    operands.compactMap { operand -> ImportedValue? in
      guard case .value(let value) = operand else { return nil }
      return value
    }
  }

  /// Refuses operands that the operator cannot read.
  mutating func accept(_ kinds: Operands) throws(ONNXError) {
    guard kinds != .states else { return }
    for (i, operand) in operands.enumerated() {
      var value: ImportedValue
      switch operand {
      case .value(let read): value = read
      case .states(let states):
        guard let state = states.value else {
          throw error(
            "it reads the last states of a part of the directions, or of several layers; Kobai has one layer's")
        }
        value = state
      case .constant, nil: continue
      }
      guard kinds == .anyLayout || value.layout.sample != nil else {
        throw value.error(
          "it makes \(value.layout), which \(name) (\(type)) cannot read; Kobai's tensors begin with the batch")
      }
      guard kinds != .samples || !value.isIndex else {
        throw error("it reads integers; Kobai has them for tables of vectors (Gather) alone")
      }
      operands[i] = .value(value)
    }
  }

  /// The constant at a position; nil where there is none.
  func constant(_ position: Int) -> Constant? {
    guard operands.indices.contains(position), case .constant(let constant) = operands[position] else { return nil }
    return constant
  }

  /// The number at a position, where that is one that the file knows.
  func number(_ position: Int) -> Float? {
    guard let constant = constant(position), constant.count == 1, constant.sizes.count <= 2 else { return nil }
    return constant.floats?.first
  }

  /// The only value that it reads.
  func onlyValue() throws(ONNXError) -> ImportedValue {
    guard values.count == 1 else { throw error("it reads \(values.count) values, not one") }
    return values[0]
  }

  /// The shape of one sample of the images that it reads.
  func image() throws(ONNXError) -> Shape {
    let shape = try onlyValue().view
    guard shape.rank == 3 else { throw error("it reads \(shape), not images (channels, height, width)") }
    return shape
  }

  /// Takes the constant at a position as a parameter of the layer.
  ///
  /// - Parameters:
  ///   - name: the parameter's name in the layer, such as "weight".
  ///   - position: the place among the node's inputs.
  ///   - isTransposed: whether the file has the matrix as (inputs, outputs).
  /// - Returns: its sizes, as the layer has them; nil where the operand is left out.
  /// - Throws: ``ONNXError`` where it is no constant, or holds no floats.
  @discardableResult
  public mutating func parameter(_ name: String, from position: Int, transposed isTransposed: Bool = false)
    throws(ONNXError) -> [Int]?
  {
    guard operands.indices.contains(position), let operand = operands[position] else { return nil }
    guard case .constant(let constant) = operand else {
      throw error("its \(name) is computed; Kobai's parameters are constants of the file")
    }
    guard constant.isFloat else { throw error("its \(name) holds no floats") }
    guard constant.count > 0 else { throw error("its \(name) is empty") }
    guard !isTransposed || constant.sizes.count == 2 else {
      throw error("its \(name) has \(constant.sizes.count) axes, not 2")
    }
    parameters.append(ONNXParameter(name, constant, isTransposed ? .transposed : .asStored))
    return parameters.last?.sizes
  }

  /// Takes what the next node adds as a parameter of this layer, where that is one number a channel, and nobody else reads
  /// this node's output.
  ///
  /// - Parameters:
  ///   - name: the parameter's name in the layer.
  ///   - channels: how many numbers they must be.
  ///   - trailing: the number of axes behind that of the channels.
  /// - Returns: whether that was so; the next node is then done with.
  mutating func takeAddition(as name: String, channels: Int, trailing: Int) -> Bool {
    guard let addition, addition.isFloat, addition.count == channels else { return false }
    let sizes = addition.sizes
    let axis = sizes.count - 1 - trailing
    guard axis >= 0, sizes[axis] == channels else { return false }
    parameters.append(ONNXParameter(name, addition))
    tookAddition = true
    return true
  }

  /// Whether of the axes that a constant has, which are the last ones of the value's, only that of the channels is longer
  /// than 1.
  func isPerChannel(_ sizes: [Int], of sample: Shape) -> Bool {
    let axis = sizes.count - sample.rank  // of the channels; below 0 where the constant has it not
    return axis <= 1 && sizes.indices.allSatisfy { $0 == axis || sizes[$0] == 1 }
  }

  /// Takes over the zeros that a Pad put around the only value.
  mutating func takePadding() -> Size2D {
    for i in operands.indices {
      guard case .value(var value) = operands[i], value.padding != 0 else { continue }
      let padding = value.padding
      value.padding = 0
      operands[i] = .value(value)
      return padding
    }
    return 0
  }

  /// An integer attribute.
  ///
  /// - Parameters:
  ///   - name: its name.
  ///   - standard: what it is where the file does not say.
  public func integer(_ name: String, default standard: Int) throws(ONNXError) -> Int {
    guard let attribute = try attribute(name, .int) else { return standard }
    return Int(attribute.i)
  }

  /// An attribute of several integers; nil where the file has none.
  public func integers(_ name: String) throws(ONNXError) -> [Int]? {
    try attribute(name, .ints)?.ints.map { Int($0) }
  }

  /// A float attribute.
  ///
  /// - Parameters:
  ///   - name: its name.
  ///   - standard: what it is where the file does not say.
  public func float(_ name: String, default standard: Float) throws(ONNXError) -> Float {
    try attribute(name, .float)?.f ?? standard
  }

  /// An attribute of several texts; nil where the file has none.
  func strings(_ name: String) throws(ONNXError) -> [String]? {
    try attribute(name, .strings)?.strings.map { String(decoding: $0, as: UTF8.self) }
  }

  /// An attribute that is a constant; nil where the file has none.
  func tensor(_ name: String) throws(ONNXError) -> Constant? {
    guard let tensor = try attribute(name, .tensor)?.t.first else { return nil }
    return try Constant(tensor)
  }

  /// Whether there is anything at a position.
  func has(operand position: Int) -> Bool { operands.indices.contains(position) && operands[position] != nil }

  /// Whether the file says what an attribute is.
  func has(_ name: String) -> Bool { attributes[name] != nil }

  /// An attribute that is a text.
  ///
  /// - Parameters:
  ///   - name: its name.
  ///   - standard: what it is where the file does not say.
  public func string(_ name: String, default standard: String) throws(ONNXError) -> String {
    try attribute(name, .string).map { String(decoding: $0.s, as: UTF8.self) } ?? standard
  }

  private func attribute(_ name: String, _ kind: ONNXAttribute.Kind) throws(ONNXError) -> ONNXAttribute? {
    guard let attribute = attributes[name] else { return nil }
    guard attribute.type == kind else { throw error("its attribute \(name) is no \(kind)") }
    return attribute
  }

  /// An error that names the node and its operator.
  public func error(_ reason: String) -> ONNXError { ONNXError(layer: "\(name) (\(type))", reason: reason) }
}
