import Foundation
import Kobai

/// The nodes that an ONNX graph gets for one layer: what ``ONNXExportable/appendONNX(to:)`` fills.
public struct ONNXNodes {
  /// A tensor of the graph, as a node reads or writes it.
  public struct Tensor: Sendable, Equatable {
    let name: String
    /// An operand that is left out.
    public static let none = Tensor(name: "")
  }

  /// The layer's name, which the names of its tensors begin with.
  public let layer: String
  /// What the layer reads; one tensor (batch, shape), or several where it is a merge.
  public let inputs: [Tensor]
  /// The shapes of one sample of the inputs.
  public let inputShapes: [Shape]
  /// The shape of one sample of the output.
  public let outputShape: Shape

  private let weights: String  // what the names of the layer's parameters begin with
  private let parameters: [String: Kobai.Tensor]  // of the whole network
  private(set) var nodes: [ONNXNode] = []
  private(set) var initializers: [ONNXTensor] = []
  private(set) var domains: Set<String> = []
  private(set) var operatorSet = 0
  private(set) var output: Tensor

  init(
    _ node: Network.Design.Node, inputs: [Tensor], shapes: [Shape], parameters: [String: Kobai.Tensor]
  ) {
    (layer, weights, self.inputs, self.parameters) = (node.name, node.weights, inputs, parameters)
    (inputShapes, outputShape) = (node.inputs.map { shapes[$0] }, shapes[node.output])
    output = inputs[0]
  }

  /// Appends a node.
  ///
  /// - Parameters:
  ///   - type: the operator, such as "Relu".
  ///   - operands: the tensors that it reads.
  ///   - part: names the node within the layer ("layer.part"); nil for the layer's last one.
  ///   - attributes: the operator's attributes.
  ///   - domain: the operator's domain; ONNX's own operators unless given.
  ///   - operatorSet: the version of ONNX's operators that the node needs, where that is above 13.
  ///   - result: which of the operator's outputs is wanted, counted from 0.
  /// - Returns: what it writes.
  @discardableResult
  public mutating func append(
    _ type: String, _ operands: [Tensor], part: String? = nil, attributes: KeyValuePairs<String, ONNXValue> = [:],
    domain: String = "", operatorSet: Int = 13, result: Int = 0
  ) -> Tensor {
    output = Tensor(name: "\(layer).\(part ?? "output")")
    nodes.append(
      .with {
        $0.name = part == nil ? layer : output.name
        $0.opType = type
        $0.domain = domain
        $0.input = operands.map(\.name)
        $0.output = [String](repeating: "", count: result) + [output.name]
        $0.attribute = attributes.map { ONNXAttribute($0.key, $0.value) }
      })
    if !domain.isEmpty { domains.insert(domain) }
    self.operatorSet = max(self.operatorSet, operatorSet)
    return output
  }

  /// Those of the named parameters and buffers that the layer has: "weight" is the tensor that is saved as "layer.weight".
  ///
  /// - Parameters:
  ///   - names: their names in the layer.
  ///   - trailingAxes: axes of size 1 that are put behind theirs, where ONNX wants them for a number a channel.
  public mutating func parameters(_ names: String..., trailingAxes: Int = 0) -> [Tensor] {
    names.compactMap { name in
      let name = "\(weights).\(name)"
      guard let tensor = parameters[name] else { return nil }
      return constant(name, tensor, trailingAxes: trailingAxes)
    }
  }

  /// The elements of a parameter or buffer of the layer, for those that ONNX wants in another order; empty where there is none.
  public func elements(of name: String) -> [Float] { parameters["\(weights).\(name)"]?.elements ?? [] }

  /// A tensor of floats of the layer's own that is no parameter.
  ///
  /// - Parameters:
  ///   - value: the elements.
  ///   - name: a name within the layer.
  public mutating func constant(_ value: Kobai.Tensor, _ name: String) -> Tensor { constant("\(layer).\(name)", value) }

  /// Parameters of the layer in another order or shape, under the name of one of them; layers that share weights share it.
  mutating func constant(_ value: Kobai.Tensor, of parameter: String) -> Tensor {
    constant("\(weights).\(parameter)", value)
  }

  /// A number as a tensor without axes.
  public mutating func constant(_ value: Float, _ name: String) -> Tensor { constant(Kobai.Tensor([], [value]), name) }

  /// Integers as a tensor with one axis, such as a shape.
  public mutating func constant(_ values: [Int], _ name: String) -> Tensor {
    let tensor = Tensor(name: "\(layer).\(name)")
    initializers.append(
      .with {
        $0.name = tensor.name
        $0.dims = [Int64(values.count)]
        $0.dataType = .int64
        $0.rawData = unsafe values.map { Int64($0).littleEndian }.withUnsafeBytes { unsafe Data($0) }
      })
    return tensor
  }

  private mutating func constant(_ name: String, _ tensor: Kobai.Tensor, trailingAxes: Int = 0) -> Tensor {
    initializers.append(
      .with {
        $0.name = name
        $0.dims =
          (0..<tensor.shape.rank).map { Int64(tensor.shape[$0]) } + [Int64](repeating: 1, count: trailingAxes)
        $0.dataType = .float
        $0.rawData = unsafe tensor.span.withUnsafeBytes { unsafe Data($0) }
      })
    return Tensor(name: name)
  }

  /// An error that names the layer.
  public func error(_ reason: String) -> ONNXError { ONNXError(layer: layer, reason: reason) }
}
