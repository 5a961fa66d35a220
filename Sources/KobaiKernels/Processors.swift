import CKernels

/// The processors that this process can keep busy.
public struct Processors: Sendable, Equatable {
  /// How many it may run on: the size of its affinity mask, which `taskset` sets.
  public let allowed: Int
  /// How many processors' time it may use, where a container or a service has a CPU quota; nil where it has none.
  public let quota: Double?

  /// How many threads they can keep busy: one more than a whole number of processors uses up the rest of the quota.
  public var usable: Int {
    guard let quota, quota < Double(allowed) else { return allowed }
    return max(1, Int(quota.rounded(.up)))
  }

  /// The processors of this process, as they were when it first asked.
  public static let current = Processors(allowed: Int(ck_processors()), quota: ControlGroups.processorQuota())
}
