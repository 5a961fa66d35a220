/// Over which labels a score such as ``F1Score`` is taken.
public enum Averaging: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The mean over the labels, each of which counts alike. A class that neither occurs nor is predicted does not count.
  case macro
  /// All predictions of all labels together.
  case micro
  /// One label alone, such as the class 1 of two.
  case label(Int)

  public var description: String {
    switch self {
    case .macro: "macro"
    case .micro: "micro"
    case .label(let label): "label \(label)"
    }
  }
}

/// The harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN). With several labels, each is predicted where its logit is
/// above 0.
public struct F1Score: LabelScore, Codable {
  /// Over which labels it is taken.
  public let averaging: Averaging
  var counts = LabelCounts()

  /// Nothing measured yet.
  ///
  /// - Parameter averaging: over which labels it is taken.
  public init(_ averaging: Averaging = .macro) { self.averaging = averaging }

  static var title: String { "F1" }
  static func score(truePositives: Double, predicted: Double, actual: Double) -> Double {
    predicted + actual > 0 ? 2 * truePositives / (predicted + actual) : 0
  }
}

/// The share of correct ones among the predictions of a label: TP / (TP + FP); 0 where it is never predicted.
public struct PrecisionScore: LabelScore, Codable {
  /// Over which labels it is taken.
  public let averaging: Averaging
  var counts = LabelCounts()

  /// Nothing measured yet.
  ///
  /// - Parameter averaging: over which labels it is taken.
  public init(_ averaging: Averaging = .macro) { self.averaging = averaging }

  static var title: String { "precision" }
  static func score(truePositives: Double, predicted: Double, actual: Double) -> Double {
    predicted > 0 ? truePositives / predicted : 0
  }
}

/// The share of samples of a label that are predicted: TP / (TP + FN); 0 where it never occurs.
public struct RecallScore: LabelScore, Codable {
  /// Over which labels it is taken.
  public let averaging: Averaging
  var counts = LabelCounts()

  /// Nothing measured yet.
  ///
  /// - Parameter averaging: over which labels it is taken.
  public init(_ averaging: Averaging = .macro) { self.averaging = averaging }

  static var title: String { "recall" }
  static func score(truePositives: Double, predicted: Double, actual: Double) -> Double {
    actual > 0 ? truePositives / actual : 0
  }
}

/// A score of counts of predictions. They differ in the formula alone; the rest stands here once.
protocol LabelScore: ResumableMetric {
  var averaging: Averaging { get }
  var counts: LabelCounts { get set }
  static var title: String { get }
  static func score(truePositives: Double, predicted: Double, actual: Double) -> Double
}

extension LabelScore {
  public var name: String {
    switch averaging {
    case .label: "\(Self.title) of \(averaging)"
    case .macro, .micro: "\(averaging) \(Self.title)"
    }
  }

  public mutating func start(_ pass: MetricPass) throws(MetricError) {
    if case .label(let label) = averaging, !(0..<pass.channels).contains(label) {
      throw MetricError(metric: name, reason: "there are \(pass.channels) labels, from 0 on")
    }
    counts.start(pass)
  }

  public mutating func add(_ batch: borrowing MetricBatch) { counts.add(batch) }

  package func continues(_ started: Self) -> Bool {
    averaging == started.averaging && counts.hasClasses == started.counts.hasClasses
      && [counts.truePositives, counts.predicted, counts.actual].allSatisfy { $0.count == started.counts.actual.count }
  }

  public var valuesByLabel: [Double] {
    counts.truePositives.indices.map { i in
      if counts.hasClasses && counts.predicted[i] + counts.actual[i] == 0 { return .nan }
      return Self.score(
        truePositives: counts.truePositives[i], predicted: counts.predicted[i], actual: counts.actual[i])
    }
  }

  public var value: Double {
    guard counts.isAnything else { return .nan }
    switch averaging {
    case .label(let label): return valuesByLabel[label]
    case .macro:
      let all = valuesByLabel.filter { !$0.isNaN }
      return all.isEmpty ? .nan : all.reduce(0, +) / Double(all.count)
    case .micro:
      return Self.score(
        truePositives: counts.truePositives.reduce(0, +), predicted: counts.predicted.reduce(0, +),
        actual: counts.actual.reduce(0, +))
    }
  }
}

/// How often each label is predicted, occurs, and both.
struct LabelCounts: Sendable, Equatable, Codable {
  private(set) var hasClasses = true
  private(set) var truePositives: [Double] = []
  private(set) var predicted: [Double] = []
  private(set) var actual: [Double] = []
  private(set) var isAnything = false

  mutating func start(_ pass: MetricPass) {
    let zeros = [Double](repeating: 0, count: pass.channels)
    (hasClasses, isAnything) = (pass.hasClasses, false)
    (truePositives, predicted, actual) = (zeros, zeros, zeros)
  }

  mutating func add(_ batch: borrowing MetricBatch) {
    if batch.samples > 0 { isAnything = true }
    for sample in 0..<batch.samples {
      let weight = batch.weight(of: sample)
      for position in 0..<batch.positions {
        if hasClasses {
          guard let label = batch.label(sample, position) else { continue }
          let prediction = batch.predictedClass(sample, position)
          actual[label] += weight
          predicted[prediction] += weight
          if label == prediction { truePositives[label] += weight }
        } else {
          for channel in 0..<batch.channels {
            let i = (sample * batch.channels + channel) * batch.positions + position
            let (isActual, isPredicted) = (batch.values[i] > 0.5, batch.outputs[i] > 0)
            if isActual { actual[channel] += weight }
            if isPredicted { predicted[channel] += weight }
            if isActual && isPredicted { truePositives[channel] += weight }
          }
        }
      }
    }
  }
}
