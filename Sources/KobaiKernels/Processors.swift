import CKernels

/// The processors that this process can keep busy.
public struct Processors: Sendable, Equatable {
  /// Those it may run on: its affinity mask, as `taskset` sets it.
  public let allowed: Int
  /// How many processors' time it may use, where a container or a service has a CPU quota; nil where it has none.
  public let quota: Double?

  /// As many threads as they are good for: one more than a whole number of processors uses up the rest of the quota.
  public var usable: Int {
    guard let quota, quota < Double(allowed) else { return allowed }
    return max(1, Int(quota.rounded(.up)))
  }

  /// Those of this process, as they were when it first asked.
  public static let current = Processors(allowed: Int(ck_processors()), quota: ControlGroups.processorQuota())
}
