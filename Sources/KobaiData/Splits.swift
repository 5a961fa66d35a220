import KobaiKernels
import KobaiPreconditions

/// One of several ways to cut the same samples into those to train on and those to validate with.
public struct Fold: Sendable, Equatable {
  /// The samples to train on, in ascending order.
  public let train: [Int32]
  /// The samples to validate with, in ascending order.
  public let validation: [Int32]
}

extension SampleSource {
  /// Sets `count` of the samples aside, chosen at random, for validation.
  ///
  /// Where `train` is given, so many of the others are kept, chosen at random, too; else all of them.
  ///
  /// - Returns: the indices of the others and of those set aside, in ascending order.
  public func split(validation count: Int, train: Int? = nil, seed: UInt64) -> (
    train: [Int32], validation: [Int32]
  ) {
    let end = train.map { count + $0 } ?? self.count
    require(count >= 0 && count <= end && end <= self.count, "\(end) of \(self.count) samples")
    let order = randomOrder(seed)
    return (order[count..<end].sorted(), order[..<count].sorted())
  }

  /// Sets `count` of the samples aside for validation, chosen at random so that every class has the same share of them as of
  /// all, to the sample: where that is no whole number, the classes with the largest remainders get one more.
  ///
  /// - Returns: the indices of the others and of those set aside, in ascending order.
  /// - Throws: what loading the classes throws, so that samples without a class each are refused.
  public func stratifiedSplit(validation count: Int, seed: UInt64) throws -> (train: [Int32], validation: [Int32]) {
    require(count >= 0 && count <= self.count, "\(count) of \(self.count) samples")
    let classes = try shuffledClasses(seed)
    var counts = classes.map { $0.count * count / max(1, self.count) }
    let remainders = classes.indices.sorted { a, b in
      let (x, y) = (classes[a].count * count % self.count, classes[b].count * count % self.count)
      return (y, a) < (x, b)
    }
    for c in remainders.prefix(count - counts.reduce(0, +)) { counts[c] += 1 }
    let validation = zip(classes, counts).flatMap { $0.prefix($1) }
    let train = zip(classes, counts).flatMap { $0.dropFirst($1) }
    return (train.sorted(), validation.sorted())
  }

  /// Deals the samples out into k parts at random, each of which validates once what is trained on all the others (k-fold
  /// cross-validation). The parts differ by one sample at most.
  public func folds(_ k: Int, seed: UInt64) -> [Fold] { dealt(randomOrder(seed), k) }

  /// The same, every class being dealt out evenly: its samples in two parts differ by one at most, too.
  ///
  /// - Throws: what loading the classes throws, so that samples without a class each are refused.
  public func stratifiedFolds(_ k: Int, seed: UInt64) throws -> [Fold] {
    dealt(try shuffledClasses(seed).flatMap(\.self), k)
  }

  /// Every k-th sample of `order` validates one fold.
  private func dealt(_ order: [Int32], _ k: Int) -> [Fold] {
    require(k >= 2 && k <= count, "\(k) folds of \(count) samples; it takes 2 to as many as there are samples")
    return (0..<k).map { fold in
      let validation = order.indices.filter { $0 % k == fold }.map { order[$0] }
      let train = order.indices.filter { $0 % k != fold }.map { order[$0] }
      return Fold(train: train.sorted(), validation: validation.sorted())
    }
  }

  private func randomOrder(_ seed: UInt64) -> [Int32] {
    var random = [UInt32](repeating: 0, count: count)
    Kernels(threads: 1).randomBits(RandomKey(seed: seed, .split), into: random.mutableSpan)
    return random.indices.sorted { (random[$0], $0) < (random[$1], $1) }.map(Int32.init)
  }

  /// The samples of each class, in a random order.
  private func shuffledClasses(_ seed: UInt64) throws -> [[Int32]] {
    guard case .classes(let classCount, shape: []) = targetFormat else {
      throw SampleError.unclassified("\(Self.self)")
    }
    let order = randomOrder(seed)
    var labels = [Int32](repeating: 0, count: count)
    try loadClasses(order.span, into: labels.mutableSpan)
    var classes = [[Int32]](repeating: [], count: classCount)
    for (sample, label) in zip(order, labels) {
      require(label >= 0 && label < classCount, "sample \(sample) has class \(label) of \(classCount)")
      classes[Int(label)].append(sample)
    }
    return classes
  }
}
