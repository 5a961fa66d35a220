import KobaiFiles

/// A layer of a network as a value: it can be printed, copied and sent to another task. Building it claims its
/// memory and gives the layer that runs.
public protocol LayerSpec: NodeSpec, Part {
  /// The type of the layer that runs.
  associatedtype Built: Layer

  /// Checks `input`, the shape of one sample, and claims parameters and buffers from `scope`.
  ///
  /// - Throws: ``BuildError`` made by ``BuildScope/error(_:)``, which carries the layer's name.
  func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> Built

  /// How the weights before an activation are to be drawn; nil for layers that do not care.
  var preferredInitializer: Initializer? { get }
}

extension LayerSpec {
  public var preferredInitializer: Initializer? { nil }

  /// A layer is the smallest part: one node.
  public func add(to graph: inout Graph, named name: String, _ x: Graph.Value) -> Graph.Value {
    graph.append(name, self, [x])
  }
}

/// A built layer: the book's forward and backward, on tensors that are already there.
///
/// A layer keeps what it needs of `x` and `y` only by saying so in ``retained``: the network may put other tensors
/// into the memory of those that nobody retains.
public protocol Layer: AnyObject {
  /// The shape of one sample of the output.
  var output: Shape { get }
  /// The tensors that `backward` reads, which the network keeps until then.
  var retained: Retained { get }
  /// Whether the output may, or does, lie in the input's memory.
  var placement: Placement { get }
  /// Whether `backward` needs what only a forward pass in training keeps, as batch normalisation does: after an inference
  /// pass it is then an error.
  var backwardNeedsTraining: Bool { get }

  /// Whether `backward` may be called for some neighbouring samples of those of the forward pass, one shard of them after the other,
  /// and then fills the parameters' gradients with the sums of that shard. The layer finds what it keeps of them with
  /// ``BuildScope/current(_:_:)``. Only layers with parameters are asked.
  var differentiatesShards: Bool { get }

  /// Fills `y` (batch, output) from `x` (batch, input).
  func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws

  /// Overwrites the parameters' gradients, and `dx` with the gradient of `x`; `dx` is nil for the first layer, whose
  /// input needs none. `x` and `y` hold their elements only if they are retained. Where a batch comes in parts, the gradients
  /// of parameters that the layer has claimed with `sumsParts` go on from those of the parts before.
  func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws

  /// Prepares the weights for inference; until ``thaw()`` they stay as they are. Layers that gain nothing do nothing.
  func freeze() throws
  /// Releases what ``freeze()`` prepared.
  func thaw()
}

extension Layer {
  public func freeze() throws {}
  public func thaw() {}
  public var retained: Retained { [.input, .output] }
  public var placement: Placement { .separate }
  public var backwardNeedsTraining: Bool { false }
  public var differentiatesShards: Bool { false }
}

/// What a layer's backward pass reads besides the gradient.
public struct Retained: OptionSet, Sendable {
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }
  /// The pass reads `x`.
  public static let input = Retained(rawValue: 1)
  /// The pass reads `y`.
  public static let output = Retained(rawValue: 2)
}

/// Where a layer's output lies. The same holds for the gradients of its output and its input.
public enum Placement: Sendable {
  /// The output has memory of its own.
  case separate
  /// The output may lie in the input's memory, if nobody else needs the input: the layer can work in place.
  case inPlace
  /// The output always lies in the input's memory: the layer changes the shape alone.
  case view
}

/// Whether a pass trains or only predicts. It is passed, never a global.
public enum Mode: Sendable, Equatable {
  /// The pass trains; `step` tells the random numbers of different training steps apart.
  case training(step: Int)
  /// The pass predicts: nothing is drawn at random, and no statistics move.
  case inference

  /// Whether the pass trains.
  public var isTraining: Bool { self != .inference }
}

/// Why a network cannot be built: which layer, and what is wrong with it.
public struct BuildError: Error, Equatable, CustomStringConvertible {
  /// The layer's name, or "network".
  public let layer: String
  /// What does not fit, with the sizes, and the way out where there is one.
  public let reason: String
  public var description: String { "\(layer): \(reason)".printable }  // names may come from a file
}
