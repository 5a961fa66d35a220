import Kobai
import KobaiData

/// How well a network does on a set of images.
public struct Evaluation: Sendable, Equatable {
  /// The mean loss over all images, each with the weight that the loss gives it.
  public let loss: Double
  /// The predictions, class by class.
  public let confusion: ConfusionMatrix
  /// The share of correct predictions, 0 ... 1.
  public var accuracy: Double { confusion.accuracy }
}

/// Runs a network over sets of images without training it. Its buffers are allocated once.
///
/// Batches that are larger than the network's are cut into as many as it needs: each image's outputs are the same bits in
/// any batch.
public final class Evaluator {
  let network: Network
  private let loss: any Loss
  private let images: Tensor
  private let labels: Labels
  private let predictions: Labels

  /// An evaluator of that network. It runs forward passes, so that `Network.backward()` must not follow an evaluation.
  public init(_ network: Network, loss: any Loss) {
    (self.network, self.loss) = (network, loss)
    images = Tensor(network.input.batched(network.batch))
    labels = Labels(count: network.batch)
    predictions = Labels(count: network.batch)
  }

  /// Runs the network over all batches, in order and without changing it.
  ///
  /// - Parameters:
  ///   - batches: the images.
  ///   - prepare: changes the images of each batch (batch, input) before the network gets them.
  ///   - body: called with the network's outputs (batch, classes) and the labels (batch) of each batch, which stay valid until
  ///     it returns; of a batch that is larger than the network's several times.
  /// - Throws: `KernelError` where the images are of another shape than the network's input, and what the closures throw.
  public func forEachBatch(
    _ batches: any BatchSource, preparing prepare: (_ images: Tensor) throws -> Void = { _ in },
    _ body: (_ outputs: Tensor, _ labels: Labels) throws -> Void
  ) throws {
    try batches.startEpoch(0, on: network.kernels)
    for i in 0..<batches.count {
      var (first, left) = (i * batches.batchSize, batches.positions(of: i).count)
      while left > 0 {
        let count = min(left, network.batch)
        let (x, t) = (images.prefix(count), labels.prefix(count))
        try batches.loadInputs(first..<first + count, into: x.mutableSpan, on: network.kernels)
        try batches.loadClasses(first..<first + count, into: t.mutableSpan)
        try prepare(x)
        try body(network.forward(x, .inference), t)
        (first, left) = (first + count, left - count)
      }
    }
  }

  /// The loss and the confusion matrix over all batches.
  public func evaluate(_ batches: any BatchSource) throws -> Evaluation { try evaluate(batches, preparing: { _ in }) }

  /// The same, with images that are changed first.
  ///
  /// - Parameters:
  ///   - batches: the images.
  ///   - prepare: changes the images of each batch (batch, input) before the network gets them.
  /// - Throws: what ``forEachBatch(_:preparing:_:)`` throws.
  public func evaluate(
    _ batches: any BatchSource, preparing prepare: (_ images: Tensor) throws -> Void
  ) throws -> Evaluation {
    var confusion = ConfusionMatrix(classes: network.output.count)
    var (total, weights) = (0.0, 0.0)
    try forEachBatch(batches, preparing: prepare) { outputs, labels in
      let predictions = predictions.prefix(labels.count)
      let weight = loss.weight(of: .classes(labels))
      total += Double(try loss.evaluate(outputs, labels, gradient: nil, on: network.kernels)) * weight
      weights += weight
      try network.kernels.argmax(
        rows: labels.count, columns: network.output.count, outputs.span, into: predictions.mutableSpan)
      let (classes, predicted) = (labels.span, predictions.span)
      for i in classes.indices { confusion.count(label: Int(classes[i]), prediction: Int(predicted[i])) }
    }
    return Evaluation(loss: total / (weights > 0 ? weights : 1), confusion: confusion)
  }
}

extension BatchSource {
  /// Refuses batches that the network was not built for.
  func fit(_ network: Network) throws(TrainingError) {
    guard batchSize <= network.batch || samples <= network.batch else {
      throw .largeBatches(batchSize, limit: network.batch)
    }
  }
}
