import Kobai
import KobaiData

/// What a network learns: what its targets are, and from that the loss, the metrics and the last layer that suit them.
///
/// ```swift
/// let task = LearningTask.regression(columns: 2)
/// let layers: Sequential = ["hidden": Affine(16), "relu": ReLU(), "out": Affine(task.outputs(for: [4]))]
/// ```
public enum LearningTask: Sendable, Equatable, CustomStringConvertible {
  /// One of so many classes, for each sample or each position of it. Outputs are logits.
  case classification(classes: Int)
  /// Any of so many labels, which do not exclude each other; targets are 1 where a label is there, and else 0. Outputs are
  /// logits.
  case multiLabel(labels: Int)
  /// So many numbers. Outputs are the numbers.
  case regression(columns: Int = 1)
  /// The input itself, as for an autoencoder. Outputs are as many as inputs.
  case reconstruction

  /// The task of targets that look like that: numbers are taken for a regression's.
  public init(_ format: TargetFormat) {
    self =
      switch format {
      case .classes(let classes, _): .classification(classes: classes)
      case .values(let shape): .regression(columns: shape.reduce(1, *))
      case .input: .reconstruction
      }
  }

  /// The task of data: what their targets are, numbers as labels or as a regression's. Classes that have a name count, also those
  /// of which there are samples to test with alone.
  public init(_ data: TrainingData) {
    self =
      switch data.train.targetFormat {
      case .classes(let count, _): .classification(classes: max(count, data.classNames?.count ?? 0))
      case .values(let shape) where data.targets == .labels: .multiLabel(labels: shape.reduce(1, *))
      case let format: .init(format)
      }
  }

  /// The task of a network with so many outputs.
  public init(_ kind: Kind, outputs: Int) {
    self =
      switch kind {
      case .classification: .classification(classes: outputs)
      case .multiLabel: .multiLabel(labels: outputs)
      case .regression: .regression(columns: outputs)
      case .reconstruction: .reconstruction
      }
  }

  /// A task without its sizes, by the name that options and files have for it.
  public enum Kind: String, Sendable, CaseIterable, Codable {
    /// ``LearningTask/classification(classes:)``.
    case classification
    /// ``LearningTask/multiLabel(labels:)``.
    case multiLabel = "multi-label"
    /// ``LearningTask/regression(columns:)``.
    case regression
    /// ``LearningTask/reconstruction``.
    case reconstruction

    /// What the targets of the task are.
    public var targets: TargetKind {
      switch self {
      case .classification: .classes
      case .multiLabel: .labels
      case .regression: .values
      case .reconstruction: .input
      }
    }

    /// Whether a network that ends in this layer makes probabilities, where the task's loss and metrics take logits.
    package func makesProbabilities(_ last: (any NodeSpec)?) -> Bool {
      switch self {
      case .classification: last is Softmax
      case .multiLabel: last is Sigmoid
      case .regression, .reconstruction: false
      }
    }
  }

  /// Which of the tasks it is.
  public var kind: Kind {
    switch self {
    case .classification: .classification
    case .multiLabel: .multiLabel
    case .regression: .regression
    case .reconstruction: .reconstruction
    }
  }

  /// What it is called: "classification", "multi-label", "regression" or "reconstruction".
  public var name: String { kind.rawValue }

  /// What it is in a few words: "classification of 10 classes".
  public var description: String {
    func count(_ number: Int, _ one: String, _ many: String) -> String { "\(number) \(number == 1 ? one : many)" }
    return switch self {
    case .classification(let classes): "classification of \(count(classes, "class", "classes"))"
    case .multiLabel(let labels): "multi-label classification of \(count(labels, "label", "labels"))"
    case .regression(let columns): "regression of \(count(columns, "column", "columns"))"
    case .reconstruction: "reconstruction of the input"
    }
  }

  /// The size of the outputs along their first axis, which is the width of the last layer, for inputs of that shape.
  public func outputs(for input: Shape) -> Int {
    switch self {
    case .classification(let count), .multiLabel(let count), .regression(let count): count
    case .reconstruction: input.count
    }
  }

  /// The loss that suits it: softmax cross-entropy for classes, binary cross-entropy for labels, and the mean squared error for
  /// numbers.
  public func makeLoss() -> any Loss {
    switch self {
    case .classification: SoftmaxCrossEntropy()
    case .multiLabel: BinaryCrossEntropy()
    case .regression, .reconstruction: MeanSquaredError()
    }
  }

  /// The metrics that suit it. Patience and "best" follow the first one: the accuracy for classes, the macro F1 for labels, the
  /// RMSE for numbers, and the MSE for a reconstruction.
  public var metrics: [any Metric] {
    switch self {
    case .classification(let classes): classes < 100 ? [Accuracy()] : [Accuracy(), TopKAccuracy()]
    case .multiLabel: [F1Score(.macro), F1Score(.micro), ROCAUC()]
    case .regression: [RMSE(), MAE(), R2Score()]
    case .reconstruction: [MSE(), MAE()]
    }
  }

  /// Refuses samples that are of another task.
  func fit(_ format: TargetFormat) throws(TrainingError) {
    let isFitting =
      switch (self, format) {
      case (.classification, .classes), (.reconstruction, .input): true
      case (.multiLabel, .values), (.regression, .values), (.reconstruction, .values): true
      default: false
      }
    guard isFitting else { throw .task(self, format) }
  }
}
