import Kobai

/// Cross-entropy with targets of 1 − ε for the label's class and ε shared by all (Szegedy et al., "Rethinking the Inception
/// architecture for computer vision", 2016).
final class SmoothedCrossEntropy: Loss {
  private let smoothing: Float
  private let workspace = Workspace()
  private var smoothed = Tensor([0, 0])

  init(smoothing: Float = 0.1) { self.smoothing = smoothing }

  func evaluate(
    _ outputs: Tensor, _ targets: Targets, divisor: Double, gradient: Tensor?, on kernels: Kernels
  ) throws -> Float {
    let labels = try targets.classes(for: outputs.shape, "smoothed cross-entropy").span
    let (rows, classes) = (outputs.shape[0], outputs.shape.element.count)
    if smoothed.shape[0] < rows || smoothed.shape[1] != classes { smoothed = Tensor([rows, classes]) }
    let smoothed = smoothed.prefix(rows)
    smoothed.fill(smoothing / Float(classes))
    var values = smoothed.mutableSpan
    for i in labels.indices { values[i * classes + Int(labels[i])] += 1 - smoothing }
    return try kernels.softmaxCrossEntropy(
      rows: rows, columns: classes, outputs.span, targets: smoothed.span, divisor: Float(divisor),
      dx: gradient.mutableSpan, workspace: workspace)
  }
}
