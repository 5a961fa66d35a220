import Kobai
import KobaiData

/// How well a network does on a set of images.
public struct Evaluation: Sendable, Equatable {
  /// The mean loss over all images; for a loss with class weights, the mean of the batches' weighted means.
  public let loss: Double
  /// The predictions, class by class.
  public let confusion: ConfusionMatrix
  /// The share of correct predictions, 0 ... 1.
  public var accuracy: Double { confusion.accuracy }
}

/// Runs a network over sets of images without training it. Its buffers are allocated once.
public final class Evaluator {
  let network: Network
  private let loss: any Loss
  let images: Tensor
  let labels: Labels
  private let predictions: Labels

  /// An evaluator of that network. It runs forward passes, so that `Network.backward()` must not follow an evaluation.
  public init(_ network: Network, loss: any Loss) {
    (self.network, self.loss) = (network, loss)
    images = Tensor(network.input.batched(network.batch))
    labels = Labels(count: network.batch)
    predictions = Labels(count: network.batch)
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
      let (x, t, y) = (images.prefix(count), labels.prefix(count), predictions.prefix(count))
      try batches.load(i, images: x.mutableSpan, labels: t.mutableSpan)
      let outputs = try network.forward(x, .inference)
      total += Double(try loss.evaluate(outputs, t, gradient: nil)) * Double(count)
      try network.kernels.argmax(
        rows: count, columns: network.output.count, outputs.span, into: y.mutableSpan)
      let (labels, predictions) = (t.span, y.span)
      for j in 0..<count { confusion.count(label: Int(labels[j]), prediction: Int(predictions[j])) }
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
