import KobaiPreconditions

/// Points drawn at random: 25 trials try 25 values of every hyper-parameter, so that those that matter are looked at more
/// closely than on a grid (Bergstra & Bengio, "Random search for hyper-parameter optimization", 2012).
public struct RandomSearch: Search {
  public let space: SearchSpace
  private let trials: Int, epochs: Int
  private let random: RandomPoints
  private var number = 0

  /// - Parameters:
  ///   - space: the hyper-parameters.
  ///   - trials: how many points are drawn.
  ///   - epochs: for how long each of them is trained.
  ///   - seed: other seeds, other points.
  public init(_ space: SearchSpace, trials: Int, epochs: Int, seed: UInt64) {
    require(trials >= 1 && epochs >= 1, "a search needs trials and epochs, not \(trials) and \(epochs)")
    (self.space, self.trials, self.epochs) = (space, trials, epochs)
    random = RandomPoints(seed: seed, dimension: space.dimension)
  }

  public mutating func next() -> Trial? {
    guard number < trials else { return nil }
    defer { number += 1 }
    return Trial(space, number: number, point: random.point(number), epochs: epochs)
  }

  public mutating func nextTrials(atMost count: Int) -> [Trial] { allTrials(atMost: count) }

  public mutating func report(_ observation: Observation) {}
}
