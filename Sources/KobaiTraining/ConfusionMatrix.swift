/// How often each class was taken for each other: rows are the right classes, columns the answers.
public struct ConfusionMatrix: Sendable, Equatable {
  /// The number of rows, and of columns.
  public let classes: Int
  private var counts: [Int]

  /// Nothing counted yet.
  public init(classes: Int) {
    self.classes = classes
    counts = [Int](repeating: 0, count: classes * classes)
  }

  /// How often a sample of class `label` was answered with `answer`.
  public subscript(label: Int, answer: Int) -> Int { counts[label * classes + answer] }

  /// Counts one answer.
  public mutating func count(label: Int, answer: Int) { counts[label * classes + answer] += 1 }

  /// All answers.
  public var total: Int { counts.reduce(0, +) }
  /// Those on the diagonal.
  public var correct: Int { (0..<classes).reduce(0) { $0 + self[$1, $1] } }
  /// The share of right answers, 0 ... 1.
  public var accuracy: Double { total == 0 ? 0 : Double(correct) / Double(total) }

  /// The share of right answers among the samples of one class; nil where there are none.
  public func recall(of label: Int) -> Double? {
    let row = (0..<classes).reduce(0) { $0 + self[label, $1] }
    return row == 0 ? nil : Double(self[label, label]) / Double(row)
  }
}
