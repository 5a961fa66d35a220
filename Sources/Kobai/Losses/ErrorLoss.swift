import KobaiKernels
import KobaiPreconditions

/// A loss that adds up the losses of all elements, for targets of the outputs' shape. Each is a kernel's
/// ``/KobaiKernels/ElementwiseLoss`` and a factor: shapes, weights and divisors are the same for all and stand here once.
protocol ErrorLoss: Loss {
  /// What errors call it.
  var name: StaticString { get }
  /// The loss of an element.
  var ofElement: ElementwiseLoss { get }
  /// What the sum over the elements of a sample is multiplied by.
  func factor(elements: Int) -> Double
  var workspace: Workspace { get }
}

extension ErrorLoss {
  /// The mean over the elements of a sample.
  func factor(elements: Int) -> Double { 1 / Double(max(elements, 1)) }

  public func evaluate(
    _ outputs: Tensor, _ targets: Targets, divisor: Double, gradient: Tensor?, on kernels: Kernels
  ) throws -> Float {
    try evaluate(
      outputs, targets.values(for: outputs.shape, name), weights: targets.weights, divisor: divisor,
      gradient: gradient, on: kernels)
  }

  /// The same for targets that are known to fit.
  func evaluate(
    _ outputs: Tensor, _ values: Tensor, weights: Tensor?, positiveWeights: Tensor? = nil, divisor: Double,
    gradient: Tensor?, on kernels: Kernels
  ) throws(KernelError) -> Float {
    let (rows, columns) = (outputs.shape[0], outputs.shape.element.count)
    return try kernels.elementwiseLoss(
      ofElement, rows: rows, columns: columns, outputs.span, targets: values.span,
      divisor: Float(divisor / factor(elements: columns)), rowWeights: weights.span,
      positiveWeights: positiveWeights.span, dx: gradient.mutableSpan, workspace: workspace)
  }
}

/// (x − t)², the mean over all elements (PyTorch's `MSELoss`). ``SumOfSquares`` is the book's: half the sum over the
/// elements of a sample, the mean over the samples.
public final class MeanSquaredError: ErrorLoss {
  let name: StaticString = "mean squared error"
  let ofElement = ElementwiseLoss.squaredError
  let workspace = Workspace()

  /// A mean over all elements.
  public init() {}
}

/// |x − t|, the mean over all elements (PyTorch's `L1Loss`). Its gradient at 0 is 0.
public final class MeanAbsoluteError: ErrorLoss {
  let name: StaticString = "mean absolute error"
  let ofElement = ElementwiseLoss.absoluteError
  let workspace = Workspace()

  /// A mean over all elements.
  public init() {}
}

/// ½ (x − t)² where the error is at most δ, and δ (|x − t| − ½ δ) beyond, so that outliers pull no harder than δ: the mean
/// over all elements (PyTorch's `HuberLoss`; Huber, "Robust estimation of a location parameter", 1964).
public final class HuberLoss: ErrorLoss {
  let name: StaticString = "Huber loss"
  let ofElement: ElementwiseLoss
  let workspace = Workspace()

  /// The default δ is PyTorch's; it must be positive.
  public init(delta: Float = 1) {
    require(delta > 0, "delta \(delta) must be positive")
    ofElement = .huber(delta: delta)
  }
}

/// ``HuberLoss`` divided by its δ, here called β: |x − t| − ½ β where the error is β or more (PyTorch's `SmoothL1Loss`;
/// Girshick, "Fast R-CNN", 2015). With β = 0 it is ``MeanAbsoluteError``.
public final class SmoothL1Loss: ErrorLoss {
  let name: StaticString = "smooth L1 loss"
  let ofElement: ElementwiseLoss
  let workspace = Workspace()
  private let beta: Float

  /// The default β is PyTorch's; it must not be negative.
  public init(beta: Float = 1) {
    require(beta >= 0, "beta \(beta) must not be negative")
    self.beta = beta
    ofElement = beta > 0 ? .huber(delta: beta) : .absoluteError
  }

  func factor(elements: Int) -> Double { 1 / (Double(max(elements, 1)) * (beta > 0 ? Double(beta) : 1)) }
}

/// ½ Σ (x − t)² over the elements of a sample (section 4.2.1 of the book), the mean over the samples. Labels count as
/// one-hot targets. ``MeanSquaredError`` is PyTorch's: the mean over the elements, too, and no half.
public final class SumOfSquares: ErrorLoss {
  let name: StaticString = "sum of squares"
  let ofElement = ElementwiseLoss.squaredError
  let workspace = Workspace()
  private var oneHot = Tensor([0, 0])

  /// A mean over the samples.
  public init() {}

  func factor(elements: Int) -> Double { 0.5 }

  public func evaluate(
    _ outputs: Tensor, _ targets: Targets, divisor: Double, gradient: Tensor?, on kernels: Kernels
  ) throws -> Float {
    var values = targets
    if case .classes = targets.kind, outputs.shape.hasClasses {
      let labels = try targets.classes(for: outputs.shape, name)
      values = .values(try oneHot(labels, classes: outputs.shape.element.count).reshaped(outputs.shape))
    }
    return try evaluate(
      outputs, values.values(for: outputs.shape, name), weights: targets.weights, divisor: divisor,
      gradient: gradient, on: kernels)
  }

  private func oneHot(_ labels: Labels, classes: Int) throws(KernelError) -> Tensor {
    if oneHot.shape[0] < labels.count || oneHot.shape[1] != classes { oneHot = Tensor([labels.count, classes]) }
    let rows = oneHot.prefix(labels.count)
    rows.fill(0)
    var span = rows.mutableSpan
    let labels = labels.span
    for i in labels.indices {
      guard (0..<classes).contains(Int(labels[i])) else {
        throw .invalid(kernel: "\(name)", reason: "labels[\(i)] is \(labels[i]), not in 0 ..< \(classes)")
      }
      span[i * classes + Int(labels[i])] = 1
    }
    return rows
  }
}
