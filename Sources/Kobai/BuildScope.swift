import KobaiKernels

/// What a layer is built with: it names the layer's parameters, hands out memory, and carries what all layers share.
public final class BuildScope {
  /// The layer's name in its network.
  public let layer: String
  private let construction: Construction
  private let node: Graph.Node
  private let prefix: String  // of its parameters' names; another layer's where it shares that one's weights
  private let index: Int  // tells the random numbers of different layers apart
  private let members: [Graph.Node]  // the layers that a fused one stands for
  private let outermost: BuildScope?  // nil where this scope is the outermost
  private var innerScopes = 0

  /// A scope for the layer that does the work of `members`, which are several where they are fused.
  convenience init(_ members: [Graph.Node], _ construction: Construction) {
    self.init(
      layer: members[0].name, prefix: members[0].weights, index: members[0].index, node: members[0], members: members,
      construction)
  }

  private init(
    layer: String, prefix: String, index: Int, node: Graph.Node, members: [Graph.Node], outermost: BuildScope? = nil,
    _ construction: Construction
  ) {
    (self.layer, self.prefix, self.index, self.node) = (layer, prefix, index, node)
    (self.members, self.outermost, self.construction) = (members, outermost, construction)
  }

  /// The largest batch that the network will be given.
  public var batch: Int { construction.batch }
  /// The kernels that the layer computes with.
  public var kernels: Kernels { construction.kernels }
  /// Scratch memory for the kernels; all layers share it, one call at a time.
  public var workspace: Workspace { construction.workspace }

  /// The spec of the only node that reads this layer's output; nil where there are others, or where the layer is part of
  /// another one (``inner(_:)``).
  public var next: (any NodeSpec)? { outermost == nil ? construction.followers[node.index] : nil }

  /// A scope to build a layer in that is part of this one. Its parameters are saved as "layer.name.weight" and so on, and
  /// its random numbers are its own.
  ///
  /// The layer that is made of others runs them itself, on tensors from ``memory(_:)``.
  public func inner(_ name: String) -> BuildScope {
    let outermost = self.outermost ?? self
    outermost.innerScopes += 1
    return BuildScope(
      layer: "\(layer).\(name)", prefix: "\(prefix).\(name)", index: outermost.index + outermost.innerScopes << 16,
      node: node, members: [node], outermost: outermost, construction)
  }

  /// The scope of one of the layers that a fused one stands for (``NodeSpec/absorbing(_:inputs:)``): its parameters keep
  /// their names and first values.
  ///
  /// - Parameter i: 0 for the first layer, 1 for the first that it absorbed, and so on.
  public func absorbed(_ i: Int) -> BuildScope { BuildScope([members[i]], construction) }

  /// A trained tensor, saved as "layer.name".
  ///
  /// - Parameters:
  ///   - name: "weight" and "bias" where that fits, as in PyTorch.
  ///   - shape: the shape of the tensor.
  ///   - initializer: how the first values are drawn.
  ///   - fanIn: how many inputs each output sums over; the initializers scale with it.
  ///   - decays: whether weight decay applies.
  ///   - sumsParts: whether the layer's backward pass lets the parameter's gradient go on where a batch comes in parts
  ///     (``batchSums(rows:)``); the network adds up those of other parameters.
  public func parameter(
    _ name: String, _ shape: Shape, _ initializer: Initializer, fanIn: Int = 1, decays: Bool, sumsParts: Bool = false
  ) -> Parameter {
    construction.parameter(
      "\(prefix).\(name)", shape, initializer, fanIn: fanIn, decays: decays, sumsParts: sumsParts, sumsShards: false,
      of: node)
  }

  /// The same for a layer that adds its gradients up over the shards of a batch (``MixesSamples``).
  func mixedParameter(_ name: String, _ shape: Shape, _ initializer: Initializer) -> Parameter {
    construction.parameter(
      "\(prefix).\(name)", shape, initializer, fanIn: 1, decays: false, sumsParts: false, sumsShards: true, of: node)
  }

  /// The batch of shards that is computed at the moment; nil where a batch is whole or comes in parts.
  var shardedBatch: ShardedBatch? { construction.shardedBatch }

  /// The part of a batch that the pass under way computes; nil where the batch is whole. A layer that draws random numbers
  /// counts its samples from ``/KobaiKernels/BatchPart/first`` on, so that they do not depend on how a batch is cut.
  public var batchPart: BatchPart? { construction.position.current }

  /// What the layer keeps in `memory` of the samples of the call under way: of the first `count`, or of as many in the shard that a
  /// backward pass is for (``Layer/differentiatesShards``).
  public func current(_ memory: Tensor, _ count: Int) -> Tensor {
    let first = construction.position.shard?.lowerBound ?? 0
    return memory.slice(first..<first + count)
  }

  /// The same of bytes, of which the layer keeps so many for each sample.
  func current(_ memory: Buffer<UInt8>, _ count: Int, perSample bytes: Int) -> Buffer<UInt8> {
    memory.slice((construction.position.shard?.lowerBound ?? 0) * bytes, count * bytes)
  }

  /// What a kernel's sums over the batch keep from one part of it to the next: one object for each call that a backward pass
  /// makes.
  ///
  /// - Parameter rows: how many rows a sample has for the kernel, such as the steps of a sequence.
  public func batchSums(rows: Int = 1) -> BatchSums { BatchSums(at: construction.position, rows: rows) }

  /// A tensor that is saved with the parameters but not trained, such as running statistics.
  public func buffer(_ name: String, _ shape: Shape, filledWith initial: Float) -> Tensor {
    construction.buffer("\(prefix).\(name)", shape, filledWith: initial, of: node)
  }

  /// Memory that the layer keeps from its forward to its backward pass. It is not saved.
  public func memory(_ shape: Shape) -> Tensor {
    Tensor(shape, construction.state.claim(Float.self, count: shape.count))
  }

  /// Whether the network only predicts: a layer then needs none of the memory that its backward pass alone reads.
  public var isInference: Bool { construction.shared != nil }

  /// Memory that only training needs. Where the network only predicts, the tensor's first axis is empty.
  public func trainingMemory(_ shape: Shape) -> Tensor { memory(isInference ? shape.element.batched(0) : shape) }

  /// What a layer makes of its parameters in ``Layer/freeze()``, such as packed weights. Those who predict with the same
  /// weights (``FrozenNetwork``) have it in common: it is made once, and parameters of which no layer reads the values any more are
  /// dropped. A network that trains makes one of its own and keeps its parameters.
  ///
  /// - Parameters:
  ///   - key: tells apart what layers that share their parameters make of them.
  ///   - replaced: the parameters whose values the layer does not read until ``Layer/thaw()``.
  ///   - make: makes it; nobody may change it later.
  public func prepare<Prepared: Sendable>(
    _ key: some Hashable, replacing replaced: [Parameter], _ make: () throws -> Prepared
  ) rethrows -> Prepared {
    guard let shared = construction.shared else { return try make() }
    return try shared.prepare(.init(prefix: prefix, what: AnyHashable(key)), replacing: replaced, make)
  }

  /// Bytes that the layer keeps from its forward to its backward pass. They are not saved.
  public func bytes(_ count: Int) -> Buffer<UInt8> { construction.state.claim(UInt8.self, count: count) }

  /// The key of the layer's own random numbers, which are different in every training step.
  public func randomKey(step: Int) -> RandomKey {
    RandomKey(seed: construction.seed, .dropout, index: index, step: step)
  }

  /// An error that names the layer.
  public func error(_ reason: String) -> BuildError { BuildError(layer: layer, reason: reason) }
}
