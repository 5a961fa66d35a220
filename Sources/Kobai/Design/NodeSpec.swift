/// What a node of a network computes, as a value: a ``LayerSpec`` from one tensor, a ``MergeSpec`` from several. It can be
/// printed, copied and sent to another task.
public protocol NodeSpec: Sendable, CustomStringConvertible {
  /// The one spec that computes what this one does and then what `next` does, so that the values between them need not leave
  /// the cache; nil, the default, where the two run apart. It is asked only where nobody else reads those values.
  ///
  /// The spec that is returned builds its layers' parameters in the scopes of ``BuildScope/absorbed(_:)``, and must compute
  /// the same bits as the two apart. Where `next` merges, what it returns is a ``MergeSpec``, whose inputs are this one's
  /// and then the other ones of `next`.
  ///
  /// - Parameters:
  ///   - next: the spec of the only node that reads this one's output.
  ///   - inputs: the shapes of one sample of this node's inputs.
  func absorbing(_ next: any NodeSpec, inputs: [Shape]) -> (any NodeSpec)?
}

extension NodeSpec {
  public func absorbing(_ next: any NodeSpec, inputs: [Shape]) -> (any NodeSpec)? { nil }
}

/// A node that makes one tensor of several, as a value.
public protocol MergeSpec: NodeSpec {
  /// The type of the node that runs.
  associatedtype Built: MergeLayer

  /// Checks the shapes of one sample of each input, and claims parameters and buffers from `scope`.
  ///
  /// - Throws: ``BuildError`` made by ``BuildScope/error(_:)``, which carries the node's name.
  func build(_ inputs: [Shape], in scope: BuildScope) throws(BuildError) -> Built
}

/// A built merge. As a ``Layer``, but with several inputs.
public protocol MergeLayer: AnyObject {
  /// The shape of one sample of the output.
  var output: Shape { get }
  /// The tensors that `backward` reads, which the network keeps until then; ``Retained/input`` means all inputs.
  var retained: Retained { get }
  /// Whether the output may lie in the memory of the first input. It is never a view.
  var placement: Placement { get }
  /// Where the gradient of an input lies: apart, in the memory of the output's gradient, which it then replaces, or as a
  /// view of that, which many inputs may have.
  func gradientPlacement(of input: Int) -> Placement
  /// As ``Layer/backwardNeedsTraining``.
  var backwardNeedsTraining: Bool { get }
  /// As ``Layer/differentiatesShards``.
  var differentiatesShards: Bool { get }

  /// Fills `y` (batch, output) from the inputs (batch, input).
  func forward(_ xs: Selection<Tensor>, into y: Tensor, _ mode: Mode) throws

  /// Overwrites the parameters' gradients, and each of `dxs` that is not nil with the gradient of that input. What the
  /// gradients' placements make views is there already. `xs` and `y` hold their elements only if they are retained.
  func backward(_ dy: Tensor, xs: Selection<Tensor>, y: Tensor, into dxs: Selection<Tensor?>) throws

  /// Prepares the weights for inference, as ``Layer/freeze()`` does.
  func freeze() throws
  /// Releases what ``freeze()`` prepared.
  func thaw()
}

extension MergeLayer {
  public var retained: Retained { [.input, .output] }
  public var placement: Placement { .separate }
  public func gradientPlacement(of input: Int) -> Placement { .separate }
  public var backwardNeedsTraining: Bool { false }
  public var differentiatesShards: Bool { false }
  public func freeze() throws {}
  public func thaw() {}
}

/// Some elements of an array, in an order of their own. Making one allocates nothing.
public struct Selection<Element>: RandomAccessCollection {
  @usableFromInline let base: [Element]
  @usableFromInline let positions: [Int]

  /// The elements of `base` at `positions`.
  @inlinable public init(_ base: [Element], at positions: [Int]) { (self.base, self.positions) = (base, positions) }

  @inlinable public var startIndex: Int { 0 }
  @inlinable public var endIndex: Int { positions.count }
  @inlinable public subscript(position: Int) -> Element { base[positions[position]] }
}
