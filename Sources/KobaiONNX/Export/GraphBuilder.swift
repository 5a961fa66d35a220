import Foundation
import Kobai

/// Grows an ONNX graph from a network's design, node by node.
///
/// A tensor that a layer writes is called "layer.output", as its parameters are called "layer.weight": no two tensors
/// share a name, whatever the layers are called. A network's only input is called "input" and its only output "logits";
/// where there are several they have the names of the design.
struct GraphBuilder {
  private let design: Network.Design
  private let parameters: [String: Tensor]
  private var nodes: [ONNXNode] = []
  private var initializers: [ONNXTensor] = []
  private var initializerNames: Set<String> = []
  private var values: [ONNXNodes.Tensor?]  // of the design
  private(set) var domains: Set<String> = []
  private(set) var operatorSet = 13  // every runtime since 2021 knows it

  init(_ design: Network.Design, tensors: [NamedTensor]) {
    self.design = design
    parameters = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.tensor) })
    values = [ONNXNodes.Tensor?](repeating: nil, count: design.shapes.count)
    for (name, value) in design.inputs {
      values[value] = ONNXNodes.Tensor(name: design.inputs.count == 1 ? "input" : name)
    }
  }

  /// Adds what computes a layer or merge of the design.
  mutating func add(_ node: Network.Design.Node) throws(ONNXError) {
    guard let spec = node.spec as? any ONNXExportable else {
      throw ONNXError(
        layer: node.name,
        reason:
          "\(node.spec) is a layer of your own, unknown to ONNX; make it ONNXExportable, or express it with Kobai's layers"
      )
    }
    var added = ONNXNodes(
      node, inputs: node.inputs.map { values[$0] ?? .init(name: "") }, shapes: design.shapes, parameters: parameters)
    try spec.appendONNX(to: &added)
    nodes += added.nodes
    for initializer in added.initializers where initializerNames.insert(initializer.name).inserted {
      initializers.append(initializer)  // once, though layers share it
    }
    domains.formUnion(added.domains)
    operatorSet = max(operatorSet, added.operatorSet)
    values[node.output] = added.output
  }

  /// The whole graph.
  ///
  /// - Throws: ``ONNXError`` where an output has the name of an input that is another tensor.
  func graph() throws(ONNXError) -> ONNXGraph {
    var nodes = nodes
    let outputs = design.outputs.map { name, value in
      (from: self.name(value), to: design.outputs.count == 1 ? "logits" : name, shape: design.shapes[value])
    }
    var renamed: [String: String] = [:]  // what layers write that is an output of the network
    for output in outputs where renamed[output.from] == nil { renamed[output.from] = output.to }
    let taken = Set(design.inputs.map { self.name($0.value) })
    if let output = outputs.first(where: { taken.contains($0.to) && $0.from != $0.to }) {
      throw ONNXError(
        layer: output.to, reason: "an input and an output of the file would have this name; give one of them another")
    }
    for i in nodes.indices {
      nodes[i].output = nodes[i].output.map { renamed[$0] ?? $0 }
      nodes[i].input = nodes[i].input.map { taken.contains($0) ? $0 : renamed[$0] ?? $0 }
    }
    for output in outputs {
      let from = taken.contains(output.from) ? output.from : renamed[output.from] ?? output.from
      guard from != output.to else { continue }  // else an input that nothing changes, or one output under two names
      nodes.append(
        .with { ($0.name, $0.opType, $0.input, $0.output) = (output.to, "Identity", [from], [output.to]) })
    }
    return .with {
      $0.name = "network"
      $0.node = nodes
      $0.initializer = initializers
      $0.input = design.inputs.map { Self.batch(name($0.value), of: design.shapes[$0.value]) }
      $0.output = outputs.map { Self.batch($0.to, of: $0.shape) }
    }
  }

  private func name(_ value: Int) -> String { values[value]?.name ?? "" }

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
