import KobaiFiles
import KobaiKernels
import KobaiPreconditions

/// Samples whose numbers lie in memory or in a file: inputs of any shape, each with a class, with numbers, or with nothing but
/// itself for a target, and perhaps with a weight.
///
/// ```swift
/// let curve = Samples(inputs: angles.map { [$0] }, targets: angles.map(sin))
/// let flowers = Samples(inputs: [[5.1, 3.5], [6.2, 2.9]], classes: [0, 1])
/// ```
public struct Samples: SampleSource {
  /// The number of samples.
  public let count: Int
  /// The shape of one sample's input.
  public let inputShape: [Int]
  /// What a network should make of an input.
  public let targetFormat: TargetFormat
  private let inputs: NumberRows
  private let targets: NumberRows?
  private let weights: NumberRows?

  /// Samples as rows of numbers. Classes must have been checked.
  init(
    inputs: NumberRows, shape: [Int], format: TargetFormat, targets: NumberRows? = nil, weights: NumberRows? = nil
  ) {
    (count, inputShape, targetFormat) = (inputs.count, shape, format)
    (self.inputs, self.targets, self.weights) = (inputs, targets, weights)
    require(count <= Int(Int32.max), "\(count) samples; more than \(Int32.max) have no index")
    for other in [targets, weights].compactMap(\.self) {
      require(other.count == count, "\(count) inputs, but \(other.count) targets or weights; each sample takes one")
    }
  }

  /// Whether the samples count differently in the loss.
  public var isWeighted: Bool { weights != nil }

  public func loadInputs(
    _ index: Span<Int32>, into inputs: consuming MutableSpan<Float>, on kernels: Kernels
  ) throws {
    try self.inputs.load(index, into: &inputs, "inputs")
  }

  public func loadClasses(_ index: Span<Int32>, into classes: consuming MutableSpan<Int32>) throws {
    guard let targets, case .classes = targetFormat else { throw SampleError.missing("classes", of: "Samples") }
    try targets.load(index, into: &classes)
  }

  public func loadValues(_ index: Span<Int32>, into values: consuming MutableSpan<Float>) throws {
    guard let targets, case .values = targetFormat else { throw SampleError.missing("values", of: "Samples") }
    try targets.load(index, into: &values, "values")
  }

  public func loadWeights(_ index: Span<Int32>, into weights: consuming MutableSpan<Float>) throws {
    guard let rows = self.weights else { throw SampleError.missing("weights", of: "Samples") }
    try rows.load(index, into: &weights, "weights")
  }
}
