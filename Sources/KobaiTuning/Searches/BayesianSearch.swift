import Foundation
import KobaiPreconditions

/// Bayesian optimisation: a Gaussian process guesses from all trials so far how good any other point would be, and the next
/// trial is where the expected improvement is largest (Snoek, Larochelle & Adams, "Practical Bayesian Optimization of
/// Machine Learning Algorithms", 2012).
public struct BayesianSearch: Search {
  public let space: SearchSpace
  private let trials: Int, epochs: Int, firstTrials: Int
  private let family: Covariance.Family
  private let random: RandomPoints
  private var observations: [Observation] = []
  private var number = 0

  /// - Parameters:
  ///   - space: the hyper-parameters.
  ///   - trials: how many points are tried.
  ///   - epochs: for how long each of them is trained.
  ///   - firstTrials: how many of them are drawn at random, for the process to have something to guess from; twice as many
  ///     as there are hyper-parameters, and one, unless given.
  ///   - family: the kernel of the process.
  ///   - seed: other seeds, other points.
  public init(
    _ space: SearchSpace, trials: Int, epochs: Int, firstTrials: Int? = nil, family: Covariance.Family = .matern52,
    seed: UInt64
  ) {
    require(trials >= 1 && epochs >= 1, "a search needs trials and epochs, not \(trials) and \(epochs)")
    (self.space, self.trials, self.epochs, self.family) = (space, trials, epochs, family)
    self.firstTrials = max(1, firstTrials ?? 2 * space.dimension + 1)
    random = RandomPoints(seed: seed, dimension: space.dimension)
  }

  public mutating func next() -> Trial? {
    guard number < trials else { return nil }
    defer { number += 1 }
    let point = surrogate.map(mostPromising) ?? random.point(number)
    return Trial(space, number: number, point: point, epochs: epochs)
  }

  /// The first ones, which are random, side by side, and one at a time from then on.
  public mutating func nextTrials(atMost count: Int) -> [Trial] {
    allTrials(atMost: number < firstTrials ? min(count, firstTrials - number) : 1)
  }

  public mutating func report(_ observation: Observation) { observations.append(observation) }

  /// What the process knows by now; nil before it has been shown its first trials.
  public var surrogate: Surrogate? {
    guard observations.count >= firstTrials else { return nil }
    // A training that diverged is as bad as the worst that did not.
    let worst = observations.map(\.score).filter(\.isFinite).min() ?? 0
    return Surrogate(
      observations.map(\.trial.point), observations.map { $0.score.isFinite ? $0.score : worst }, family)
  }

  /// The point of the largest expected improvement: the best of a thousand random ones, moved along each axis for as long as
  /// that improves it.
  private func mostPromising(_ surrogate: Surrogate) -> [Double] {
    let candidates = (0..<1000).map { random.point(number * 1000 + $0, stream: 1) }
    var best = candidates[0]
    var highest = -Double.infinity
    func improve(_ point: [Double]) -> Bool {
      let value = surrogate.expectedImprovement(at: point)
      guard value > highest else { return false }
      (best, highest) = (point, value)
      return true
    }
    for candidate in candidates { _ = improve(candidate) }
    var step = 0.05
    while step > 1e-3 {
      var moves = false
      for axis in best.indices {
        for change in [-step, step] {
          var point = best
          point[axis] = min(max(point[axis] + change, 0), 1)
          moves = improve(point) || moves
        }
      }
      if !moves { step /= 2 }
    }
    return best
  }
}

/// What stands in for the score where nothing has been tried yet: a Gaussian process with the best that it knows of.
public struct Surrogate: Sendable {
  /// The process.
  public let process: GaussianProcess
  /// The best score so far, as the process sees it.
  public let best: Double

  init(_ points: [[Double]], _ scores: [Double], _ family: Covariance.Family) {
    process = .fitted(points, scores, family: family)
    best = process.best
  }

  /// How much better than the best so far a trial at that point would be, in the mean.
  public func expectedImprovement(at point: [Double]) -> Double {
    let (mean, variance) = process.predict(point)
    return KobaiTuning.expectedImprovement(mean: mean, variance: variance, over: best)
  }
}
