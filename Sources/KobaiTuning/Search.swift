/// A way to look for good hyper-parameters. It says what to train next, is told how well that did, and so on until its
/// budget is used up:
///
///     var search = RandomSearch(space, trials: 25, epochs: 18, seed: 1)
///     let best = try search.run { trial in try validationAccuracy(lr: trial["lr"], epochs: trial.epochs) }.ranked()[0]
///
/// A search is a value, and what it asks for depends on its seed and on the scores alone.
public protocol Search: Sendable {
  /// The hyper-parameters and their ranges.
  var space: SearchSpace { get }

  /// The next training; nil where there is none left.
  mutating func next() -> Trial?

  /// The next trainings that can run side by side, for which of them runs first makes no difference to what the search asks
  /// for; at most so many, and none where there are none left. All of them are reported, in their order, before it is asked
  /// again.
  mutating func nextTrials(atMost count: Int) -> [Trial]

  /// Takes how well the last trial did; the larger the score, the better, and not a number where it diverged.
  mutating func report(_ observation: Observation)
}

extension Search {
  /// One at a time, unless a search knows better.
  public mutating func nextTrials(atMost count: Int) -> [Trial] { next().map { [$0] } ?? [] }

  /// As many as there are, for searches of which no trial depends on another one's score.
  mutating func allTrials(atMost count: Int) -> [Trial] {
    var trials: [Trial] = []
    while trials.count < count, let trial = next() { trials.append(trial) }
    return trials
  }

  /// Runs all trials.
  ///
  /// - Parameter score: trains as a trial asks, and returns how well that did.
  /// - Returns: the trials with their scores, in their order.
  public mutating func run(_ score: (Trial) throws -> Double) rethrows -> [Observation] {
    var observations: [Observation] = []
    while let trial = next() {
      let observation = Observation(trial, try score(trial))
      report(observation)
      observations.append(observation)
    }
    return observations
  }
}

/// Random points of the unit cube, each by its number: a search that goes on after an interruption draws the same ones.
struct RandomPoints: Sendable {
  let seed: UInt64
  let dimension: Int

  /// Uniform coordinates in 0 ..< 1.
  ///
  /// - Parameters:
  ///   - number: which point.
  ///   - stream: other points for another purpose.
  func point(_ number: Int, stream: UInt64 = 0) -> [Double] {
    (0..<dimension).map { coordinate in
      let key = Self.mixed(Self.mixed(seed &+ stream << 32) &+ UInt64(number))
      return Double(Self.mixed(key &+ UInt64(coordinate)) >> 11) * 0x1p-53
    }
  }

  /// 64 bits that change through and through with each bit of the key: a step of SplitMix64 (Steele, Lea & Flood, 2014).
  private static func mixed(_ key: UInt64) -> UInt64 {
    var z = key &+ 0x9e37_79b9_7f4a_7c15
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }
}
