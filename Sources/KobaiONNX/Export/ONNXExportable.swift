import Kobai

/// A layer or merge that can be written as ONNX, because it says which operators compute what it does. Kobai's own are; one of
/// yours becomes it by a few lines:
///
/// ```swift
/// extension PReLU: ONNXExportable {
///   func appendONNX(to nodes: inout ONNXNodes) {
///     let slopes = nodes.parameters("weight", trailingAxes: nodes.inputShapes[0].rank - 1)
///     nodes.append("PRelu", nodes.inputs + slopes)
///   }
/// }
/// ```
///
/// To read it again, register what the operator means with ``ONNXOperators``.
public protocol ONNXExportable: NodeSpec {
  /// Appends the nodes that compute what the layer does when it predicts. What the last of them writes is the layer's
  /// output; without any, the output is the first input.
  ///
  /// - Throws: ``ONNXError``, made by ``ONNXNodes/error(_:)``, where the layer is set to what ONNX cannot say.
  func appendONNX(to nodes: inout ONNXNodes) throws(ONNXError)
}
