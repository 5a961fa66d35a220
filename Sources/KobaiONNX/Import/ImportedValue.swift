import Kobai

/// What a node of a file computes, in Kobai's terms.
struct ImportedValue {
  enum Source {
    /// A value of the graph.
    case graph(Graph.Value)
    /// What recurrent layers compute, which are not part of the graph yet: all steps, or the last state.
    indirect case recurrent(RecurrentStack, RecurrentStack.Output)
  }

  /// Where it comes from.
  var source: Source
  /// The shape of one sample of it.
  var shape: Shape
  /// The axes that the file has it in. Where they are others than those of the shape, nothing has been done for it yet: affine
  /// layers take images as they are, and what is flattened or transposed may be what it was again.
  var layout: Layout
  /// The zeros around it, cut off where it is below zero, for the convolution that reads it.
  var padding: Size2D = 0
  /// Whether its elements are integers, which only a table of vectors reads.
  var isIndex = false
  /// The node that changed the layout, the padding or the type.
  var cause: (name: String, type: String) = ("", "")

  init(_ value: Graph.Value, _ shape: Shape) { self.init(.graph(value), shape, Layout(shape)) }

  init(_ source: Source, _ shape: Shape, _ layout: Layout) {
    (self.source, self.shape, self.layout) = (source, shape, layout)
  }

  /// The shape of one sample as the file has it.
  var view: Shape { layout.sample ?? shape }

  /// The same elements in another layout.
  func laidOut(as layout: Layout, by operation: ONNXOperation) -> ImportedValue {
    var result = self
    (result.layout, result.cause) = (layout, (operation.name, operation.type))
    return result
  }

  func error(_ reason: String) -> ONNXError { ONNXError(layer: "\(cause.name) (\(cause.type))", reason: reason) }
}

/// The largest things that are read: what a damaged file says must neither overflow nor be allocated.
enum Limits {
  /// Pixels along a side, and those of a stride or a padding.
  static let side = 1 << 16
  /// Channels of an image, filters, or elements of a state.
  static let channels = 1 << 20
  /// Elements of one sample of a value, and of all values together.
  static let elements = 1 << 28
  /// Elements of all weights.
  static let weights = 1 << 29
  /// Nodes of a graph; also inputs and outputs.
  static let nodes = 10_000
  /// Recurrent layers that lie above each other.
  static let recurrentLayers = 1_000
}
