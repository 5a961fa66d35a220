import KobaiPreconditions

/// Layers, and parts made of layers, in order, each with a name of its own; parameters are saved under it
/// ("conv1.weight").
///
/// ```swift
/// let layers: Sequential = [
///   "conv1": Conv2D(filters: 30, kernel: 5), "relu1": ReLU(), "pool1": MaxPool2D(2),
///   "affine1": Affine(100), "relu2": ReLU(), "affine2": Affine(10),
/// ]
/// ```
public struct Sequential: Architecture, ExpressibleByDictionaryLiteral {
  /// The layers and parts by name, in order.
  public private(set) var elements: [(name: String, part: any Part)] = []

  /// No layers yet.
  public init() {}

  public init(dictionaryLiteral elements: (String, any Part)...) {
    for (name, part) in elements { append(name, part) }
  }

  /// The layers as they are: the type of a literal that stands where any part may stand.
  public init(_ layers: Sequential) { self = layers }

  /// Adds a layer or a part at the end. A name twice is a programmer's error.
  public mutating func append(_ name: String, _ part: some Part) {
    require(!elements.contains { $0.name == name }, "two layers are named \"\(name)\"")
    elements.append((name, part))
  }

  public var layers: Sequential { self }

  public func add(to graph: inout Graph, named name: String, _ x: Graph.Value) -> Graph.Value {
    elements.reduce(x) { x, element in element.part.add(to: &graph, named: joined(name, element.name), x) }
  }
}
