import KobaiPreconditions

/// How often samples of each class were predicted to be of each class: rows are the labels, columns the predictions.
public struct ConfusionMatrix: Sendable, Equatable {
  /// The number of rows, and of columns.
  public let classes: Int
  private var counts: [Int]

  /// A matrix in which nothing is counted yet.
  public init(classes: Int) {
    self.classes = classes
    counts = [Int](repeating: 0, count: classes * classes)
  }

  /// A matrix of counts by row, as many rows as columns.
  public init(counts: [[Int]]) {
    require(
      counts.allSatisfy { $0.count == counts.count }, "a confusion matrix of \(counts.count) rows that is not square")
    classes = counts.count
    self.counts = counts.flatMap(\.self)
  }

  /// How often a sample of class `label` was predicted to be of class `prediction`.
  public subscript(label: Int, prediction: Int) -> Int { counts[label * classes + prediction] }

  /// Counts one prediction.
  public mutating func count(label: Int, prediction: Int) { counts[label * classes + prediction] += 1 }

  /// Counts the predictions of a batch of outputs (samples, classes, positions): the classes with the largest ones.
  public mutating func add(_ batch: borrowing MetricBatch) {
    for sample in 0..<batch.samples {
      for position in 0..<batch.positions {
        guard let label = batch.label(sample, position) else { continue }
        count(label: label, prediction: batch.predictedClass(sample, position))
      }
    }
  }

  /// The number of predictions.
  public var total: Int { counts.reduce(0, +) }
  /// The number of correct predictions, which lie on the diagonal.
  public var correct: Int { (0..<classes).reduce(0) { $0 + self[$1, $1] } }
  /// The share of correct predictions, 0 ... 1.
  public var accuracy: Double { Self.share(correct, of: total) ?? 0 }

  /// The share of correct predictions among the samples of class `label`; nil where there are none.
  public func recall(of label: Int) -> Double? {
    Self.share(self[label, label], of: (0..<classes).reduce(0) { $0 + self[label, $1] })
  }

  /// The share of correct ones among the predictions of class `prediction`; nil where there are none.
  public func precision(of prediction: Int) -> Double? {
    Self.share(self[prediction, prediction], of: (0..<classes).reduce(0) { $0 + self[$1, prediction] })
  }

  /// Samples of one class that were predicted to be of another.
  public struct Confusion: Sendable, Equatable {
    /// The class that they are of.
    public let label: Int
    /// The class that was predicted.
    public let prediction: Int
    /// The number of such samples.
    public let count: Int
  }

  /// The pairs of classes that are confused most, the most frequent first and of equal ones those of the first classes; pairs
  /// that never are confused are none.
  ///
  /// - Parameter limit: the largest number of pairs.
  public func mostConfused(_ limit: Int) -> [Confusion] {
    let wrong = counts.indices.filter { counts[$0] > 0 && $0 / classes != $0 % classes }
    return wrong.sorted { (counts[$1], $0) < (counts[$0], $1) }.prefix(limit).map {
      Confusion(label: $0 / classes, prediction: $0 % classes, count: counts[$0])
    }
  }

  private static func share(_ part: Int, of whole: Int) -> Double? {
    whole == 0 ? nil : Double(part) / Double(whole)
  }
}
