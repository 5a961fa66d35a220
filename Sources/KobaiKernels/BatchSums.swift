import CKernels
import KobaiPreconditions

/// The place of a batch in a whole one that comes in parts, so that no more than a part needs memory at a time (gradient
/// accumulation).
public struct BatchPart: Sendable, Equatable {
  /// The number of samples in the parts before.
  public var first: Int
  /// The number of samples in all parts together.
  public var whole: Int

  /// The part of a batch of `whole` samples that begins with sample `first`, counted from 0.
  public init(first: Int, of whole: Int) {
    require(first >= 0 && first < whole, "a part of \(whole) samples cannot begin with sample \(first)")
    (self.first, self.whole) = (first, whole)
  }

  /// Whether a part of so many samples is the last one.
  public func isLast(_ count: Int) -> Bool { first +| count == whole }
}

/// Which part of a batch is computed at the moment. A network says so to all of its layers.
public final class BatchPosition {
  /// The part; nil where the batch is whole.
  public var part: BatchPart?
  /// The samples in memory that a backward pass is for: a shard of them, whose sums are kept apart; nil for all of them.
  public var shard: Range<Int>?

  /// The part that the pass under way is for; that of its shard, where it is for one.
  public var current: BatchPart? {
    part.map { BatchPart(first: $0.first + (shard?.lowerBound ?? 0), of: $0.whole) }
  }

  /// A position in a whole batch.
  public init() {}
}

/// What one call of a backward kernel leaves to the next where a batch comes in parts, for its sums over the batch to go on.
///
/// The parts come one after the other and in order; the kernel's gradients are those of the whole batch after the last one,
/// with the bits of a single call for all of it at ``Precision/highest``. Before, their memory belongs to the sums.
@safe public final class BatchSums {
  private let position: BatchPosition
  private let rows: Int
  private let memory = Workspace()

  /// - Parameters:
  ///   - position: where the batch is.
  ///   - rows: how many rows a sample has for the kernel, such as the steps of a sequence.
  public init(at position: BatchPosition, rows: Int = 1) { (self.position, self.rows) = (position, rows) }

  /// The part, counted in rows; nil where the batch is whole, and where sums are those of a shard alone.
  public var part: BatchPart? {
    guard position.shard == nil else { return nil }
    return position.part.map { BatchPart(first: $0.first *| rows, of: $0.whole *| rows) }
  }
}

extension BatchSums? {
  /// Calls `body` with the part as C takes it, or nil.
  ///
  /// - Parameters:
  ///   - count: the rows of this call.
  ///   - floats: what the kernel keeps from one part to the next.
  func withPart(
    _ checks: Checks, _ count: Int, floats: @autoclosure () -> Int,
    _ body: (UnsafePointer<ck_batch_part>?) throws(KernelError) -> Void
  ) throws(KernelError) {
    guard let sums = self, let part = sums.part else { return try body(nil) }
    var raw = unsafe try part.raw(checks, count)
    unsafe raw.sums = unsafe sums.pointer(floats: floats())
    try unsafe withUnsafePointer(to: &raw) { part throws(KernelError) in try unsafe body(part) }
  }
}

extension BatchSums {
  @unsafe fileprivate func pointer(floats: Int) -> UnsafeMutablePointer<Float> {
    unsafe memory.pointer(floats: floats)
  }
}

extension BatchPart {
  @unsafe fileprivate func raw(_ checks: Checks, _ count: Int) throws(KernelError) -> ck_batch_part {
    try checks.require(
      first + count <= whole, "\(count) samples from sample \(first) on are no part of \(whole)")
    return unsafe ck_batch_part(first: first, whole: whole, sums: nil)
  }
}

extension BatchPart? {
  /// Calls `body` with the part as C takes it, or nil: for a forward pass, which keeps no sums.
  func withPart(
    _ checks: Checks, _ count: Int, _ body: (UnsafePointer<ck_batch_part>?) throws(KernelError) -> Void
  ) throws(KernelError) {
    guard let part = self else { return try body(nil) }
    var raw = unsafe try part.raw(checks, count)
    try unsafe withUnsafePointer(to: &raw) { part throws(KernelError) in try unsafe body(part) }
  }
}
