import KobaiPreconditions

/// A training that a search asks for: with which values, and for how long.
public struct Trial: Sendable, Equatable {
  /// Which combination of values this is, counted from 0. A search that trains one further asks for the same number again.
  public let number: Int
  /// The position of each value, 0 ... 1.
  public let point: [Double]
  /// The epochs that this combination has been trained for already.
  public let trainedEpochs: Int
  /// The epochs that it shall have been trained for.
  public let epochs: Int
  private let space: SearchSpace

  init(_ space: SearchSpace, number: Int, point: [Double], trainedEpochs: Int = 0, epochs: Int) {
    (self.space, self.number, self.point) = (space, number, point)
    (self.trainedEpochs, self.epochs) = (trainedEpochs, epochs)
  }

  /// The values, in the order of the space's hyper-parameters.
  public var values: [Double] { space.values(at: point) }

  /// The value of the hyper-parameter of that name, which must be one of the space's.
  public subscript(name: String) -> Double {
    guard let i = space.parameters.firstIndex(where: { $0.name == name }) else {
      fail("no hyper-parameter \"\(name)\" among \(space.parameters.map(\.name))", #fileID, #line)
    }
    return space.parameters[i].value(at: point[i])
  }

  /// The epochs of training that it takes from the budget.
  public var cost: Int { epochs - trainedEpochs }
}

/// A trial and how well it did.
public struct Observation: Sendable, Equatable {
  /// What was trained.
  public let trial: Trial
  /// The score, such as the validation accuracy: the larger, the better. Not a number where the training diverged.
  public let score: Double

  /// A trial and its score.
  public init(_ trial: Trial, _ score: Double) { (self.trial, self.score) = (trial, score) }
}

/// Searches' results in order.
extension Sequence<Observation> {
  /// The best first. Among equals the earlier, and trainings that diverged last.
  public func ranked() -> [Observation] {
    enumerated().sorted { a, b in
      let (left, right) = (a.element.rank, b.element.rank)
      return left == right ? a.offset < b.offset : left > right
    }.map(\.element)
  }
}

extension Observation {
  fileprivate var rank: Double { score.isNaN ? -.infinity : score }
}
