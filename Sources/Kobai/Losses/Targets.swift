/// What the outputs of a batch should be: classes or numbers, and how much each sample counts.
///
/// ```swift
/// let classes = Targets.classes(Labels([2, 0, 1]))
/// let numbers = Targets.values(Tensor([3, 1], [0.5, 2, -1]), weights: Tensor([3], [1, 1, 0.2]))
/// ```
public struct Targets {
  /// The two types of targets.
  public enum Kind {
    /// The class of each sample, or of each of its pixels.
    case classes(Labels)
    /// Numbers, as many as the outputs: (batch, …).
    case values(Tensor)
  }

  /// The targets themselves.
  public let kind: Kind
  /// How much each sample counts (batch), none below zero; nil where all count alike. A weight of 2 is that of two such
  /// samples, 0 of none.
  public let weights: Tensor?

  /// Classes as targets; every sample counts alike unless weights are given.
  public static func classes(_ labels: Labels, weights: Tensor? = nil) -> Targets {
    Targets(kind: .classes(labels), weights: weights)
  }

  /// Numbers as targets; every sample counts alike unless weights are given.
  public static func values(_ values: Tensor, weights: Tensor? = nil) -> Targets {
    Targets(kind: .values(values), weights: weights)
  }

  /// The sizes along the axes, the batch first.
  public var shape: Shape {
    switch kind {
    case .classes(let labels): labels.shape
    case .values(let values): values.shape
    }
  }

  /// The number of samples.
  public var batch: Int { shape.rank > 0 ? shape[0] : 0 }

  /// What the samples count together: the sum of their weights, or their number.
  public var weight: Double {
    guard let weights else { return Double(batch) }
    let span = weights.span
    var sum = 0.0
    for i in span.indices { sum += Double(span[i]) }
    return sum
  }

  /// The values, which a loss compares with outputs of the same shape.
  ///
  /// - Parameters:
  ///   - outputs: the shape of the outputs, the batch first.
  ///   - loss: what the error calls the loss.
  /// - Throws: ``LossError`` that names both shapes where the targets are of another shape, or classes.
  public func values(for outputs: Shape, _ loss: StaticString) throws(LossError) -> Tensor {
    guard case .values(let values) = kind, values.shape == outputs else {
      throw misfit(loss, outputs, needed: "values of \(outputs)")
    }
    try checkWeights(loss)
    return values
  }

  /// The classes, which a loss compares with outputs (batch, classes, …).
  ///
  /// - Parameters:
  ///   - outputs: the shape of the outputs. Labels have the same but for the axis of the classes, the second one.
  ///   - loss: what the error calls the loss.
  /// - Throws: ``LossError`` that names both shapes where the targets are of another shape, or values.
  public func classes(for outputs: Shape, _ loss: StaticString) throws(LossError) -> Labels {
    let needed = outputs.withoutClasses
    guard case .classes(let labels) = kind, labels.count == needed.count,
      labels.shape == needed || (labels.shape.rank == 1 && labels.shape[0] == outputs[0])
    else { throw misfit(loss, outputs, needed: "classes of \(needed)") }
    try checkWeights(loss)
    return labels
  }

  private func checkWeights(_ loss: StaticString) throws(LossError) {
    guard let weights, weights.count != batch else { return }
    throw LossError(loss: "\(loss)", reason: "\(batch) samples need \(batch) weights, not \(weights.count)")
  }

  private func misfit(_ loss: StaticString, _ outputs: Shape, needed: String) -> LossError {
    let given =
      switch kind {
      case .classes(let labels): "classes of \(labels.shape)"
      case .values(let values): "values of \(values.shape)"
      }
    return LossError(loss: "\(loss)", reason: "outputs of \(outputs) need \(needed), not \(given)")
  }
}

/// Why a loss refuses its targets.
public struct LossError: Error, Equatable, CustomStringConvertible {
  /// What the loss is called.
  public let loss: String
  /// What does not fit, with both shapes.
  public let reason: String
  public var description: String { "\(loss): \(reason)" }

  /// An error of a loss of one's own.
  public init(loss: String, reason: String) { (self.loss, self.reason) = (loss, reason) }
}

extension Shape {
  /// Whether these are outputs for classes: (batch, classes, …).
  var hasClasses: Bool { rank >= 2 }

  /// The sizes but for the axis of the classes, the second one; all of them where there is none.
  fileprivate var withoutClasses: Shape {
    hasClasses ? element.element.batched(self[0]) : self
  }
}
