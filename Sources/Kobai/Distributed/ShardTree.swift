import KobaiPreconditions

/// The order in which the gradients of a batch's shards are added: a binary tree that depends on the number of shards alone, so
/// that the sums are the same bits however many processes share the shards out.
///
/// A node of the tree is the range of the shards below it. Its sum is that of its first half plus that of its second one.
public struct ShardTree: Sendable, Equatable {
  /// The number of shards, which are the leaves.
  public let shards: Int

  /// A tree of at least one shard.
  public init(shards: Int) {
    require(shards > 0, "\(shards) shards: there must be at least one")
    self.shards = shards
  }

  /// The samples of a shard of a batch, which are as many as those of any other one, or one more. Where there are more shards than
  /// samples, some are empty.
  public func samples(of shard: Int, in batch: Int) -> Range<Int> {
    shard * batch / shards..<(shard + 1) * batch / shards
  }

  /// The shards of one of several processes: neighbours, as many as those of any other process, or one more.
  public func shards(of rank: Int, among ranks: Int) -> Range<Int> {
    rank * shards / ranks..<(rank + 1) * shards / ranks
  }

  /// The samples of a whole batch that one of several processes computes.
  public func samples(of rank: Int, among ranks: Int, in batch: Int) -> Range<Int> {
    let mine = shards(of: rank, among: ranks)
    return mine.lowerBound * batch / shards..<mine.upperBound * batch / shards
  }

  /// How many samples of batches of that size, or smaller ones, one of several processes computes at most: what its network has to
  /// be built for.
  public func mostSamples(of rank: Int, among ranks: Int, in batch: Int) -> Int {
    max((shards(of: rank, among: ranks).count * batch + shards - 1) / shards, 1)
  }

  /// The largest nodes whose shards are all in a range, in order: what a process can add up for itself.
  func roots(of range: Range<Int>) -> [Range<Int>] { roots(of: range, below: 0..<shards) }

  private func roots(of range: Range<Int>, below node: Range<Int>) -> [Range<Int>] {
    if range.clamped(to: node).isEmpty { return [] }
    if range.clamped(to: node) == node { return [node] }
    return roots(of: range, below: node.firstHalf) + roots(of: range, below: node.secondHalf)
  }

  /// One shard's turn in adding up a node, shard by shard, in a few buffers.
  struct Step: Equatable {
    let shard: Int
    /// The buffer that its gradient goes to.
    let buffer: Int
    /// Whether it is added to what is there; else it replaces that.
    let isAdded: Bool
    /// Afterwards each of these gets the buffer behind it added, in this order.
    var merged: [Int] = []
  }

  /// How a node is added up; the sum ends in the buffer of that number, and those behind it are used on the way.
  func steps(of node: Range<Int>, into buffer: Int) -> [Step] {
    guard node.count > 1 else { return [Step(shard: node.lowerBound, buffer: buffer, isAdded: false)] }
    let first = steps(of: node.firstHalf, into: buffer)
    if node.secondHalf.count == 1 {
      return first + [Step(shard: node.secondHalf.lowerBound, buffer: buffer, isAdded: true)]
    }
    var second = steps(of: node.secondHalf, into: buffer + 1)
    second[second.count - 1].merged.append(buffer)
    return first + second
  }

  /// How the sums of all processes' roots become that of all shards: pairs of places among the roots, of which the second is added
  /// to the first. The sum ends in the first root's place.
  func additions(of roots: [Range<Int>]) -> [(to: Int, from: Int)] { additions(of: roots[...], below: 0..<shards) }

  private func additions(of roots: ArraySlice<Range<Int>>, below node: Range<Int>) -> [(to: Int, from: Int)] {
    guard roots.count > 1 else { return [] }
    let middle = roots.firstIndex { $0.lowerBound >= node.secondHalf.lowerBound } ?? roots.endIndex
    return additions(of: roots[..<middle], below: node.firstHalf)
      + additions(of: roots[middle...], below: node.secondHalf) + [(roots.startIndex, middle)]
  }
}

extension Range<Int> {
  fileprivate var firstHalf: Range<Int> { lowerBound..<lowerBound + (count + 1) / 2 }
  fileprivate var secondHalf: Range<Int> { lowerBound + (count + 1) / 2..<upperBound }
}
