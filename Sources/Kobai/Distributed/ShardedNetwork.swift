import KobaiKernels
import KobaiPreconditions

/// A network of which each of several processes has a copy, for batches that they share out in fixed logical shards.
///
/// After ``backward()`` all of them have the gradients of the whole batch, added up in the order of a ``ShardTree``: the same bits
/// for any number of processes. A step of an optimizer on each of them leaves the same weights everywhere.
///
/// ```swift
/// let tree = ShardTree(shards: 8)
/// let network = try Network(
///   input: [784], batch: tree.mostSamples(of: communicator.rank, among: communicator.size, in: 100), layers)
/// let sharded = try ShardedNetwork(network, batch: 100, shards: 8, communicator)
/// ```
public final class ShardedNetwork {
  /// This process's copy.
  public let network: Network
  /// The largest batch, which all processes together compute.
  public let batch: Int
  /// The order in which shards are added.
  public let tree: ShardTree
  /// What reaches the other processes.
  public let communicator: any Communicator
  private let reduction: GradientReduction
  private let outputs: SharedOutputs
  private let completed: [Int]  // by node: how many gradients are complete once it has run backward
  private let firstGradient: [Int]  // by node: where its gradients are among all
  private let tunings: Int  // how often parameters had been tuned when it was made
  private var shards: [Range<Int>] = []  // the samples of this process's shards, in its part of the batch

  /// - Parameters:
  ///   - network: this process's copy, built for as many samples as its shards have (``ShardTree/mostSamples(of:among:in:)``). The
  ///     weights of all copies have to be the same, and which of them are trained (``Tuning``) stays as it is from here on.
  ///   - batch: the size of the largest batch.
  ///   - shards: how many shards a batch has, which decides about the bits.
  ///   - communicator: reaches the other processes, of which there are as many as shards at most.
  ///   - bucketBytes: how many bytes of gradients are exchanged at a time, at least; an eighth of all unless given, between 64 KiB and
  ///     a mebibyte. The last of them has nothing left to hide behind.
  /// - Throws: ``BuildError`` that names a layer which cannot compute the gradients of shards, or says what else does not fit.
  public init(
    _ network: Network, batch: Int, shards: Int, _ communicator: any Communicator, bucketBytes: Int? = nil
  ) throws(BuildError) {
    let (rank, size) = (communicator.rank, communicator.size)
    guard size <= shards else {
      throw BuildError(layer: "network", reason: "\(shards) shards cannot be shared out among \(size) processes")
    }
    for node in network.nodes where !node.parameters.isEmpty && !node.operation.differentiatesShards {
      throw BuildError(layer: node.name, reason: "it does not compute the gradients of a batch's shards")
    }
    tree = ShardTree(shards: shards)
    let needed = tree.mostSamples(of: rank, among: size, in: batch)
    guard needed <= network.batch else {
      throw BuildError(
        layer: "network",
        reason: "rank \(rank) has \(needed) samples of \(batch), and it was built for \(network.batch) at a time")
    }
    (self.network, self.batch, self.communicator, tunings) = (network, batch, communicator, network.parameters.tunings)
    var gradients: [Tensor] = []
    var (first, completed) = (
      [Int](repeating: 0, count: network.nodes.count), [Int](repeating: 0, count: network.nodes.count)
    )
    for i in network.nodes.indices.reversed() {
      first[i] = gradients.count
      gradients += network.nodes[i].parameters.filter { $0.parameter.tuning.isTrainable && !$0.sumsShards }
        .map(\.parameter.gradient)
      completed[i] = gradients.count
    }
    (firstGradient, self.completed) = (first, completed)
    reduction = GradientReduction(gradients, tree, communicator, bucketBytes: bucketBytes, kernels: network.kernels)
    outputs = SharedOutputs(network, batch: batch, tree, communicator)
  }

  /// How many bytes of gradients are exchanged at a time, in the order in which a backward pass completes them.
  public var bucketBytes: [Int] { reduction.bucketBytes }

  /// The samples of a whole batch that this process computes.
  public func samples(in batch: Int) -> Range<Int> {
    tree.samples(of: communicator.rank, among: communicator.size, in: batch)
  }

  /// Runs this process's part of a batch forward.
  ///
  /// - Parameters:
  ///   - x: its ``samples(in:)`` of the batch.
  ///   - batch: the samples of all processes together.
  ///   - step: the training step.
  /// - Returns: the outputs of these samples; nil where the process has none.
  public func forward(_ x: Tensor, of batch: Int, step: Int) throws -> Tensor? {
    let samples = samples(in: batch)
    shards = tree.shards(of: communicator.rank, among: communicator.size).map {
      let shard = tree.samples(of: $0, in: batch)
      return shard.lowerBound - samples.lowerBound..<shard.upperBound - samples.lowerBound
    }
    network.construction.shardedBatch = ShardedBatch(
      mine: shards, counts: (0..<tree.shards).map { tree.samples(of: $0, in: batch).count }, tree, communicator)
    guard !samples.isEmpty else {
      for node in network.nodes { try node.operation.mixing?.forwardWithoutSamples() }
      return nil
    }
    return try network.forward(x, .training(step: step), shardsFrom: BatchPart(first: samples.lowerBound, of: batch))
  }

  /// Begins to tell all processes the outputs of each, and whether it asks for something: to stop, say.
  ///
  /// - Parameters:
  ///   - y: this process's outputs; nil where it has none.
  ///   - batch: the samples of all processes together.
  ///   - wish: whether this process asks.
  public func share(_ y: Tensor?, of batch: Int, wish: Bool = false) throws(CommunicationError) {
    try outputs.share(y, of: batch, wish: wish)
  }

  /// Waits for what ``share(_:of:wish:)`` began.
  ///
  /// - Returns: the outputs (batch, …) of the whole batch, valid until the next batch, and whether any process asks.
  public func sharedOutputs() throws(CommunicationError) -> (outputs: Tensor, isWished: Bool) {
    try outputs.collect()
  }

  /// Runs it backward from the outputs' gradient, and waits until the gradients of the parameters are those of the whole batch.
  public func backward() throws {
    require(tunings == network.parameters.tunings, "parameters are tuned before a network is shared out")
    defer { network.construction.shardedBatch = nil }
    reduction.begin()
    let isEmpty = shards.allSatisfy(\.isEmpty)
    if isEmpty {
      network.findNeeded()
      for node in network.nodes.indices.reversed() {
        // The other processes exchange sums where their backward pass comes to.
        if network.runsBackward(node) { try network.nodes[node].operation.mixing?.backwardWithoutSamples() }
        try addZeros(node, shards: shards.indices)
        try reduction.complete(completed[node])
      }
    } else {
      try network.prepareBackward()
      try network.runBackward { node, dy in
        try network.sumShards(node, dy)
        guard !network.nodes[node].parameters.isEmpty else { return try network.differentiate(node, dy) }
        for (i, shard) in shards.enumerated() {
          guard !shard.isEmpty else {
            try addZeros(node, shards: i..<i + 1)
            continue
          }
          try network.differentiate(node, dy, shard: shard)
          for gradient in firstGradient[node]..<completed[node] { try reduction.add(gradient, ofShard: i) }
        }
        try reduction.complete(completed[node])
      }
    }
    try reduction.finish()
    try network.addSharedGradients()
  }

  /// A shard without samples has gradients of zeros.
  private func addZeros(_ node: Int, shards: Range<Int>) throws {
    for gradient in firstGradient[node]..<completed[node] {
      reduction.clear(gradient)
      for shard in shards { try reduction.add(gradient, ofShard: shard) }
    }
  }
}
