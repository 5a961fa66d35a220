import Kobai
import KobaiData

/// What a network predicts for an image.
public struct Prediction: Sendable, Equatable {
  /// The index of the image among those of the batches.
  public let index: Int
  /// The class that the image belongs to.
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

extension Evaluator {
  /// Runs over all batches.
  ///
  /// - Parameters:
  ///   - batches: the images.
  ///   - isWanted: which predictions to keep; all of them unless given.
  /// - Returns: the predictions in the order of the images.
  public func predictions(
    _ batches: any BatchSource, where isWanted: (Prediction) -> Bool = { _ in true }
  ) throws -> [Prediction] {
    var kept: [Prediction] = []
    var index = 0
    let classes = network.output.count
    let probabilities = Tensor([network.batch, classes])
    try forEachBatch(batches) { outputs, labels in
      let probabilities = probabilities.prefix(labels.count)
      try network.kernels.softmaxForward(
        rows: labels.count, columns: classes, outputs.span, into: probabilities.mutableSpan)
      let (values, labels) = (probabilities.elements, labels.span)
      for i in labels.indices {
        let row = Array(values[i * classes..<(i + 1) * classes])
        let prediction = Prediction(
          index: index, label: Int(labels[i]), probabilities: row,
          ranking: row.indices.sorted { (row[$1], $0) < (row[$0], $1) })
        if isWanted(prediction) { kept.append(prediction) }
        index += 1
      }
    }
    return kept
  }
}
