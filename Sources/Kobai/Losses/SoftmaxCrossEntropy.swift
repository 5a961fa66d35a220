import KobaiKernels
import KobaiPreconditions

/// −log softmax(x)[label], fused: neither the exponentials nor the probabilities can overflow (sections 4.2.2 and
/// 5.6.3 of the book; PyTorch's `CrossEntropyLoss`).
///
/// Outputs are logits (batch, classes), and targets the class of each sample (batch) or a distribution over the classes
/// (batch, classes). Of images, (batch, classes, height, width), every pixel has its own: labels (batch, height, width).
public final class SoftmaxCrossEntropy: Loss {
  private static let name: StaticString = "softmax cross-entropy"
  private let labelSmoothing: Float
  private let classWeights: Tensor?
  private let ignoredLabel: Int32
  private let workspace = Workspace()
  private var mixed = Tensor([0, 0])

  /// Plain cross-entropy unless something else is asked for.
  ///
  /// - Parameters:
  ///   - labelSmoothing: the share of each target, 0 to 1, that is spread over all classes alike (Szegedy et al.,
  ///     "Rethinking the Inception architecture", 2016).
  ///   - classWeights: how much each class counts, none below zero; the loss is the weighted mean, as PyTorch's.
  ///   - ignoreIndex: samples, or pixels, with this label count nothing.
  public init(labelSmoothing: Float = 0, classWeights: [Float]? = nil, ignoreIndex: Int = -100) {
    require((0...1).contains(labelSmoothing), "label smoothing \(labelSmoothing) must be in 0 ... 1")
    require(classWeights?.allSatisfy { $0 >= 0 } ?? true, "class weights must not be negative")
    self.labelSmoothing = labelSmoothing
    self.classWeights = classWeights.map { Tensor([$0.count], $0) }
    ignoredLabel = Int32(clamping: ignoreIndex)
  }

  /// The weights of the labels' classes, each times its sample's, or the number of labels. As in PyTorch, distributions
  /// count one whatever the weights of the classes.
  public func weight(of targets: Targets) -> Double {
    switch targets.kind {
    case .values(let values):
      return targets.weight * Double(values.shape.rank > 2 ? values.shape.element.element.count : 1)
    case .classes(let labels):
      let span = labels.span
      let ofSample = labels.count / max(targets.batch, 1)
      guard classWeights != nil || targets.weights != nil else {
        var counted = 0
        for i in span.indices where span[i] != ignoredLabel { counted += 1 }
        return Double(counted)
      }
      var sum = 0.0
      for i in span.indices where span[i] != ignoredLabel {
        sum += Double(weight(of: Int(span[i]))) * Double(weight(ofSample: i / ofSample, targets))
      }
      return sum
    }
  }

  public func evaluate(
    _ outputs: Tensor, _ targets: Targets, divisor: Double, gradient: Tensor?, on kernels: Kernels
  ) throws -> Float {
    guard outputs.shape.hasClasses else {
      throw LossError(
        loss: "\(Self.name)", reason: "outputs of \(outputs.shape) have no classes; it needs (batch, classes)")
    }
    let (batch, classes) = (outputs.shape[0], outputs.shape[1])
    if let classWeights, classWeights.count != classes {
      throw LossError(
        loss: "\(Self.name)",
        reason: "outputs of \(outputs.shape) need \(classes) class weights, not \(classWeights.count)")
    }
    if outputs.shape.element.element.count != 1 {
      return try evaluatePixels(outputs, targets, divisor: divisor, gradient: gradient, on: kernels)
    }
    if case .classes = targets.kind, isPlain(targets) {
      let labels = try targets.classes(for: outputs.shape, Self.name)
      if !ignoresAny(labels) {
        return try kernels.softmaxCrossEntropy(
          rows: batch, columns: classes, outputs.span, labels: labels.span, divisor: Float(divisor),
          dx: gradient.mutableSpan, workspace: workspace)
      }
    }
    let distributions = try distributions(of: targets, for: outputs.shape)
    return try kernels.softmaxCrossEntropy(
      rows: batch, columns: classes, outputs.span, targets: distributions.span, divisor: Float(divisor),
      dx: gradient.mutableSpan, workspace: workspace)
  }

  /// The distributions over the classes that the targets stand for, smoothed and weighted.
  private func distributions(of targets: Targets, for outputs: Shape) throws -> Tensor {
    switch targets.kind {
    case .classes:
      return try mix(targets.classes(for: outputs, Self.name), targets, classes: outputs[1])
    case .values:
      let values = try targets.values(for: outputs, Self.name)
      return isPlain(targets) ? values : mix(values, targets, classes: outputs[1])
    }
  }

  private func evaluatePixels(
    _ outputs: Tensor, _ targets: Targets, divisor: Double, gradient: Tensor?, on kernels: Kernels
  ) throws -> Float {
    let loss = PixelCrossEntropy(
      batch: outputs.shape[0], classes: outputs.shape[1], plane: outputs.shape.element.element.count,
      divisor: Float(divisor), labelSmoothing: labelSmoothing, ignoredLabel: ignoredLabel)
    let sampleWeights = targets.weights
    switch targets.kind {
    case .classes:
      let labels = try targets.classes(for: outputs.shape, Self.name)
      return try kernels.pixelCrossEntropy(
        loss, outputs.span, labels: labels.span, classWeights: classWeights.span, sampleWeights: sampleWeights.span,
        dx: gradient.mutableSpan, workspace: workspace)
    case .values:
      let values = try targets.values(for: outputs.shape, Self.name)
      return try kernels.pixelCrossEntropy(
        loss, outputs.span, targets: values.span, classWeights: classWeights.span, sampleWeights: sampleWeights.span,
        dx: gradient.mutableSpan, workspace: workspace)
    }
  }

  /// Whether the targets are those of the kernel: neither smoothed nor weighted.
  private func isPlain(_ targets: Targets) -> Bool {
    labelSmoothing == 0 && classWeights == nil && targets.weights == nil
  }

  private func ignoresAny(_ labels: Labels) -> Bool {
    let span = labels.span
    for i in span.indices where span[i] == ignoredLabel { return true }
    return false
  }

  /// The targets that the labels stand for, smoothed and weighted; zeros for those that are ignored.
  private func mix(_ labels: Labels, _ targets: Targets, classes: Int) throws(KernelError) -> Tensor {
    let rows = mixedRows(labels.count, classes)
    let labels = labels.span
    let spread = labelSmoothing / Float(classes)
    var elements = rows.mutableSpan
    for i in labels.indices {
      let label = Int(labels[i])
      let isIgnored = labels[i] == ignoredLabel
      guard isIgnored || (0..<classes).contains(label) else {
        throw .invalid(kernel: "\(Self.name)", reason: "labels[\(i)] is \(label), not in 0 ..< \(classes)")
      }
      let ofSample = isIgnored ? 0 : weight(ofSample: i, targets)
      for c in 0..<classes {
        let share = c == label ? 1 - labelSmoothing + spread : spread
        elements[i * classes + c] = share * weight(of: c) * ofSample
      }
    }
    return rows
  }

  /// Distributions, smoothed and weighted.
  private func mix(_ values: Tensor, _ targets: Targets, classes: Int) -> Tensor {
    let rows = mixedRows(values.shape[0], classes)
    let values = values.span
    let spread = labelSmoothing / Float(classes)
    var elements = rows.mutableSpan
    for i in values.indices {
      elements[i] =
        (values[i] * (1 - labelSmoothing) + spread) * weight(of: i % classes) * weight(ofSample: i / classes, targets)
    }
    return rows
  }

  private func mixedRows(_ rows: Int, _ classes: Int) -> Tensor {
    if mixed.shape[0] < rows || mixed.shape[1] != classes { mixed = Tensor([rows, classes]) }
    return mixed.prefix(rows)
  }

  /// The weight of a class; 0 for a number that is none, which the kernel refuses.
  private func weight(of label: Int) -> Float {
    guard let classWeights else { return 1 }
    let span = classWeights.span
    return span.indices.contains(label) ? span[label] : 0
  }

  private func weight(ofSample i: Int, _ targets: Targets) -> Float {
    guard let weights = targets.weights else { return 1 }
    let span = weights.span
    return span.indices.contains(i) ? span[i] : 0
  }
}
