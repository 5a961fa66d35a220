import KobaiKernels

/// Adds the gradients of all shards up over all processes, while the backward pass goes on.
///
/// Gradients that are complete go to the others in buckets. Each process adds up a piece of every bucket, in the order of the
/// ``ShardTree``, and sends its piece of the sum to all others; so a process sends and receives each element about twice, however
/// many there are (reduce-scatter and all-gather).
final class GradientReduction {
  private let communicator: any Communicator
  private let kernels: Kernels
  private let gradients: [Tensor]  // in the order in which a backward pass completes them
  private let starts: [Int]  // where each of them lies in the buffers
  private let steps: [ShardTree.Step]  // by shard
  private let sums: [Tensor]  // of the shards so far: the buffers of the steps
  private let roots: [[Range<Int>]]  // by rank
  private let additions: [(to: Int, from: Int)]  // of all ranks' roots
  private let total: Tensor
  private var buckets: [Bucket] = []  // none where there is nobody to exchange them with
  private(set) var bucketBytes: [Int] = []
  private var completed = 0  // how many gradients all shards have been added of
  private var firstBusy = 0  // the first bucket that is not done

  /// - Parameters:
  ///   - gradients: all gradients, in the order in which a backward pass completes them.
  ///   - tree: the order in which shards are added.
  ///   - communicator: reaches the other processes, of which there are as many as shards at most.
  ///   - bucketBytes: how much is exchanged at a time, at least; nil for an eighth of all, within limits.
  ///   - kernels: what adds.
  init(
    _ gradients: [Tensor], _ tree: ShardTree, _ communicator: any Communicator, bucketBytes: Int?, kernels: Kernels
  ) {
    (self.gradients, self.communicator, self.kernels) = (gradients, communicator, kernels)
    var (starts, count) = ([Int](), 0)
    for gradient in gradients {
      starts.append(count)
      count += (gradient.count + 15) & ~15  // on the boundaries of vectors
    }
    self.starts = starts
    roots = (0..<communicator.size).map { tree.roots(of: tree.shards(of: $0, among: communicator.size)) }
    additions = tree.additions(of: roots.flatMap(\.self))
    steps = roots[communicator.rank].enumerated().flatMap { tree.steps(of: $1, into: $0) }
    let buffers = steps.flatMap { [$0.buffer] + $0.merged.map { $0 + 1 } }.max() ?? 0
    sums = (0...buffers).map { _ in Tensor([count]) }
    total = communicator.size == 1 ? sums[0] : Tensor([count])
    let least = bucketBytes ?? min(max(count * MemoryLayout<Float>.stride / 8, 64 << 10), 1 << 20)
    var first = 0
    for i in gradients.indices {
      let end = i + 1 == gradients.count ? count : starts[i + 1]
      guard (end - starts[first]) * MemoryLayout<Float>.stride >= least || i + 1 == gradients.count else {
        continue
      }
      let elements = starts[first]..<end
      self.bucketBytes.append(elements.count * MemoryLayout<Float>.stride)
      if communicator.size > 1 {
        buckets.append(Bucket(elements: elements, gradients: i + 1, number: buckets.count, self))
      }
      first = i + 1
    }
  }

  /// Forgets the batch before.
  func begin() {
    (completed, firstBusy) = (0, 0)
    for bucket in buckets { bucket.begin() }
  }

  /// Takes the gradient of that number, which holds the sums of one of the process's shards.
  ///
  /// - Parameter shard: the shard, counted from the first one of the process. They come in order.
  func add(_ number: Int, ofShard shard: Int) throws(KernelError) {
    let step = steps[shard]
    let target = part(of: sums[step.buffer], number)
    if step.isAdded {
      try kernels.add(target.span, gradients[number].span, into: target.mutableSpan)
    } else {
      target.copy(from: gradients[number])
    }
    for buffer in step.merged {
      let sum = part(of: sums[buffer], number)
      try kernels.add(sum.span, part(of: sums[buffer + 1], number).span, into: sum.mutableSpan)
    }
  }

  /// Makes the gradient of that number one of zeros.
  func clear(_ number: Int) { gradients[number].fill(0) }

  /// Begins to exchange what is complete, and goes on with what is under way.
  ///
  /// - Parameter count: how many gradients all shards have been added of.
  func complete(_ count: Int) throws {
    completed = count
    for bucket in buckets[firstBusy...] where bucket.gradients <= completed { try bucket.proceed() }
    while firstBusy < buckets.count && buckets[firstBusy].isDone { firstBusy += 1 }
  }

  /// Waits until all gradients are those of the whole batch, and puts them in their places.
  func finish() throws {
    // What is added up goes on its way before anything of it is waited for.
    for bucket in buckets[firstBusy...] { try bucket.gather() }
    for bucket in buckets[firstBusy...] { try bucket.finish() }
    for i in gradients.indices { gradients[i].copy(from: part(of: total, i)) }
  }

  private func part(of buffer: Tensor, _ number: Int) -> Tensor {
    buffer.slice(starts[number]..<starts[number] + gradients[number].count).reshaped(gradients[number].shape)
  }
}

extension GradientReduction {
  /// Neighbouring gradients that are exchanged together.
  fileprivate final class Bucket {
    let gradients: Int  // how many have to be complete
    private let elements: Range<Int>
    private let tag: Int
    private unowned let reduction: GradientReduction
    private let pieces: [Range<Int>]  // by rank: what each of them adds up
    private let inbox: [[Tensor]]  // by rank and root: the others' sums of this process's piece
    private var transfers: [any Transfer] = []
    private var state = State.waiting

    private enum State { case waiting, gathering, spreading, done }

    init(elements: Range<Int>, gradients: Int, number: Int, _ reduction: GradientReduction) {
      (self.elements, self.gradients, tag, self.reduction) = (elements, gradients, 2 * number, reduction)
      let ranks = reduction.communicator.size
      func boundary(_ rank: Int) -> Int { elements.lowerBound + elements.count * rank / ranks & ~15 }
      pieces = (0..<ranks).map { boundary($0)..<boundary($0 + 1) }  // up to the end, which is such a boundary
      let own = pieces[reduction.communicator.rank]
      inbox = reduction.roots.enumerated().map { rank, roots in
        roots.indices.map {
          rank == reduction.communicator.rank ? reduction.sums[$0].slice(own) : Tensor([own.count])
        }
      }
    }

    var isDone: Bool { state == .done }

    func begin() { (transfers, state) = ([], .waiting) }

    /// Does what can be done now.
    func proceed() throws {
      try gather(waits: false)
      if state == .spreading, try areComplete(waits: false) { state = .done }
    }

    /// Waits for the others' sums, and sends those of all.
    func gather() throws { try gather(waits: true) }

    /// Waits for all that is left.
    func finish() throws {
      if try areComplete(waits: true) { state = .done }
    }

    private func gather(waits: Bool) throws {
      if state == .waiting {
        try exchange()
        state = .gathering
      }
      guard state == .gathering, try areComplete(waits: waits) else { return }
      try addUp()
      try spread()
      state = .spreading
    }

    private func areComplete(waits: Bool) throws -> Bool {
      while let transfer = transfers.last {
        if waits {
          try transfer.wait()
        } else if try !transfer.isComplete() {
          return false
        }
        transfers.removeLast()
      }
      return true
    }

    /// Sends each process this one's sums of its piece, and receives theirs.
    private func exchange() throws {
      let communicator = reduction.communicator
      for rank in others {
        for sum in inbox[rank] where sum.count > 0 {
          transfers.append(try communicator.receive(into: sum, from: rank, tag: tag))
        }
      }
      for rank in others where !pieces[rank].isEmpty {
        for root in reduction.roots[communicator.rank].indices {
          transfers.append(try communicator.send(reduction.sums[root].slice(pieces[rank]), to: rank, tag: tag))
        }
      }
    }

    private func addUp() throws(KernelError) {
      let sums = inbox.flatMap(\.self)
      for (to, from) in reduction.additions {
        try reduction.kernels.add(sums[to].span, sums[from].span, into: sums[to].mutableSpan)
      }
      reduction.total.slice(pieces[reduction.communicator.rank]).copy(from: sums[0])
    }

    /// Sends the sums of this process's piece to all others, and receives theirs.
    private func spread() throws {
      let (communicator, total) = (reduction.communicator, reduction.total)
      for rank in others where !pieces[rank].isEmpty {
        transfers.append(try communicator.receive(into: total.slice(pieces[rank]), from: rank, tag: tag + 1))
      }
      let own = pieces[communicator.rank]
      for rank in others where !own.isEmpty {
        transfers.append(try communicator.send(total.slice(own), to: rank, tag: tag + 1))
      }
    }

    /// The other ranks, beginning behind this one, so that not all of them turn to the same one first.
    private var others: [Int] {
      let (rank, size) = (reduction.communicator.rank, reduction.communicator.size)
      return (1..<size).map { (rank + $0) % size }
    }
  }
}
