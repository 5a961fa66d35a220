import Kobai
import KobaiData

/// What a network answers for an image.
public struct Prediction: Sendable, Equatable {
  /// The image's place among those of the batches, from 0 on.
  public let index: Int
  /// The right class.
  public let label: Int
  /// What the network gives each class, 0 to 1 and 1 in all.
  public let probabilities: [Float]
  /// Classes by probability, the most likely first.
  public let ranking: [Int]

  /// The most likely class.
  public var answer: Int { ranking[0] }
  /// Whether that is the right one.
  public var isRight: Bool { answer == label }
}

extension Evaluator {
  /// The network's answers for all images of the batches, in order, as far as `isWanted` keeps them.
  public func predictions(
    _ batches: Batches, where isWanted: (Prediction) -> Bool = { _ in true }
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
