import Kobai

/// What a node of a file computes, in Kobai's terms.
struct ImportedValue {
  /// The value of the graph.
  var value: Graph.Value
  /// The shape of one sample of it.
  var shape: Shape
  /// The shape that the file has it in. Where that is another one, nothing has been done for it yet: affine layers take
  /// images as they are, and what is flattened may take its old shape again.
  var view: Shape
  /// The zeros around it, cut off where it is below zero, for the convolution that reads it.
  var padding: Size2D = 0
  /// The node that changed the view or the padding.
  var cause: (name: String, type: String) = ("", "")

  init(_ value: Graph.Value, _ shape: Shape) { (self.value, self.shape, view) = (value, shape, shape) }

  /// The same elements in another shape.
  func viewed(as view: Shape, by operation: ONNXOperation) -> ImportedValue {
    var result = self
    (result.view, result.cause) = (view, (operation.name, operation.type))
    return result
  }

  func error(_ reason: String) -> ONNXError { ONNXError(layer: "\(cause.name) (\(cause.type))", reason: reason) }
}

/// The largest things that are read: what a damaged file says must neither overflow nor be allocated.
enum Limits {
  /// Pixels along a side, and those of a stride or a padding.
  static let side = 1 << 16
  /// Channels of an image, or filters.
  static let channels = 1 << 20
  /// Elements of one sample of a value, and of all values together.
  static let elements = 1 << 28
  /// Elements of all weights.
  static let weights = 1 << 29
  /// Nodes of a graph; also inputs and outputs.
  static let nodes = 10_000
}
