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
  }

  typealias Reading = @Sendable (inout ONNXOperation) throws -> Outcome

  private var readings: [String: Reading] = [:]

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
    operators.registerShapes()
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
  mutating func read(_ type: String, domain: String = "", _ reading: @escaping Reading) {
    readings[Self.key(type, domain)] = reading
  }

  /// Reads a node.
  func outcome(of operation: inout ONNXOperation, domain: String) throws(ONNXError) -> Outcome {
    guard let reading = readings[Self.key(operation.type, domain)] else {
      throw operation.error(
        (domain.isEmpty ? "" : "an operator of \(domain): ") + "Kobai has no layer for this operator; register one")
    }
    do { return try reading(&operation) } catch let error as ONNXError { throw error } catch {
      throw operation.error("\(error)")
    }
  }

  private static func key(_ type: String, _ domain: String) -> String {
    domain.isEmpty || domain == "ai.onnx" ? type : "\(domain)::\(type)"
  }
}
