import KobaiKernels
import KobaiPreconditions

/// Some samples of a source, in an order of one's own.
public struct SampleSubset: SampleSource {
  /// The source that they are taken from.
  public let source: any SampleSource
  /// Which samples of the source they are.
  public let indices: [Int32]

  /// The samples at those indices of a source.
  public init(_ source: any SampleSource, at indices: [Int32]) {
    for i in indices { require(i >= 0 && Int(i) < source.count, "sample \(i) of \(source.count)") }
    (self.source, self.indices) = (source, indices)
  }

  /// The number of samples.
  public var count: Int { indices.count }
  /// The shape of one sample's input.
  public var inputShape: [Int] { source.inputShape }
  /// What a network should make of an input.
  public var targetFormat: TargetFormat { source.targetFormat }
  /// Whether the samples count differently in the loss.
  public var isWeighted: Bool { source.isWeighted }

  public func loadInputs(
    _ index: Span<Int32>, into inputs: consuming MutableSpan<Float>, on kernels: Kernels
  ) throws {
    try load(index, into: &inputs) { index, inputs in try source.loadInputs(index, into: inputs, on: kernels) }
  }

  public func loadClasses(_ index: Span<Int32>, into classes: consuming MutableSpan<Int32>) throws {
    try load(index, into: &classes) { index, classes in try source.loadClasses(index, into: classes) }
  }

  public func loadValues(_ index: Span<Int32>, into values: consuming MutableSpan<Float>) throws {
    try load(index, into: &values) { index, values in try source.loadValues(index, into: values) }
  }

  public func loadWeights(_ index: Span<Int32>, into weights: consuming MutableSpan<Float>) throws {
    try load(index, into: &weights) { index, weights in try source.loadWeights(index, into: weights) }
  }

  /// Loads a few samples at a time, whose places in the source fit on the stack: a step of a training allocates nothing.
  private func load<Element>(
    _ index: Span<Int32>, into out: inout MutableSpan<Element>,
    _ body: (Span<Int32>, consuming MutableSpan<Element>) throws -> Void
  ) throws {
    var places = [128 of Int32](repeating: 0)
    let width = index.isEmpty ? 0 : out.count / index.count
    require(out.count == index.count * width, "\(out.count) elements for \(index.count) samples")
    var first = 0
    while first < index.count {
      let count = min(places.count, index.count - first)
      for i in 0..<count { places[i] = indices[Int(index[first + i])] }
      try unsafe out.withUnsafeMutableBufferPointer { buffer in
        let part = unsafe UnsafeMutableBufferPointer(rebasing: buffer[first * width..<(first + count) * width])
        try body(places.span.extracting(0..<count), unsafe part.mutableSpan)
      }
      first += count
    }
  }
}

extension SampleSource {
  /// Cuts samples into those to train on and a share to test with, chosen at random: of every class the same share, where
  /// samples have one each. Of each category that `covered` names, some are left to train on.
  ///
  /// - Parameters:
  ///   - share: the share of all samples that is set aside, at least one sample.
  ///   - seed: the seed of the choice.
  ///   - covered: which numbers of the inputs say that a sample has a category (one-hot). A sample with one that would not be
  ///     trained on stays among those to train on, as does one of such a class.
  /// - Returns: the indices of both, in ascending order.
  func cut(
    share: Double, seed: UInt64, covered: [Int] = []
  ) throws -> (train: [Int32], test: [Int32]) {
    let wanted = min(max(1, Int((share * Double(count)).rounded())), count - 1)
    let classCount = if case .classes(let classes, shape: []) = targetFormat { classes } else { 0 }
    let drawn =
      classCount > 0
      ? try stratifiedSplit(validation: wanted, seed: seed) : split(validation: wanted, seed: seed)
    guard classCount > 0 || !covered.isEmpty else { return (drawn.train, drawn.validation) }

    // What is there to be learned is known from the samples to train on; those that have more than that join them.
    let width = inputShape.reduce(1, *)
    var known = [Bool](repeating: false, count: classCount + covered.count)
    func properties(_ sample: Int32) throws -> [Int] {
      let index = [sample]
      var properties: [Int] = []
      if classCount > 0 {
        var label: [Int32] = [0]
        try loadClasses(index.span, into: label.mutableSpan)
        properties.append(Int(label[0]))
      }
      if !covered.isEmpty {
        var inputs = [Float](repeating: 0, count: width)
        try loadInputs(index.span, into: inputs.mutableSpan, on: .default)
        for (i, place) in covered.enumerated() where inputs[place] != 0 { properties.append(classCount + i) }
      }
      return properties
    }
    for sample in drawn.train { for property in try properties(sample) { known[property] = true } }
    var (train, test) = (drawn.train, [Int32]())
    for sample in drawn.validation {
      let new = try properties(sample).filter { !known[$0] }
      if new.isEmpty { test.append(sample) } else { train.append(sample) }
      for property in new { known[property] = true }
    }
    return (train.sorted(), test)
  }
}
