import KobaiKernels

/// The inputs of other samples with targets of one's own.
public struct RetargetedSamples: SampleSource {
  /// Where the inputs come from.
  public let source: any SampleSource
  /// What a network should make of an input.
  public let targetFormat: TargetFormat
  private let targets: NumberRows?

  init(_ source: any SampleSource, _ targets: Samples.Targets) {
    self.source = source
    (targetFormat, self.targets) = targets.rows(of: source.count)
  }

  /// The number of samples, those of the source.
  public var count: Int { source.count }
  /// The shape of one sample's input, that of the source.
  public var inputShape: [Int] { source.inputShape }
  /// Whether the source's samples count differently in the loss.
  public var isWeighted: Bool { source.isWeighted }

  public func loadInputs(_ index: Span<Int32>, into inputs: consuming MutableSpan<Float>, on kernels: Kernels) throws {
    try source.loadInputs(index, into: inputs, on: kernels)
  }

  public func loadClasses(_ index: Span<Int32>, into classes: consuming MutableSpan<Int32>) throws {
    guard let targets, case .classes = targetFormat else {
      throw SampleError.missing("classes", of: "RetargetedSamples")
    }
    try targets.load(index, into: &classes)
  }

  public func loadValues(_ index: Span<Int32>, into values: consuming MutableSpan<Float>) throws {
    guard let targets, case .values = targetFormat else {
      throw SampleError.missing("values", of: "RetargetedSamples")
    }
    try targets.load(index, into: &values, "values")
  }

  public func loadWeights(_ index: Span<Int32>, into weights: consuming MutableSpan<Float>) throws {
    try source.loadWeights(index, into: weights)
  }
}

extension SampleSource {
  /// The same inputs with other targets: images with several labels at once, say. Images stay images: ``Batches`` augment and
  /// normalise them as those of an ``ImageSet``.
  ///
  /// ```swift
  /// let oddOnes = digits.train.replacingTargets(with: .classes(digits.train.labels.map { Int($0 % 2) }))
  /// ```
  ///
  /// - Parameter targets: classes, numbers or labels for all samples, or the inputs themselves.
  public func replacingTargets(with targets: Samples.Targets) -> RetargetedSamples { RetargetedSamples(self, targets) }

  /// The set of images that the inputs are, whatever the targets.
  var images: ImageSet? { self as? ImageSet ?? (self as? RetargetedSamples)?.source.images }
}
