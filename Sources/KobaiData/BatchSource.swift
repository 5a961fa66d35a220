import KobaiKernels

/// What a training or an evaluation takes its batches from: passes over samples in an order that depends on the pass alone.
/// ``Batches`` is one, of any ``SampleSource``.
///
/// The samples of a pass have positions, from 0 on; batch number `b` is those from `b` times ``batchSize`` on. Within a pass
/// positions are asked for in ascending order, inputs and targets of the same ones several times perhaps.
public protocol BatchSource: AnyObject {
  /// The number of samples in a pass.
  var samples: Int { get }
  /// The number of samples in each batch but the last, which may have fewer.
  var batchSize: Int { get }
  /// The shape of one sample's input.
  var inputShape: [Int] { get }
  /// What a network should make of an input.
  var targetFormat: TargetFormat { get }
  /// Whether the samples count differently in the loss.
  var isWeighted: Bool { get }

  /// Begins a pass, computed by the given kernels, those of the network. Every pass with the same number is the same.
  func startEpoch(_ epoch: Int, on kernels: Kernels) throws
  /// Fills `inputs` (positions.count, inputShape) with the inputs at those positions of the pass.
  func loadInputs(_ positions: Range<Int>, into inputs: consuming MutableSpan<Float>, on kernels: Kernels) throws
  /// Fills `classes` (positions.count, the format's shape) with the classes at those positions of the pass; asked where the
  /// targets are classes.
  func loadClasses(_ positions: Range<Int>, into classes: consuming MutableSpan<Int32>) throws
  /// Fills `values` (positions.count, the format's shape) with the targets at those positions of the pass; asked where the
  /// targets are numbers.
  func loadValues(_ positions: Range<Int>, into values: consuming MutableSpan<Float>) throws
  /// Fills `weights` (positions.count) with what the samples at those positions count; asked where they are weighted.
  func loadWeights(_ positions: Range<Int>, into weights: consuming MutableSpan<Float>) throws
}

extension BatchSource {
  /// The number of batches in a pass; the last one may be smaller.
  public var count: Int { samples / batchSize + (samples % batchSize == 0 ? 0 : 1) }

  /// Which positions of a pass batch number `batch` has.
  public func positions(of batch: Int) -> Range<Int> {
    let first = batch * batchSize
    return first..<first + min(batchSize, samples - first)
  }
}
