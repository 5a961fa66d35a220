/// ½ Σ (x − t)² (section 4.2.1 of the book), the mean over the batch. Labels count as one-hot targets.
public final class SumOfSquares: Loss {
  private let kernels: Kernels
  private let workspace = Workspace()
  private var oneHot = Tensor([0, 0])

  /// A loss computed by the given kernels; a network's own are `network.kernels`.
  public init(kernels: Kernels = .default) { self.kernels = kernels }

  public func evaluate(_ outputs: Tensor, _ labels: Labels, gradient: Tensor?) throws -> Float {
    let (rows, columns) = (outputs.shape[0], outputs.shape.element.count)
    if oneHot.shape[0] < rows || oneHot.shape[1] != columns { oneHot = Tensor([rows, columns]) }
    let targets = oneHot.prefix(rows)
    targets.fill(0)
    var span = targets.mutableSpan
    let classes = labels.span
    for i in classes.indices {
      guard (0..<columns).contains(Int(classes[i])) else {
        throw KernelError.invalid(
          kernel: "sum of squares", reason: "labels[\(i)] is \(classes[i]), not in 0 ..< \(columns)")
      }
      span[i * columns + Int(classes[i])] = 1
    }
    return try evaluate(outputs, targets: targets, gradient: gradient)
  }

  /// The same for any targets (batch, outputs).
  public func evaluate(_ outputs: Tensor, targets: Tensor, gradient: Tensor?) throws -> Float {
    try kernels.sumOfSquares(
      rows: outputs.shape[0], columns: outputs.shape.element.count, outputs.span, targets: targets.span,
      dx: gradient.mutableSpan, workspace: workspace)
  }
}
