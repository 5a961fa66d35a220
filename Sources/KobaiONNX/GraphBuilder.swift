import Foundation
import Kobai

/// Grows a chain of ONNX nodes, each of which reads what the one before it wrote.
///
/// A tensor that a layer writes is called "layer.output", as its parameters are called "layer.weight": no two tensors
/// share a name, whatever the layers are called.
struct GraphBuilder {
  private static let (input, output) = ("input", "logits")

  private let tensors: [String: Tensor]
  private var nodes: [ONNXNode] = []
  private var initializers: [ONNXTensor] = []
  /// The tensor that the node before wrote.
  private(set) var current = Self.input
  /// The operator set that the nodes need, 13 at least, which every runtime since 2021 knows.
  private(set) var operatorSet = 13

  init(tensors: [(name: String, tensor: Tensor)]) {
    self.tensors = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.tensor) })
  }

  /// Adds a node that reads the current tensor and then the initializers named.
  ///
  /// - Parameters:
  ///   - part: names the node within the layer, where it is not the layer's last one.
  mutating func append(
    _ type: String, layer: String, part: String? = nil, initializers names: [String] = [],
    attributes: [ONNXAttribute] = []
  ) {
    append(type, layer: layer, part: part, inputs: [current] + names, attributes: attributes)
  }

  /// Adds a node that reads the tensors named.
  ///
  /// - Parameters:
  ///   - part: names the node within the layer, where it is not the layer's last one.
  ///   - output: which of the operator's outputs is wanted.
  mutating func append(
    _ type: String, layer: String, part: String? = nil, inputs: [String], output: Int = 0,
    attributes: [ONNXAttribute] = []
  ) {
    let result = "\(layer).\(part ?? "output")"
    nodes.append(
      .with {
        $0.name = part == nil ? layer : result
        $0.opType = type
        $0.input = inputs
        $0.output = [String](repeating: "", count: output) + [result]
        $0.attribute = attributes
      })
    current = result
  }

  /// Says that a node's operator came with that operator set.
  mutating func require(operatorSet: Int) { self.operatorSet = max(self.operatorSet, operatorSet) }

  /// Adds those of the named tensors that the layer has as initializers, and returns their names.
  mutating func parameters(_ names: String..., of layer: String) -> [String] {
    names.map { "\(layer).\($0)" }.filter { name in
      guard let tensor = tensors[name] else { return false }
      initializers.append(
        .with {
          $0.name = name
          $0.dims = (0..<tensor.shape.rank).map { Int64(tensor.shape[$0]) }
          $0.dataType = .float
          $0.rawData = unsafe tensor.span.withUnsafeBytes { unsafe Data($0) }
        })
      return true
    }
  }

  /// The values of a layer's tensor.
  func tensor(_ name: String, of layer: String) -> Tensor? { tensors["\(layer).\(name)"] }

  /// Adds a number as an initializer and returns its name.
  mutating func constant(_ value: Float, _ name: String, of layer: String) -> String {
    constant([value], [], name, of: layer)
  }

  /// Adds numbers as an initializer of those sizes and returns its name.
  mutating func constant(_ values: [Float], _ sizes: [Int], _ name: String, of layer: String) -> String {
    initializers.append(
      .with {
        $0.name = "\(layer).\(name)"
        $0.dims = sizes.map(Int64.init)
        $0.dataType = .float
        $0.rawData = unsafe values.map(\.bitPattern.littleEndian).withUnsafeBytes { unsafe Data($0) }
      })
    return "\(layer).\(name)"
  }

  /// Adds integers as an initializer and returns its name.
  mutating func constant(_ values: [Int64], _ name: String, of layer: String) -> String {
    initializers.append(
      .with {
        $0.name = "\(layer).\(name)"
        $0.dims = [Int64(values.count)]
        $0.dataType = .int64
        $0.rawData = unsafe values.map(\.littleEndian).withUnsafeBytes { unsafe Data($0) }
      })
    return "\(layer).\(name)"
  }

  /// The graph, for samples of these shapes.
  func graph(input: Shape, output: Shape) -> ONNXGraph {
    var nodes = nodes
    if nodes.isEmpty {
      nodes = [
        .with { ($0.name, $0.opType, $0.input, $0.output) = ("identity", "Identity", [Self.input], [Self.output]) }
      ]
    }
    var outputs = nodes[nodes.count - 1].output
    outputs[outputs.count - 1] = Self.output
    nodes[nodes.count - 1].output = outputs
    return .with {
      $0.name = "network"
      $0.node = nodes
      $0.initializer = initializers
      $0.input = [Self.batch(Self.input, of: input)]
      $0.output = [Self.batch(Self.output, of: output)]
    }
  }

  private static func batch(_ name: String, of shape: Shape) -> ONNXValueInfo {
    .with {
      $0.name = name
      $0.type.tensorType.elemType = .float
      $0.type.tensorType.shape.dim =
        [.with { $0.dimParam = "batch" }]
        + (0..<shape.rank).map { axis in .with { $0.dimValue = Int64(shape[axis]) } }
    }
  }
}

extension ONNXAttribute {
  static func integer(_ name: String, _ value: Int) -> ONNXAttribute {
    .with { ($0.name, $0.type, $0.i) = (name, .int, Int64(value)) }
  }

  static func integers(_ name: String, _ values: [Int]) -> ONNXAttribute {
    .with { ($0.name, $0.type, $0.ints) = (name, .ints, values.map(Int64.init)) }
  }

  static func float(_ name: String, _ value: Float) -> ONNXAttribute {
    .with { ($0.name, $0.type, $0.f) = (name, .float, value) }
  }

  static func string(_ name: String, _ value: String) -> ONNXAttribute {
    .with { ($0.name, $0.type, $0.s) = (name, .string, value) }
  }
}
