import KobaiKernels

/// Keeps the account of a batch that comes in parts: tells the layers which part is computed, adds up the gradients of those
/// that know nothing of parts, and knows when the whole is complete.
final class PartialGradients {
  private let position: BatchPosition
  private let overwritten: [Parameter]  // whose layers forget the parts before
  private let kernels: Kernels
  private var before: [Tensor] = []  // their gradients of the parts before, allocated when the first parts come
  private var summed = 0  // the samples whose gradients are complete
  private var whole = 0  // of which batch

  init(_ construction: Construction) {
    (position, overwritten, kernels) = (construction.position, construction.overwritten, construction.kernels)
  }

  /// Takes the part that a forward pass of so many samples is for.
  func take(_ part: BatchPart?, _ count: Int) throws(KernelError) {
    guard let part else {
      position.part = nil
      return
    }
    guard part.first + count <= part.whole else {
      throw .invalid(
        kernel: "network", reason: "\(count) samples from sample \(part.first) on are no part of \(part.whole)")
    }
    position.part = part.first == 0 && count == part.whole ? nil : part
  }

  /// Begins the backward pass of the part.
  func begin() throws(KernelError) {
    guard let part = position.part, part.first > 0 else { return }
    guard part.first == summed, part.whole == whole else {
      throw .invalid(
        kernel: "network",
        reason: "the part from sample \(part.first) of \(part.whole) on cannot follow sample \(summed) of \(whole); "
          + "the parts of a batch come in order, each with a forward and a backward pass")
    }
    if before.isEmpty { before = overwritten.map { Tensor($0.gradient.shape) } }
    for i in overwritten.indices where overwritten[i].tuning.isTrainable {
      before[i].copy(from: overwritten[i].gradient)
    }
  }

  /// Ends the backward pass of a part of so many samples, and says whether it was the last.
  func end(_ count: Int) throws(KernelError) -> Bool {
    guard let part = position.part else {
      (summed, whole) = (0, 0)
      return true
    }
    for i in overwritten.indices where part.first > 0 && overwritten[i].tuning.isTrainable {
      let gradient = overwritten[i].gradient
      try kernels.add(before[i].span, gradient.span, into: gradient.mutableSpan)
    }
    (summed, whole) = part.isLast(count) ? (0, 0) : (part.first + count, part.whole)
    return part.isLast(count)
  }
}
