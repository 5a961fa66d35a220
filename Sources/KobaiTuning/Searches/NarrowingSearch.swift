import KobaiPreconditions

/// What the book does by eye (section 6.5.2): draw at random, look where the good ones lie, narrow the ranges to that, and
/// draw again.
public struct NarrowingSearch: Search {
  public let space: SearchSpace
  /// The part of each range that is drawn from at present, as positions.
  public private(set) var ranges: [ClosedRange<Double>]
  private let trials: Int, epochs: Int, rounds: Int
  private let random: RandomPoints
  private var observations: [Observation] = []
  private var number = 0

  /// How far a narrowed range goes beyond the good points, as a share of the whole range: the best may lie just outside.
  private static let margin = 0.1

  /// - Parameters:
  ///   - space: the hyper-parameters.
  ///   - trials: how many points are drawn in all rounds together.
  ///   - epochs: for how long each of them is trained.
  ///   - rounds: how often the ranges are drawn from; they are narrowed in between.
  ///   - seed: other seeds, other points.
  public init(_ space: SearchSpace, trials: Int, epochs: Int, rounds: Int = 3, seed: UInt64) {
    require(trials >= rounds && rounds >= 1, "\(rounds) rounds need as many trials, not \(trials)")
    require(epochs >= 1, "a search needs epochs, not \(epochs)")
    (self.space, self.trials, self.epochs, self.rounds) = (space, trials, epochs, rounds)
    random = RandomPoints(seed: seed, dimension: space.dimension)
    ranges = [ClosedRange<Double>](repeating: 0...1, count: space.dimension)
  }

  public mutating func next() -> Trial? {
    guard number < trials else { return nil }
    defer { number += 1 }
    let point = zip(ranges, random.point(number)).map { $0.lowerBound + ($0.upperBound - $0.lowerBound) * $1 }
    return Trial(space, number: number, point: point, epochs: epochs)
  }

  public mutating func report(_ observation: Observation) {
    observations.append(observation)
    let isEndOfRound = (1..<rounds).contains { observations.count == trials * $0 / rounds }
    if isEndOfRound { narrow() }
  }

  /// To the best quarter of all points so far, of which there are at least three.
  private mutating func narrow() {
    let good = observations.ranked().prefix(max(3, observations.count / 4)).map(\.trial.point)
    ranges = ranges.indices.map { i in
      let (low, high) = (good.map { $0[i] }.min() ?? 0, good.map { $0[i] }.max() ?? 1)
      return max(0, low - Self.margin)...min(1, high + Self.margin)
    }
  }
}
