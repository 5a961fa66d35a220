import Kobai

/// What the operators of ONNX files mean in Kobai's layers.
///
/// ``standard`` knows what Kobai's own layers can express. An operator that stands for a layer of yours is registered:
///
/// ```swift
/// var operators = ONNXOperators.standard
/// operators.register("PRelu") { node in
///   try node.parameter("weight", from: 1)
///   return PReLU()
/// }
/// let network = try Network(contentsOfONNX: path, batch: 32, operators: operators)
/// ```
public struct ONNXOperators: Sendable {
  /// What a node comes to.
  enum Outcome {
    /// A layer or merge of the values that the node reads.
    case layer(any NodeSpec)
    /// A value that is there already.
    case value(ImportedValue)
    /// Elements that are known without running the network.
    case constant(Constant)
    /// The last states of recurrent layers.
    case states(RecurrentStates)
    /// A recurrent layer, which has several outputs.
    case recurrent(RecurrentNode)
    /// A layer, and the axes of its output that are dropped.
    case squeezed(any NodeSpec, [Int])
  }

  typealias Reading = @Sendable (inout ONNXOperation) throws -> Outcome

  private var readings: [String: (operands: ONNXOperation.Operands, read: Reading)] = [:]
  private(set) var composites: [CompositeOperator] = []

  /// Operators that mean nothing yet.
  public init() {}

  /// The operators that Kobai's own layers can express.
  public static let standard: ONNXOperators = {
    var operators = ONNXOperators()
    operators.registerActivations()
    operators.registerAffine()
    operators.registerConvolution()
    operators.registerPooling()
    operators.registerNormalization()
    operators.registerMerges()
    operators.registerResizing()
    operators.registerSequences()
    operators.registerShapes()
    operators.registerAxes()
    return operators
  }()

  /// Says which layer an operator stands for.
  ///
  /// - Parameters:
  ///   - type: the operator, such as "PRelu".
  ///   - domain: its domain; ONNX's own operators unless given.
  ///   - read: makes the layer's or merge's spec of a node. It claims parameters by ``ONNXOperation/parameter(_:from:transposed:)``,
  ///     and throws ``ONNXOperation/error(_:)`` for what the layer cannot express.
  public mutating func register(
    _ type: String, domain: String = "", _ read: @escaping @Sendable (inout ONNXOperation) throws -> any NodeSpec
  ) {
    self.read(type, domain: domain) { .layer(try read(&$0)) }
  }

  /// The same for an operator that may come to no layer.
  ///
  /// - Parameter operands: what it can read.
  mutating func read(
    _ type: String, domain: String = "", _ operands: ONNXOperation.Operands = .samples, _ reading: @escaping Reading
  ) {
    readings[Self.key(type, domain)] = (operands, reading)
  }

  /// The same for an operator that files write as several nodes.
  ///
  /// - Parameters:
  ///   - composite: a name for it.
  ///   - patterns: what it looks like.
  ///   - operands: the tensors of the patterns that it reads, in the order of the operation's.
  ///   - attributes: the type of the node whose attributes the operation has.
  mutating func register(
    composite: String, _ patterns: Pattern..., operands: [String] = ["x"], attributes: String = "",
    _ read: @escaping @Sendable (inout ONNXOperation) throws -> any NodeSpec
  ) {
    composites += patterns.map {
      CompositeOperator(type: composite, operands: operands, attributes: attributes, pattern: $0)
    }
    register(composite, domain: CompositeOperator.domain, read)
  }

  /// Reads a node.
  func outcome(of operation: inout ONNXOperation, domain: String) throws(ONNXError) -> Outcome {
    guard let reading = readings[Self.key(operation.type, domain)] else {
      throw operation.error(
        (domain.isEmpty ? "" : "an operator of \(domain): ") + "Kobai has no layer for this operator; register one")
    }
    try operation.accept(reading.operands)
    do { return try reading.read(&operation) } catch let error as ONNXError { throw error } catch {
      throw operation.error("\(error)")
    }
  }

  private static func key(_ type: String, _ domain: String) -> String {
    domain.isEmpty || domain == "ai.onnx" ? type : "\(domain)::\(type)"
  }
}
