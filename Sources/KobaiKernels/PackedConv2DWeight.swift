import CKernels

/// The weight of a convolution as a plan's forward pass reads it: a copy, which later changes of the weight do not reach.
/// Winograd's takes 16 floats for each 3 × 3 window.
@safe public final class PackedConv2DWeight {
  private let plan: Conv2DPlan
  private let memory: AlignedMemory

  fileprivate init(_ plan: Conv2DPlan, bytes: Int) { (self.plan, memory) = (plan, AlignedMemory(bytes: bytes)) }

  func fits(_ other: Conv2DPlan) -> Bool { plan === other }
  @unsafe var pointer: UnsafeMutableRawPointer { unsafe memory.base }
}

extension Conv2DPlan {
  /// Packs the weight once for many calls of
  /// ``forward(batch:_:weight:packed:bias:into:kept:argmax:shortcut:workspace:)``, which otherwise each pack it.
  ///
  /// - Parameter weight: (filters, channels / groups, kernel height, kernel width)
  /// - Throws: ``KernelError`` where its size is not the shape's.
  public func pack(weight: Span<Float>) throws(KernelError) -> PackedConv2DWeight {
    try Checks("conv2d pack").count("weight", weight.count, shape.weightCount)
    let packed = unsafe PackedConv2DWeight(self, bytes: ck_conv2d_packed_bytes(plan))
    unsafe ck_conv2d_pack(plan, weight.pointer, packed.pointer)
    return packed
  }
}
