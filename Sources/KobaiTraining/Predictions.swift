import Kobai
import KobaiData

/// What a network predicts for a sample of one of several classes.
public struct Prediction: Sendable, Equatable {
  /// The index of the sample among those of the batches.
  public let index: Int
  /// The class that the sample belongs to.
  public let label: Int
  /// The probability of each class, 1 in all.
  public let probabilities: [Float]
  /// The classes by probability, the most likely first.
  public let ranking: [Int]

  /// The most likely class, which is the prediction.
  public var predictedLabel: Int { ranking[0] }
  /// Whether the prediction is the label.
  public var isCorrect: Bool { predictedLabel == label }
}

/// What a network computes for a sample whose targets are numbers.
public struct PredictedValues: Sendable, Equatable {
  /// The index of the sample among those of the batches.
  public let index: Int
  /// The network's outputs.
  public let outputs: [Float]
  /// What they should be.
  public let targets: [Float]
}

extension Evaluator {
  /// Runs over all batches of samples with a class each.
  ///
  /// - Parameters:
  ///   - batches: the samples.
  ///   - isWanted: which predictions to keep; all of them unless given.
  /// - Returns: the predictions in the order of the samples.
  /// - Throws: ``TrainingError/task(_:_:)`` where the targets are no classes, ``TrainingError/positions(_:)`` where there are several
  ///   a sample, and what ``forEachBatch(_:preparing:_:)`` throws.
  public func predictions(
    _ batches: any BatchSource, where isWanted: (Prediction) -> Bool = { _ in true }
  ) throws -> [Prediction] {
    let classes = network.output.count
    try LearningTask.classification(classes: classes).fit(batches.targetFormat)
    guard network.output.element.count == 1 else { throw TrainingError.positions(network.output) }
    var kept: [Prediction] = []
    var index = 0
    let probabilities = Tensor([batch, classes])
    try forEachBatch(batches) { outputs, targets in
      guard case .classes(let labels) = targets.kind else { return }
      let probabilities = probabilities.prefix(labels.count)
      try network.kernels.softmaxForward(
        rows: labels.count, columns: classes, outputs.span, into: probabilities.mutableSpan)
      let (values, classesOfSamples) = (probabilities.elements, labels.span)
      for i in classesOfSamples.indices {
        let row = Array(values[i * classes..<(i + 1) * classes])
        let prediction = Prediction(
          index: index, label: Int(classesOfSamples[i]), probabilities: row,
          ranking: row.indices.sorted { (row[$1], $0) < (row[$0], $1) })
        if isWanted(prediction) { kept.append(prediction) }
        index += 1
      }
    }
    return kept
  }

  /// Runs over all batches of samples whose targets are numbers, or their inputs.
  ///
  /// - Parameters:
  ///   - batches: the samples.
  ///   - isWanted: which samples to keep, by their index; all of them unless given.
  /// - Returns: outputs and targets in the order of the samples.
  /// - Throws: ``TrainingError/task(_:_:)`` where the targets are classes, and what ``forEachBatch(_:preparing:_:)`` throws.
  public func predictedValues(
    _ batches: any BatchSource, where isWanted: (Int) -> Bool = { _ in true }
  ) throws -> [PredictedValues] {
    let count = network.output.count
    if case .classes = batches.targetFormat {
      throw TrainingError.task(.regression(columns: count), batches.targetFormat)
    }
    var kept: [PredictedValues] = []
    var index = 0
    try forEachBatch(batches) { outputs, targets in
      guard case .values(let values) = targets.kind else { return }
      for i in 0..<targets.batch {
        if isWanted(index) {
          kept.append(
            PredictedValues(
              index: index, outputs: outputs.slice(i..<i + 1).elements, targets: values.slice(i..<i + 1).elements))
        }
        index += 1
      }
    }
    return kept
  }
}
