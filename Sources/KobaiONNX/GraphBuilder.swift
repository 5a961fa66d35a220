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
  private var current = Self.input

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
    let result = "\(layer).\(part ?? "output")"
    nodes.append(
      .with {
        $0.name = part == nil ? layer : result
        $0.opType = type
        $0.input = [current] + names
        $0.output = [result]
        $0.attribute = attributes
      })
    current = result
  }

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

  /// Adds a number as an initializer and returns its name.
  mutating func constant(_ value: Float, _ name: String, of layer: String) -> String {
    initializers.append(
      .with {
        $0.name = "\(layer).\(name)"
        $0.dataType = .float
        $0.rawData = unsafe withUnsafeBytes(of: value.bitPattern.littleEndian) { unsafe Data($0) }
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
      nodes = [.with { ($0.name, $0.opType, $0.input) = ("identity", "Identity", [Self.input]) }]
    }
    nodes[nodes.count - 1].output = [Self.output]
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
}
