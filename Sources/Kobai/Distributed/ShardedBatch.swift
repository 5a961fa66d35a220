import KobaiKernels

/// The batch that a ``ShardedNetwork`` computes at the moment, as layers see it that mix its samples.
final class ShardedBatch {
  /// The samples of this process's shards, in its part of the batch.
  let mine: [Range<Int>]
  /// How many samples each shard has, those of all processes.
  let counts: [Int]
  private let communicator: any Communicator

  init(mine: [Range<Int>], counts: [Int], _ communicator: any Communicator) {
    (self.mine, self.counts, self.communicator) = (mine, counts, communicator)
  }

  /// The samples of all shards together.
  var whole: Int { counts.reduce(0, +) }

  /// What is known of this process's shards becomes what is known of all, in their order.
  ///
  /// - Parameter rows: as many numbers for each of the process's shards; zeros for one without samples.
  func gather(_ rows: [[Float]]) throws -> [[Float]] {
    let bytes = rows.flatMap {
      $0.flatMap { float in (0..<4).map { UInt8(truncatingIfNeeded: float.bitPattern >> (8 * $0)) } }
    }
    let width = rows.first?.count ?? 0
    return try communicator.gather(bytes).flatMap { bytes -> [[Float]] in
      let floats = stride(from: 0, to: bytes.count, by: 4).map { at in
        Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[at + $1]) << (8 * UInt32($1)) })
      }
      return stride(from: 0, to: floats.count, by: width).map { Array(floats[$0..<$0 + width]) }
    }
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
