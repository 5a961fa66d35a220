import CKernels
import KobaiPreconditions

/// Names a stream of random numbers. Element i of it is a pure function of the key and i (Philox4x32-10), so that
/// neither the number of threads nor the order of the draws changes it.
public struct RandomKey: Sendable, Hashable {
  /// The seed that the user chose.
  public var seed: UInt64
  /// The stream, one for each consumer: a layer, the shuffling, the augmentation.
  public var stream: UInt32
  /// The point in time: the training step, or the epoch.
  public var step: UInt32

  /// A stream by its number. Those of ``Purpose`` have their purpose in the highest four bits.
  public init(seed: UInt64, stream: UInt32 = 0, step: UInt32 = 0) {
    (self.seed, self.stream, self.step) = (seed, stream, step)
  }

  /// What the numbers are drawn for. Each purpose has 2²⁸ streams of its own, so that none ever shares numbers with
  /// another.
  public enum Purpose: UInt32, Sendable {
    /// The first values of parameters; a stream for each.
    case weights
    /// The elements that a layer drops; a stream for each layer.
    case dropout
    /// The order of the images in an epoch.
    case shuffle
    /// How each image is changed.
    case augmentation
    /// Which images are set aside for validation.
    case split
  }

  /// Stream `index` of those set aside for `purpose`.
  public init(seed: UInt64, _ purpose: Purpose, index: Int = 0, step: Int = 0) {
    require(index >= 0 && index < 1 << 28, "stream \(index) is out of range")
    self.init(seed: seed, stream: purpose.rawValue << 28 | UInt32(index), step: UInt32(truncatingIfNeeded: step))
  }

  var raw: ck_random_key { ck_random_key(seed: seed, stream: stream, step: step) }
}

extension Kernels {
  /// Fills `out` with 32 random bits each.
  public func randomBits(_ key: RandomKey, into out: consuming MutableSpan<UInt32>) {
    let (count, target) = (out.count, unsafe out.pointer())
    unsafe withContext { unsafe ck_random_bits($0, key.raw, count, target) }
  }

  /// Fills `out` with uniform numbers in the range.
  public func randomUniform(_ key: RandomKey, _ range: Range<Float>, into out: consuming MutableSpan<Float>) {
    let (count, target) = (out.count, unsafe out.pointer())
    unsafe withContext {
      unsafe ck_random_uniform($0, key.raw, range.lowerBound, range.upperBound, count, target)
    }
  }

  /// Fills `out` with normal numbers.
  public func randomNormal(
    _ key: RandomKey, mean: Float = 0, deviation: Float = 1, into out: consuming MutableSpan<Float>
  ) {
    let (count, target) = (out.count, unsafe out.pointer())
    unsafe withContext { unsafe ck_random_normal($0, key.raw, mean, deviation, count, target) }
  }

  /// y = x / (1 − rate), or 0 with probability `rate`. The backward pass is the same call on the gradient: the same
  /// key drops the same elements. Element `first` + i of the stream decides on x[i].
  public func dropout(
    _ key: RandomKey, rate: Float, first: Int = 0, _ x: Span<Float>, into y: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks("dropout")
    try checks.require(rate >= 0 && rate < 1, "rate \(rate) must be in 0 ..< 1")
    try checks.require(first >= 0, "the stream has no element \(first)")
    try checks.count("y", y.count, x.count)
    let target = unsafe y.pointer()
    unsafe withContext { unsafe ck_dropout($0, key.raw, first, rate, x.count, x.pointer, target) }
  }

  /// The same where whole planes of x (planes, plane) are dropped, as many as `plane` goes into x: element `first` + i of
  /// the stream decides on plane i.
  public func dropoutPlanes(
    _ key: RandomKey, rate: Float, plane: Int, first: Int = 0, _ x: Span<Float>, into y: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks("dropout of planes")
    try checks.require(rate >= 0 && rate < 1, "rate \(rate) must be in 0 ..< 1")
    try checks.require(first >= 0, "the stream has no element \(first)")
    try checks.require(plane > 0 && x.count % plane == 0, "\(x.count) elements are no planes of \(plane)")
    try checks.count("y", y.count, x.count)
    let target = unsafe y.pointer()
    unsafe withContext { unsafe ck_dropout_planes($0, key.raw, first, rate, x.count / plane, plane, x.pointer, target) }
  }
}
