/// x + body(x): a residual block (He et al., "Deep residual learning for image recognition", 2016). The sum is a node
/// named "add"; the activation after it, where there is one, stands behind the block.
///
/// ```swift
/// let layers: Sequential = [
///   "conv1": Conv2D(filters: 16, kernel: 3, padding: 1), "relu1": ReLU(),
///   "block1": Residual([
///     "conv1": Conv2D(filters: 16, kernel: 3, padding: 1), "relu": ReLU(),
///     "conv2": Conv2D(filters: 16, kernel: 3, padding: 1),
///   ]),
///   "relu2": ReLU(), "affine": Affine(10),
/// ]
/// ```
public struct Residual: Part {
  /// What is added to the shortcut's output; its names begin with the block's.
  public var body: Sequential
  /// What changes the input's shape to the body's; nil where that is not needed.
  public var shortcut: (any Part)?

  /// - Parameters:
  ///   - body: the layers that the block is about.
  ///   - shortcut: what the input goes through on its way to the sum, such as a convolution of 1 × 1, named "shortcut";
  ///     nothing unless given.
  public init(_ body: Sequential, shortcut: (any Part)? = nil) { (self.body, self.shortcut) = (body, shortcut) }

  public func add(to graph: inout Graph, named name: String, _ x: Graph.Value) -> Graph.Value {
    let y = body.add(to: &graph, named: name, x)
    let short = shortcut?.add(to: &graph, named: joined(name, "shortcut"), x) ?? x
    return graph.append(joined(name, "add"), Add(), [y, short])
  }
}
