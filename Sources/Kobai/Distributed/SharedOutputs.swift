import KobaiPreconditions

/// The outputs of a whole batch, which each process has computed some of, on all of them. Its memory is allocated once.
final class SharedOutputs {
  private let communicator: any Communicator
  private let tree: ShardTree
  private let whole: Tensor  // (batch, …)
  private let own: Tensor  // what this process sends: its outputs, and whether it asks for something
  private let all: Tensor  // what all of them send
  private var counts: [Int]  // by rank: of the elements under way
  private var batch = 0
  private var transfer: (any Transfer)?

  init(_ network: Network, batch: Int, _ tree: ShardTree, _ communicator: any Communicator) {
    (self.tree, self.communicator) = (tree, communicator)
    let size = communicator.size
    whole = Tensor(network.output.batched(batch))
    let width = network.output.count
    own = Tensor([tree.mostSamples(of: communicator.rank, among: size, in: batch) * width + 1])
    all = Tensor([batch * width + size])
    counts = [Int](repeating: 0, count: size)
  }

  func share(_ y: Tensor?, of batch: Int, wish: Bool) throws(CommunicationError) {
    require(batch <= whole.shape[0], "\(batch) samples of a batch of at most \(whole.shape[0])")
    self.batch = batch
    let width = whole.shape.element.count
    for rank in counts.indices {
      counts[rank] = tree.samples(of: rank, among: communicator.size, in: batch).count * width + 1
    }
    let count = counts[communicator.rank]
    if let y { own.prefix(y.count).copy(from: y) }
    own.slice(count - 1..<count).fill(wish ? 1 : 0)
    transfer = try communicator.gather(own.prefix(count), counts: counts, into: all.prefix(counts.reduce(0, +)))
  }

  func collect() throws(CommunicationError) -> (outputs: Tensor, isWished: Bool) {
    try transfer?.wait()
    transfer = nil
    let outputs = whole.prefix(batch)
    let rows = outputs.reshaped([outputs.count])
    var (from, to, isWished) = (0, 0, false)
    for count in counts {
      rows.slice(to..<to + count - 1).copy(from: all.slice(from..<from + count - 1))
      if all.span[from + count - 1] != 0 { isWished = true }
      (from, to) = (from + count, to + count - 1)
    }
    return (outputs, isWished)
  }
}
