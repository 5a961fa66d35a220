import Kobai
import KobaiData

/// What a network makes of a set of images.
public struct Evaluation: Sendable, Equatable {
  /// The mean over all images; of a loss with class weights, that of the batches' weighted means.
  public let loss: Double
  /// The answers, class by class.
  public let confusion: ConfusionMatrix
  /// The share of right answers, 0 ... 1.
  public var accuracy: Double { confusion.accuracy }
}

/// Runs a network over sets of images without training it. Its memory is set aside once.
public final class Evaluator {
  let network: Network
  private let loss: any Loss
  let images: Tensor
  let labels: Labels
  private let answers: Labels

  /// An evaluator of that network. It runs forward passes, so that `Network.backward()` must not follow an evaluation.
  public init(_ network: Network, loss: any Loss) {
    (self.network, self.loss) = (network, loss)
    images = Tensor(network.input.batched(network.batch))
    labels = Labels(count: network.batch)
    answers = Labels(count: network.batch)
  }

  /// Runs over all batches.
  ///
  /// - Throws: ``TrainingError/largeBatches(_:limit:)``.
  public func evaluate(_ batches: Batches) throws -> Evaluation {
    try batches.fit(network)
    var confusion = ConfusionMatrix(classes: network.output.count)
    var total = 0.0
    batches.startEpoch(0)
    for i in 0..<batches.count {
      let count = batches.size(of: i)
      let (x, t, y) = (images.prefix(count), labels.prefix(count), answers.prefix(count))
      try batches.load(i, images: x.mutableSpan, labels: t.mutableSpan)
      let outputs = try network.forward(x, .inference)
      total += Double(try loss.evaluate(outputs, t, gradient: nil)) * Double(count)
      try network.kernels.argmax(
        rows: count, columns: network.output.count, outputs.span, into: y.mutableSpan)
      let (right, given) = (t.span, y.span)
      for j in 0..<count { confusion.count(label: Int(right[j]), answer: Int(given[j])) }
    }
    return Evaluation(loss: total / Double(max(batches.images, 1)), confusion: confusion)
  }
}

extension Batches {
  /// Refuses batches that the network was not built for.
  func fit(_ network: Network) throws(TrainingError) {
    guard batchSize <= network.batch || images <= network.batch else {
      throw .largeBatches(batchSize, limit: network.batch)
    }
  }
}
