import KobaiKernels

/// The batch that a ``ShardedNetwork`` computes at the moment, as layers see it that mix its samples.
final class ShardedBatch {
  /// The samples of this process's shards, in its part of the batch.
  let mine: [Range<Int>]
  /// How many samples each shard has, those of all processes.
  let counts: [Int]
  private let ranks: [Int]  // by process: how many shards it has
  private let communicator: any Communicator

  init(mine: [Range<Int>], counts: [Int], _ tree: ShardTree, _ communicator: any Communicator) {
    (self.mine, self.counts, self.communicator) = (mine, counts, communicator)
    ranks = (0..<communicator.size).map { tree.shards(of: $0, among: communicator.size).count }
  }

  /// The samples of all shards together.
  var whole: Int { counts.reduce(0, +) }

  /// What is known of this process's shards becomes what is known of all, in their order.
  ///
  /// - Parameter rows: as many numbers for each of the process's shards; zeros for one without samples.
  func gather(_ rows: [[Float]]) throws -> [[Float]] {
    let width = rows.first?.count ?? 0
    let all = Tensor([counts.count, width])
    try communicator.gather(
      Tensor([rows.count * width], rows.flatMap(\.self)), counts: ranks.map { $0 * width },
      into: all.reshaped([all.count])
    ).wait()
    return counts.indices.map { all.slice($0..<$0 + 1).elements }
  }
}

/// A layer or merge whose samples depend on each other, through statistics of all shards of a batch.
protocol MixesSamples: AnyObject {
  /// Comes before the backward calls for each shard: adds up what these need of all shards. The tensors are those of all samples of
  /// the process, as for a backward pass.
  func sumShards(_ dy: Tensor, _ xs: Selection<Tensor>, y: Tensor, into dxs: Selection<Tensor?>) throws
  /// The forward and backward pass of a process that has no samples.
  func forwardWithoutSamples() throws
  func backwardWithoutSamples() throws
}
