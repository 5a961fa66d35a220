import KobaiPreconditions

/// −log softmax(x)[label], fused: neither the exponentials nor the probabilities can overflow (sections 4.2.2 and
/// 5.6.3 of the book).
public final class SoftmaxCrossEntropy: Loss {
  private let labelSmoothing: Float
  private let classWeights: [Float]?
  private let kernels: Kernels
  private let workspace = Workspace()
  private var targets = Tensor([0, 0])

  /// Plain cross-entropy unless something else is asked for.
  ///
  /// - Parameters:
  ///   - labelSmoothing: the share of each target, 0 to 1, that is spread over all classes alike (Szegedy et al.,
  ///     "Rethinking the Inception architecture", 2016).
  ///   - classWeights: how much each class counts, none below zero; the loss is the weighted mean, as PyTorch's.
  ///   - kernels: the kernels to compute with; a network's own are `network.kernels`.
  public init(labelSmoothing: Float = 0, classWeights: [Float]? = nil, kernels: Kernels = .default) {
    require((0...1).contains(labelSmoothing), "label smoothing \(labelSmoothing) must be in 0 ... 1")
    require(classWeights?.allSatisfy { $0 >= 0 } ?? true, "class weights must not be negative")
    (self.labelSmoothing, self.classWeights, self.kernels) = (labelSmoothing, classWeights, kernels)
  }

  public func evaluate(_ outputs: Tensor, _ labels: Labels, gradient: Tensor?) throws -> Float {
    if labelSmoothing > 0 || classWeights != nil {
      return try evaluate(
        outputs, targets: softTargets(labels, classes: outputs.shape.element.count), gradient: gradient)
    }
    return try kernels.softmaxCrossEntropy(
      rows: outputs.shape[0], columns: outputs.shape.element.count, outputs.span, labels: labels.span,
      dx: gradient.mutableSpan, workspace: workspace)
  }

  /// The same for target distributions (batch, classes), one-hot rows among them.
  public func evaluate(_ outputs: Tensor, targets: Tensor, gradient: Tensor?) throws -> Float {
    try kernels.softmaxCrossEntropy(
      rows: outputs.shape[0], columns: outputs.shape.element.count, outputs.span, targets: targets.span,
      dx: gradient.mutableSpan, workspace: workspace)
  }

  /// The targets that the labels stand for, smoothed and weighted: rows that sum to each sample's share of the weighted mean.
  private func softTargets(_ labels: Labels, classes: Int) throws -> Tensor {
    require(
      classWeights.map { $0.count == classes } ?? true, "\(classWeights?.count ?? 0) weights of \(classes) classes")
    if targets.shape[0] < labels.count || targets.shape[1] != classes { targets = Tensor([labels.count, classes]) }
    let rows = targets.prefix(labels.count)
    let labelSpan = labels.span
    var total: Float = 0
    for i in labelSpan.indices {
      let label = Int(labelSpan[i])
      guard (0..<classes).contains(label) else {
        throw KernelError.invalid(
          kernel: "softmax cross-entropy", reason: "labels[\(i)] is \(label), not in 0 ..< \(classes)")
      }
      total += weight(label)
    }
    let scale = total > 0 ? Float(labels.count) / total : 0
    let spread = labelSmoothing / Float(classes)
    var elements = rows.mutableSpan
    for i in labelSpan.indices {
      for c in 0..<classes {
        let share = c == Int(labelSpan[i]) ? 1 - labelSmoothing + spread : spread
        elements[i * classes + c] = share * weight(c) * scale
      }
    }
    return rows
  }

  private func weight(_ class: Int) -> Float { classWeights?[`class`] ?? 1 }
}
