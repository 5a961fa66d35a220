import CKernels

/// The weight of a convolution as a plan's forward pass reads it: a copy, which later changes of the weight do not reach.
/// Winograd's takes 16 floats for each 3 × 3 window.
///
/// Any number of threads may read it at once, and any plan of the same convolution, whatever its batch and threads, and
/// whatever its post-op as long as it pools or does not.
@safe public final class PackedConv2DWeight: @unchecked Sendable {  // its memory is written before anybody else has it
  /// The bytes that it takes.
  public var bytes: Int { memory.bytes }
  /// Whether it is all that the forward pass reads of the weight: everywhere but at ``Precision/high``, where the weight's own
  /// numbers decide whether two bfloat16 terms have the range for them.
  public let replacesWeight: Bool
  private let packing: Conv2DPacking
  private let memory: AlignedMemory

  fileprivate init(_ plan: Conv2DPlan, bytes: Int) {
    (packing, replacesWeight) = (plan.packing, plan.packingReplacesWeight)
    memory = AlignedMemory(bytes: bytes)
  }

  func fits(_ plan: Conv2DPlan) -> Bool { packing == plan.packing }
  @unsafe var pointer: UnsafeMutableRawPointer { unsafe memory.base }
}

/// What decides how a convolution's weights are packed: plans that agree on it read each other's.
public struct Conv2DPacking: Hashable, Sendable {
  private let shape: Conv2DShape
  private let algorithm: Conv2DAlgorithm
  private let instructionSet: InstructionSet
  private let precision: Precision

  fileprivate init(_ plan: Conv2DPlan) {
    var shape = plan.shape
    // Without pooling a depthwise convolution may run on planes as they lie, which has the weights in another order.
    (shape.batch, shape.postOp) = (1, shape.postOp.pools ? .reluMaxPool : .none)
    (self.shape, algorithm) = (shape, plan.algorithms.forward)
    (instructionSet, precision) = (plan.kernels.instructionSet, plan.kernels.precision)
  }
}

extension Conv2DPlan {
  /// How the plan's weights are packed.
  public var packing: Conv2DPacking { Conv2DPacking(self) }

  /// Whether packed weights are all that the forward pass reads of them: ``PackedConv2DWeight/replacesWeight``.
  public var packingReplacesWeight: Bool { unsafe !ck_conv2d_reads_plain_weights(plan) }

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

  /// The scratch that forward passes need whose weights were packed before.
  public var packedWorkspaceBytes: Int { unsafe ck_conv2d_packed_workspace_bytes(plan) }
}
