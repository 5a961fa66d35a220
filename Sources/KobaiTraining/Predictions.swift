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
    batches.startEpoch(0)
    for i in 0..<batches.count {
      let count = batches.size(of: i)
      let (x, t, p) = (images.prefix(count), labels.prefix(count), probabilities.prefix(count))
      try batches.load(i, images: x.mutableSpan, labels: t.mutableSpan)
      let outputs = try network.forward(x, .inference)
      try network.kernels.softmaxForward(rows: count, columns: classes, outputs.span, into: p.mutableSpan)
      let (values, right) = (p.elements, t.span)
      for j in 0..<count {
        let row = Array(values[j * classes..<(j + 1) * classes])
        let prediction = Prediction(
          index: index, label: Int(right[j]), probabilities: row,
          ranking: row.indices.sorted { (row[$1], $0) < (row[$0], $1) })
        if isWanted(prediction) { kept.append(prediction) }
        index += 1
      }
    }
    return kept
  }
}
