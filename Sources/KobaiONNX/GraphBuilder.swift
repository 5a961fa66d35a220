import Foundation
import Kobai

/// Grows an ONNX graph from a network's design, node by node.
///
/// A tensor that a layer writes is called "layer.output", as its parameters are called "layer.weight": no two tensors
/// share a name, whatever the layers are called. A network's only input is called "input" and its only output "logits";
/// where there are several they have the names of the design.
struct GraphBuilder {
  private let design: Network.Design
  private let tensors: [String: Tensor]
  private var nodes: [ONNXNode] = []
  private var initializers: [ONNXTensor] = []
  private var names: [String?]  // of the design's values
  private var operands: [String] = []  // what the next ONNX node reads
  private var weights = ""  // what the names of the layer's parameters begin with
  /// The operator set that the nodes need, 13 at least, which every runtime since 2021 knows.
  private(set) var operatorSet = 13

  init(_ design: Network.Design, tensors: [(name: String, tensor: Tensor)]) {
    self.design = design
    self.tensors = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.tensor) })
    names = [String?](repeating: nil, count: design.shapes.count)
    for (name, value) in design.inputs { names[value] = design.inputs.count == 1 ? "input" : name }
  }

  /// The tensor that the node before wrote, or the layer's input.
  var current: String { operands[0] }

  /// Adds a layer or merge of the design; `body` appends what computes it.
  mutating func add(_ node: Network.Design.Node, _ body: (inout GraphBuilder) throws(ONNXError) -> Void)
    throws(ONNXError)
  {
    operands = node.inputs.map { names[$0] ?? "" }
    weights = node.weights
    try body(&self)
    names[node.output] = operands[0]
  }

  /// Adds a node that reads what the last one of its layer wrote, or the layer's inputs, and then the initializers named.
  ///
  /// - Parameters:
  ///   - part: names the node within the layer, where it is not the layer's last one.
  mutating func append(
    _ type: String, layer: String, part: String? = nil, initializers names: [String] = [],
    attributes: [ONNXAttribute] = []
  ) {
    append(type, layer: layer, part: part, inputs: operands + names, attributes: attributes)
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
    operands = [result]
  }

  /// Says that a node's operator came with that operator set.
  mutating func require(operatorSet: Int) { self.operatorSet = max(self.operatorSet, operatorSet) }

  /// Adds those of the named tensors that the layer has as initializers, and returns their names.
  mutating func parameters(_ names: String..., of layer: String) -> [String] {
    names.map { "\(weights).\($0)" }.filter { name in
      guard let tensor = tensors[name] else { return false }
      guard !initializers.contains(where: { $0.name == name }) else { return true }  // shared by another layer
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
  func tensor(_ name: String, of layer: String) -> Tensor? { tensors["\(weights).\(name)"] }

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

  /// The whole graph.
  func graph() -> ONNXGraph {
    var nodes = nodes
    let outputs = design.outputs.map { name, value in
      (from: names[value] ?? "", to: design.outputs.count == 1 ? "logits" : name, shape: design.shapes[value])
    }
    for output in outputs {
      if let writer = nodes.firstIndex(where: { $0.output.last == output.from }),
        !outputs.contains(where: { $0.to == output.from })
      {
        nodes[writer].output[nodes[writer].output.count - 1] = output.to
        for i in nodes.indices { nodes[i].input = nodes[i].input.map { $0 == output.from ? output.to : $0 } }
      } else {  // an input that nothing changes, or one output under two names
        nodes.append(
          .with { ($0.name, $0.opType, $0.input, $0.output) = (output.to, "Identity", [output.from], [output.to]) })
      }
    }
    return .with {
      $0.name = "network"
      $0.node = nodes
      $0.initializer = initializers
      $0.input = design.inputs.map { Self.batch(names[$0.value] ?? "", of: design.shapes[$0.value]) }
      $0.output = outputs.map { Self.batch($0.to, of: $0.shape) }
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
