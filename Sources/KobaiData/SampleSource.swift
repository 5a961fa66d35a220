import KobaiKernels

/// Samples that can be read in any order: inputs of one shape, each with what a network should make of it. ``Batches`` deals
/// them out in batches.
///
/// A source of one's own says how many samples there are and what they look like, and fills in those that it is asked for:
///
/// ```swift
/// struct Squares: SampleSource {
///   let count = 1000
///   let inputShape = [1]
///   let targetFormat = TargetFormat.values(shape: [1])
///
///   func loadInputs(_ index: Span<Int32>, into inputs: consuming MutableSpan<Float>, on kernels: Kernels) {
///     for i in index.indices { inputs[i] = Float(index[i]) / 1000 }
///   }
///   func loadValues(_ index: Span<Int32>, into values: consuming MutableSpan<Float>) {
///     for i in index.indices { values[i] = Float(index[i] * index[i]) / 1e6 }
///   }
/// }
/// ```
public protocol SampleSource: Sendable {
  /// The number of samples.
  var count: Int { get }
  /// The shape of one sample's input: (channels, height, width) for images, (columns) for rows of a table.
  var inputShape: [Int] { get }
  /// What a network should make of an input.
  var targetFormat: TargetFormat { get }
  /// Whether the samples count differently in the loss; they count alike unless a source says otherwise.
  var isWeighted: Bool { get }

  /// Fills `inputs` (index.count, inputShape) with the inputs of the samples at those indices.
  func loadInputs(_ index: Span<Int32>, into inputs: consuming MutableSpan<Float>, on kernels: Kernels) throws
  /// Fills `classes` (index.count, the format's shape) with the classes of the samples at those indices; asked where the
  /// targets are classes.
  func loadClasses(_ index: Span<Int32>, into classes: consuming MutableSpan<Int32>) throws
  /// Fills `values` (index.count, the format's shape) with the targets of the samples at those indices; asked where the
  /// targets are numbers.
  func loadValues(_ index: Span<Int32>, into values: consuming MutableSpan<Float>) throws
  /// Fills `weights` (index.count) with what the samples at those indices count; asked where they are weighted.
  func loadWeights(_ index: Span<Int32>, into weights: consuming MutableSpan<Float>) throws
}

/// What a network should make of a sample.
public enum TargetFormat: Sendable, Equatable {
  /// One of so many classes for each sample, or for each position of `shape`, such as (height, width).
  case classes(Int, shape: [Int] = [])
  /// Numbers of this shape.
  case values(shape: [Int])
  /// The input itself, as for an autoencoder.
  case input
}

extension SampleSource {
  public var isWeighted: Bool { false }

  public func loadClasses(_ index: Span<Int32>, into classes: consuming MutableSpan<Int32>) throws {
    throw SampleError.missing("classes", of: "\(Self.self)")
  }

  public func loadValues(_ index: Span<Int32>, into values: consuming MutableSpan<Float>) throws {
    throw SampleError.missing("values", of: "\(Self.self)")
  }

  public func loadWeights(_ index: Span<Int32>, into weights: consuming MutableSpan<Float>) throws {
    throw SampleError.missing("weights", of: "\(Self.self)")
  }
}

/// Why samples cannot be loaded.
public enum SampleError: Error, Equatable, CustomStringConvertible {
  /// A source says that its samples have such targets, but has no function that loads them.
  case missing(_ what: String, of: String)
  /// Samples that are to be cut by their classes have no class each.
  case unclassified(_ source: String)
  /// An input that is to be normalised is no number, or infinite.
  case notFinite(_ value: Double, sample: Int, channel: Int)

  public var description: String {
    switch self {
    case .missing(let what, let source):
      "\(source): it announces \(what), but loads none; implement load\(what.capitalized)"
    case .unclassified(let source):
      "\(source): its samples have no class each, so that none can be dealt out by class; cut them with split or folds"
    case .notFinite(let value, let sample, let channel):
      "sample \(sample): \(value) in channel \(channel) of its input has no mean; leave the sample out, or mend it"
    }
  }
}
