import CKernels
import KobaiPreconditions

/// Work of your own on the kernels' threads, as that of a layer that Kobai does not have.
///
/// The closures run on several threads at once, so that they are `@Sendable`: they read spans and values, and write to the
/// parts that they are given alone. Denormal numbers count as zero meanwhile, as in all kernels. Who computes what depends
/// on the machine and on how busy it is. So that the bits do not, each element has to be computed from beginning to end in
/// one call, and sums must be cut by the shape of the data, not by ranges. A call allocates nothing.
extension Kernels {
  /// Calls `body` with ranges that together are 0 ..< count, on several threads at once, and returns when all are done.
  ///
  /// - Parameters:
  ///   - count: how many things there are to do.
  ///   - grain: how many of them are worth another thread: about three microseconds of work.
  ///   - unit: ranges are cut at multiples of it.
  ///   - body: is told its range. A call inside it runs on its own thread.
  public func parallelFor(_ count: Int, grain: Int, unit: Int = 1, _ body: @Sendable (_ range: Range<Int>) -> Void) {
    require(grain > 0 && unit > 0, "a grain of \(grain) and a unit of \(unit): both must be positive")
    guard count > 0 else { return }
    unsafe withContext { context in
      unsafe parallelForClosure(context, count, grain, unit) { first, count in body(first..<first + count) }
    }
  }

  /// The same, with the part of `y` that belongs to each range, for the body to write to.
  ///
  /// ```swift
  /// try kernels.parallelFor(rows, grain: 64, into: means.mutableSpan) { range, part in
  ///   for i in range {
  ///     var sum: Float = 0
  ///     for j in 0..<columns { sum += x[i * columns + j] }
  ///     part[i - range.lowerBound] = sum / Float(columns)
  ///   }
  /// }
  /// ```
  ///
  /// - Parameters:
  ///   - count: how many things there are to do.
  ///   - grain: how many of them are worth another thread: about three microseconds of work.
  ///   - y: `y.count / count` elements for each of them.
  ///   - body: is told its range and given that range's elements, the first of which is that of `range.lowerBound`.
  /// - Throws: `KernelError` where `y` has not as many elements for each.
  public func parallelFor(
    _ count: Int, grain: Int, into y: consuming MutableSpan<Float>,
    _ body: @Sendable (_ range: Range<Int>, _ part: inout MutableSpan<Float>) -> Void
  ) throws(KernelError) {
    let checks = Checks("parallel for")
    guard count > 0, y.count > 0 else { return try checks.count("y", y.count, 0) }
    try checks.require(y.count % count == 0, "y has \(y.count) elements, which \(count) cannot share evenly")
    let each = y.count / count
    nonisolated(unsafe) let target = unsafe y.pointer()
    parallelFor(count, grain: grain) { range in
      var part = unsafe MutableSpan(_unsafeStart: target! + range.lowerBound * each, count: range.count * each)
      body(range, &part)
    }
  }
}

/// `ck_parallel_for` with a closure, which C takes as Swift's calling convention passes it (CKernels/src/cpu/parallel_for.c): a
/// closure that C is given a pointer to would have to escape, to memory that is allocated for it.
@_silgen_name("ck_parallel_for_closure")
private func parallelForClosure(
  _ context: UnsafePointer<ck_context>, _ count: Int, _ grain: Int, _ unit: Int,
  _ body: @Sendable (_ first: Int, _ count: Int) -> Void)
