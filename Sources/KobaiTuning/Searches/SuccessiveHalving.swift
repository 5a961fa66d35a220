import KobaiPreconditions

/// Many combinations for a short time, the best third of them for three times as long, and so on: most of what is bad shows
/// early (Jamieson & Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization", 2016).
///
/// The name says halving; as in Hyperband (Li et al., 2018), a third goes on.
public struct SuccessiveHalving: Search {
  public let space: SearchSpace
  /// The epochs after which trainings are compared, and the last one, which is the end.
  public let rungs: [Int]
  /// How many combinations are trained to each of them.
  public let counts: [Int]
  private let random: RandomPoints
  private var rung = 0
  private var waiting: [Trial]
  private var finished: [Observation] = []  // of this rung

  /// One in so many goes on.
  private static let reduction = 3

  /// - Parameters:
  ///   - space: the hyper-parameters.
  ///   - budget: the epochs of all trainings together; as many combinations begin as it allows.
  ///   - epochs: for how long the best are trained, at most the budget.
  ///   - rungs: how often trainings are compared, the last time included.
  ///   - seed: other seeds, other points.
  public init(_ space: SearchSpace, budget: Int, epochs: Int, rungs: Int = 3, seed: UInt64) {
    require(epochs >= 1 && rungs >= 1 && budget >= epochs, "\(rungs) rungs up to \(epochs) epochs, with \(budget)")
    let lengths = (0..<rungs).map { k in (0..<k).reduce(epochs) { length, _ in length / Self.reduction } }
    let all = Array(lengths.filter { $0 >= 1 }.reversed())
    var count = 1
    while Self.cost(count + 1, all) <= budget { count += 1 }
    (self.space, self.rungs, counts) = (space, all, Self.counts(count, all))
    let random = RandomPoints(seed: seed, dimension: space.dimension)
    self.random = random
    waiting = (0..<count).map { Trial(space, number: $0, point: random.point($0), epochs: all[0]) }
  }

  private static func counts(_ count: Int, _ rungs: [Int]) -> [Int] {
    rungs.indices.map { k in (0..<k).reduce(count) { count, _ in max(count / reduction, 1) } }
  }

  private static func cost(_ count: Int, _ rungs: [Int]) -> Int {
    zip(counts(count, rungs), zip([0] + rungs, rungs)).reduce(0) { $0 + $1.0 * ($1.1.1 - $1.1.0) }
  }

  public mutating func next() -> Trial? {
    if waiting.isEmpty { promote() }
    return waiting.isEmpty ? nil : waiting.removeFirst()
  }

  /// Those that are trained to the same rung.
  public mutating func nextTrials(atMost count: Int) -> [Trial] {
    if waiting.isEmpty { promote() }
    defer { waiting.removeFirst(min(count, waiting.count)) }
    return Array(waiting.prefix(count))
  }

  public mutating func report(_ observation: Observation) { finished.append(observation) }

  private mutating func promote() {
    guard rung + 1 < rungs.count else { return }
    rung += 1
    // A training that diverged has nothing to go on from.
    waiting = finished.ranked().prefix(counts[rung]).filter { !$0.score.isNaN }.map {
      Trial(
        space, number: $0.trial.number, point: $0.trial.point, trainedEpochs: $0.trial.epochs, epochs: rungs[rung])
    }
    finished = []
  }
}
