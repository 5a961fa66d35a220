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
    _ batches: Batches, where isWanted: (Prediction) -> Bool = { _ in true }
  ) throws -> [Prediction] {
    var kept: [Prediction] = []
    var index = 0
    let classes = network.output.count
    let probabilities = Tensor([network.batch, classes])
    batches.startEpoch(0)
    for i in 0..<batches.count {
      let count = batches.size(of: i)
      let (x, t, p) = (images.prefix(count), labels.prefix(count), probabilities.prefix(count))
      try batches.load(i, images: x.mutableSpan, labels: t.mutableSpan)
      let outputs = try network.forward(x, .inference)
      try network.kernels.softmaxForward(rows: count, columns: classes, outputs.span, into: p.mutableSpan)
      let (values, labels) = (p.elements, t.span)
      for j in 0..<count {
        let row = Array(values[j * classes..<(j + 1) * classes])
        let prediction = Prediction(
          index: index, label: Int(labels[j]), probabilities: row,
          ranking: row.indices.sorted { (row[$1], $0) < (row[$0], $1) })
        if isWanted(prediction) { kept.append(prediction) }
        index += 1
      }
    }
    return kept
  }
}
