import KobaiPreconditions

/// Layers in order, each with a name of its own; parameters are saved under it ("conv1.weight").
///
/// ```swift
/// let layers: Sequential = [
///   "conv1": Conv2D(filters: 30, kernel: 5), "relu1": ReLU(), "pool1": MaxPool2D(2),
///   "affine1": Affine(100), "relu2": ReLU(), "affine2": Affine(10),
/// ]
/// ```
public struct Sequential: Architecture, ExpressibleByDictionaryLiteral {
  /// The layers by name, in order.
  public private(set) var elements: [(name: String, spec: any LayerSpec)] = []

  /// No layers yet.
  public init() {}

  public init(dictionaryLiteral elements: (String, any LayerSpec)...) {
    for (name, spec) in elements { append(name, spec) }
  }

  /// Adds a layer at the end. A name twice is a programmer's error.
  public mutating func append(_ name: String, _ spec: some LayerSpec) {
    require(!elements.contains { $0.name == name }, "two layers are named \"\(name)\"")
    elements.append((name, spec))
  }

  public var layers: Sequential { self }
}

/// A network design: what ``Network`` is built from.
public protocol Architecture: Sendable {
  /// The layers from input to output. Asked for once, when a network is built.
  var layers: Sequential { get }
}
