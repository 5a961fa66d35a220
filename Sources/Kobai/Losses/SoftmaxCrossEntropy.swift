/// −log softmax(x)[label], fused: neither the exponentials nor the probabilities can overflow (sections 4.2.2 and
/// 5.6.3 of the book).
public final class SoftmaxCrossEntropy: Loss {
  private let kernels: Kernels
  private let workspace = Workspace()

  /// A loss computed by the given kernels; a network's own are `network.kernels`.
  public init(kernels: Kernels = .default) { self.kernels = kernels }

  public func evaluate(_ outputs: Tensor, _ labels: Labels, gradient: Tensor?) throws -> Float {
    try kernels.softmaxCrossEntropy(
      rows: outputs.shape[0], columns: outputs.shape.element.count, outputs.span, labels: labels.span,
      dx: gradient.mutableSpan, workspace: workspace)
  }

  /// The same for target distributions (batch, classes), one-hot rows among them.
  public func evaluate(_ outputs: Tensor, targets: Tensor, gradient: Tensor?) throws -> Float {
    try kernels.softmaxCrossEntropy(
      rows: outputs.shape[0], columns: outputs.shape.element.count, outputs.span, targets: targets.span,
      dx: gradient.mutableSpan, workspace: workspace)
  }
}
