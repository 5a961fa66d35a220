import Kobai

/// Cross-entropy with targets of 1 − ε for the label's class and ε shared by all (Szegedy et al., "Rethinking the Inception
/// architecture for computer vision", 2016).
final class SmoothedCrossEntropy: Loss {
  private let smoothing: Float
  private let kernels: Kernels
  private let workspace = Workspace()
  private var targets = Tensor([0, 0])

  init(smoothing: Float = 0.1, kernels: Kernels = .default) { (self.smoothing, self.kernels) = (smoothing, kernels) }

  func evaluate(_ outputs: Tensor, _ labels: Labels, gradient: Tensor?) throws -> Float {
    let (rows, classes) = (outputs.shape[0], outputs.shape.element.count)
    if targets.shape[0] < rows || targets.shape[1] != classes { targets = Tensor([rows, classes]) }
    let targets = targets.prefix(rows)
    targets.fill(smoothing / Float(classes))
    let labels = labels.span
    var values = targets.mutableSpan
    for i in labels.indices { values[i * classes + Int(labels[i])] += 1 - smoothing }
    return try kernels.softmaxCrossEntropy(
      rows: rows, columns: classes, outputs.span, targets: targets.span, dx: gradient.mutableSpan,
      workspace: workspace)
  }
}
