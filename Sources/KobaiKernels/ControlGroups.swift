import KobaiFiles

/// The control groups of this process, by which containers and service managers share a machine out (cgroups(7)).
enum ControlGroups {
  /// A mounted hierarchy of groups.
  private struct Hierarchy {
    let isVersion2: Bool
    let mountPoint: String
    /// The path, within the hierarchy, of the group at the mount point.
    let root: String
  }

  /// How many processors' time the process may use: the least of the quotas of its group and of all groups around that one,
  /// nil where none has any.
  ///
  /// - Parameter root: a folder to look into instead of the file system's own root.
  static func processorQuota(root: String = "") -> Double? {
    let mounts = lines(of: "\(root)/proc/self/mountinfo").compactMap(hierarchy)
    // "0::/path" is version 2, "4:cpu,cpuacct:/path" a hierarchy of version 1.
    let quotas = lines(of: "\(root)/proc/self/cgroup").compactMap { line -> Double? in
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return nil }
      let isVersion2 = fields[1].isEmpty
      guard isVersion2 || fields[1].split(separator: ",").contains("cpu"),
        let mount = mounts.first(where: { $0.isVersion2 == isVersion2 })
      else { return nil }
      return quota(of: String(fields[2]), in: mount, below: root)
    }
    return quotas.min()
  }

  /// The hierarchy that a line of mountinfo tells of, if it is one that limits processors (proc_pid_mountinfo(5)).
  private static func hierarchy(_ line: Substring) -> Hierarchy? {
    let fields = line.split(separator: " ")
    guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count >= dash + 4 else { return nil }
    let isVersion2 = fields[dash + 1] == "cgroup2"
    let limitsProcessors = fields[dash + 1] == "cgroup" && fields[dash + 3].split(separator: ",").contains("cpu")
    guard isVersion2 || limitsProcessors else { return nil }
    return Hierarchy(isVersion2: isVersion2, mountPoint: String(fields[4]), root: String(fields[3]))
  }

  private static func quota(of group: String, in hierarchy: Hierarchy, below root: String) -> Double? {
    // A container may see the names that its groups have outside; at the mount point lies its own then.
    let isBelow = hierarchy.root == "/" || group == hierarchy.root || group.hasPrefix(hierarchy.root + "/")
    let inside = isBelow && hierarchy.root != "/" ? String(group.dropFirst(hierarchy.root.count)) : isBelow ? group : ""
    var names = inside.split(separator: "/")
    var least: Double?
    while true {
      let folder = ([root + hierarchy.mountPoint] + names.map(String.init)).joined(separator: "/")
      if let own = quota(in: folder, isVersion2: hierarchy.isVersion2) { least = min(least ?? own, own) }
      if names.popLast() == nil { return least }
    }
  }

  /// The quota of one group: microseconds of processor time in each period, over the period.
  private static func quota(in folder: String, isVersion2: Bool) -> Double? {
    let values =
      isVersion2
      ? lines(of: "\(folder)/cpu.max").first?.split(separator: " ").map { Double($0) }  // "max 100000": no quota
      : ["cpu.cfs_quota_us", "cpu.cfs_period_us"].map { lines(of: "\(folder)/\($0)").first.flatMap { Double($0) } }
    guard let values, values.count == 2, let quota = values[0], let period = values[1], quota > 0, period > 0 else {
      return nil
    }
    return quota / period
  }

  private static func lines(of path: String) -> [Substring] {
    guard let bytes = try? readFile(path) else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
  }
}
