import KobaiKernels
import KobaiPreconditions

/// −t log σ(x) − (1 − t) log(1 − σ(x)) for logits x and probabilities t, the mean over all elements (PyTorch's
/// `BCEWithLogitsLoss`): one sigmoid for each output, where classes do not exclude each other. Fused, so that neither a
/// sigmoid of 0 nor one of 1 costs a digit.
///
/// PyTorch's `weight` scales samples and leaves the divisor alone; here weights are a weighted mean's, as for every loss.
public final class BinaryCrossEntropy: ErrorLoss {
  let name: StaticString = "binary cross-entropy"
  let ofElement = ElementwiseLoss.binaryCrossEntropy
  let workspace = Workspace()
  private let positiveWeights: Tensor?
  private var ofElements: (shape: Shape, weights: Tensor)?  // the same for each element of a sample

  /// - Parameter positiveWeights: how much −t log σ(x) counts for each output, none below zero (PyTorch's `pos_weight`):
  ///   above 1 for classes that are rare. One number is that of all outputs; else they are as many as the elements of a
  ///   sample, or as its channels.
  public init(positiveWeights: [Float]? = nil) {
    require(positiveWeights?.allSatisfy { $0 >= 0 } ?? true, "positive weights must not be negative")
    self.positiveWeights = positiveWeights.map { Tensor([$0.count], $0) }
  }

  public func evaluate(
    _ outputs: Tensor, _ targets: Targets, divisor: Double, gradient: Tensor?, on kernels: Kernels
  ) throws -> Float {
    try evaluate(
      outputs, targets.values(for: outputs.shape, name), weights: targets.weights,
      positiveWeights: positiveWeights(of: outputs.shape), divisor: divisor, gradient: gradient, on: kernels)
  }

  /// The positive weight of each element of a sample.
  private func positiveWeights(of outputs: Shape) throws(LossError) -> Tensor? {
    guard let positiveWeights else { return nil }
    let elements = outputs.element.count
    if let ofElements, ofElements.shape == outputs.element { return ofElements.weights }
    let channels = outputs.rank > 1 ? outputs[1] : 1
    let count = positiveWeights.count
    guard count == 1 || count == elements || count == channels else {
      throw LossError(
        loss: "\(name)",
        reason: "outputs of \(outputs) need 1, \(channels) or \(elements) positive weights, not \(count)")
    }
    let all = Tensor([elements])
    let weights = positiveWeights.span
    var span = all.mutableSpan
    for i in span.indices { span[i] = weights[count == elements ? i : i * count / elements] }
    ofElements = (outputs.element, all)
    return all
  }
}
