import CKernels

/// Softmax cross-entropy of each pixel of (batch, classes, plane): what is asked for besides the plain sum.
public struct PixelCrossEntropy: Sendable, Equatable {
  /// The number of images, of classes, and of pixels of an image.
  public var batch: Int, classes: Int, plane: Int
  /// What the sum over all pixels is divided by.
  public var divisor: Float
  /// The share of each target, 0 to 1, that is spread over all classes alike.
  public var labelSmoothing: Float
  /// Pixels with this label count nothing.
  public var ignoredLabel: Int32

  /// The mean over the pixels unless something else is asked for.
  public init(
    batch: Int, classes: Int, plane: Int, divisor: Float? = nil, labelSmoothing: Float = 0, ignoredLabel: Int32 = -100
  ) {
    (self.batch, self.classes, self.plane) = (batch, classes, plane)
    self.divisor = divisor ?? Float(batch *| plane)
    (self.labelSmoothing, self.ignoredLabel) = (labelSmoothing, ignoredLabel)
  }
}

extension Kernels {
  /// The cross-entropies of all pixels, added up and divided by the divisor, and the gradient of that.
  ///
  /// - Parameters:
  ///   - loss: the sizes and what is asked for.
  ///   - x: logits (batch, classes, plane).
  ///   - labels: the class of each pixel (batch, plane), or the ignored label.
  ///   - classWeights: what the target of each class is multiplied by (classes); nil is 1 for all.
  ///   - sampleWeights: what the losses of each image are multiplied by (batch); nil is 1 for all.
  ///   - dx: filled with the gradient (batch, classes, plane) unless nil.
  ///   - workspace: holds one float for each 1,024 pixels of an image.
  public func pixelCrossEntropy(
    _ loss: PixelCrossEntropy, _ x: Span<Float>, labels: Span<Int32>, classWeights: Span<Float>? = nil,
    sampleWeights: Span<Float>? = nil, dx: consuming MutableSpan<Float>? = nil, workspace: Workspace = Workspace()
  ) throws(KernelError) -> Float {
    let checks = Checks("softmax cross-entropy")
    try checks.count("labels", labels.count, loss.batch *| loss.plane)
    for i in labels.indices where labels[i] != loss.ignoredLabel {
      try checks.require(
        labels[i] >= 0 && Int(labels[i]) < loss.classes,
        "labels[\(i)] is \(labels[i]), not in 0 ..< \(loss.classes)")
    }
    return try unsafe evaluate(loss, checks, x, labels.pointer, nil, classWeights, sampleWeights, dx, workspace)
  }

  /// The same for target distributions (batch, classes, plane).
  public func pixelCrossEntropy(
    _ loss: PixelCrossEntropy, _ x: Span<Float>, targets: Span<Float>, classWeights: Span<Float>? = nil,
    sampleWeights: Span<Float>? = nil, dx: consuming MutableSpan<Float>? = nil, workspace: Workspace = Workspace()
  ) throws(KernelError) -> Float {
    let checks = Checks("softmax cross-entropy")
    try checks.count("targets", targets.count, loss.batch *| loss.classes *| loss.plane)
    return try unsafe evaluate(loss, checks, x, nil, targets.pointer, classWeights, sampleWeights, dx, workspace)
  }

  @unsafe private func evaluate(
    _ loss: PixelCrossEntropy, _ checks: Checks, _ x: Span<Float>, _ labels: UnsafePointer<Int32>?,
    _ targets: UnsafePointer<Float>?, _ classWeights: Span<Float>?, _ sampleWeights: Span<Float>?,
    _ dx: consuming MutableSpan<Float>?, _ workspace: Workspace
  ) throws(KernelError) -> Float {
    let (batch, classes, plane) = (loss.batch, loss.classes, loss.plane)
    try checks.require(
      batch > 0 && classes > 0 && plane > 0,
      "\(batch) images of \(plane) pixels, \(classes) classes: all must be positive")
    try checks.count("x", x.count, batch *| classes *| plane)
    try checks.count("classWeights", classWeights?.count, classes)
    try checks.count("sampleWeights", sampleWeights?.count, batch)
    try checks.count("dx", dx?.count, batch *| classes *| plane)
    var raw = unsafe ck_pixel_cross_entropy(
      batch: batch, classes: classes, plane: plane, divisor: loss.divisor, label_smoothing: loss.labelSmoothing,
      ignored: loss.ignoredLabel, class_weights: classWeights?.pointer ?? nil,
      sample_weights: sampleWeights?.pointer ?? nil)
    let target = unsafe dx.pointer()
    return unsafe withContext { context in
      unsafe ck_pixel_cross_entropy_evaluate(
        context, &raw, x.pointer, labels, targets, target,
        workspace.pointer(floats: ck_loss_scratch_floats(batch, plane)))
    }
  }
}
