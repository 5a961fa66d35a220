import KobaiPreconditions

/// Every combination of a few values of each hyper-parameter, evenly spaced from one end of its range to the other.
///
/// Of 25 trials of two hyper-parameters, only five values of each are ever tried. Where one of the two matters little,
/// twenty trials repeat what the other five have shown.
public struct GridSearch: Search {
  public let space: SearchSpace
  /// How many values of each hyper-parameter are tried.
  public let counts: [Int]
  private let epochs: Int
  private var number = 0

  /// - Parameters:
  ///   - space: the hyper-parameters.
  ///   - trials: the largest number of combinations; the grid is the finest that has no more.
  ///   - epochs: for how long each of them is trained.
  public init(_ space: SearchSpace, trials: Int, epochs: Int) {
    require(trials >= 1 && epochs >= 1, "a search needs trials and epochs, not \(trials) and \(epochs)")
    (self.space, self.epochs, counts) = (space, epochs, Self.counts(space.dimension, trials))
  }

  /// The dimension with the fewest values gets another one for as long as that fits.
  private static func counts(_ dimension: Int, _ trials: Int) -> [Int] {
    var counts = [Int](repeating: 1, count: dimension)
    while true {
      let product = counts.reduce(1, *)
      let byCount = counts.indices.sorted { (counts[$0], $0) < (counts[$1], $1) }
      guard let next = byCount.first(where: { product / counts[$0] * (counts[$0] + 1) <= trials }) else {
        return counts
      }
      counts[next] += 1
    }
  }

  public mutating func next() -> Trial? {
    guard number < counts.reduce(1, *) else { return nil }
    defer { number += 1 }
    var rest = number
    let point = counts.reversed().map { count in
      defer { rest /= count }
      return count == 1 ? 0.5 : Double(rest % count) / Double(count - 1)
    }
    return Trial(space, number: number, point: point.reversed(), epochs: epochs)
  }

  public mutating func nextTrials(atMost count: Int) -> [Trial] { allTrials(atMost: count) }

  public mutating func report(_ observation: Observation) {}
}
