import CKernels

/// What training does to all gradients, or to all weights, at once.
extension Kernels {
  /// sum ← sum + x
  ///
  /// - Throws: `KernelError` where the sum has another number of elements.
  public func add(_ x: Span<Float>, into sum: consuming MutableSpan<Float>) throws(KernelError) {
    try Checks("add").count("sum", sum.count, x.count)
    let target = unsafe sum.pointer()
    unsafe withContext { unsafe ck_add($0, x.count, x.pointer, target) }
  }

  /// x ← factor · x
  public func scale(_ x: consuming MutableSpan<Float>, by factor: Float) {
    let (count, target) = (x.count, unsafe x.pointer())
    unsafe withContext { unsafe ck_scale($0, count, factor, target) }
  }

  /// Limits every element to −limit ... limit; a NaN stays one.
  ///
  /// - Throws: `KernelError` where the limit is negative.
  public func clamp(_ x: consuming MutableSpan<Float>, to limit: Float) throws(KernelError) {
    try Checks("clamp").require(limit >= 0, "limit \(limit) must not be negative")
    let (count, target) = (x.count, unsafe x.pointer())
    unsafe withContext { unsafe ck_clamp($0, count, limit, target) }
  }

  /// average ← average + weight · (x − average): a step of an exponential moving average.
  public func lerp(_ x: Span<Float>, weight: Float, into average: consuming MutableSpan<Float>) throws(KernelError) {
    try Checks("lerp").count("average", average.count, x.count)
    let target = unsafe average.pointer()
    unsafe withContext { unsafe ck_lerp($0, x.count, weight, x.pointer, target) }
  }

  /// Σ x². Half of it times λ is what weight decay adds to a loss.
  public func squaredNorm(_ x: Span<Float>) -> Double {
    unsafe withContext { unsafe ck_squared_norm($0, x.count, x.pointer) }
  }
}
