import KobaiFiles

/// The control groups of this process, by which containers and service managers share a machine out (cgroups(7)).
enum ControlGroups {
  /// A mounted hierarchy of groups.
  private struct Hierarchy {
    let isVersion2: Bool
    /// What a hierarchy of version 1 limits, among others "cpu" and "memory".
    let controllers: [Substring]
    let mountPoint: String
    /// The path, within the hierarchy, of the group at the mount point.
    let root: String
  }

  /// How many processors' time the process may use: the least of the quotas of its group and of all groups around that one,
  /// nil where none has any.
  ///
  /// - Parameter root: a folder to look into instead of the file system's own root.
  static func processorQuota(root: String = "") -> Double? { least(of: "cpu", below: root, quota) }

  /// How many bytes of memory the process may still take: the least of what its group and all groups around that one leave, nil
  /// where none has a limit.
  ///
  /// - Parameter root: a folder to look into instead of the file system's own root.
  static func memoryLeft(root: String = "") -> Int? { least(of: "memory", below: root, memoryLeft) }

  /// The least value of the process' groups.
  ///
  /// - Parameter value: what a controller says in the folder of one group; nil for one without a limit.
  private static func least<Value: Comparable>(
    of controller: Substring, below root: String, _ value: (_ folder: String, _ isVersion2: Bool) -> Value?
  ) -> Value? {
    let mounts = lines(of: "\(root)/proc/self/mountinfo").compactMap(hierarchy)
    // "0::/path" is version 2, "4:cpu,cpuacct:/path" a hierarchy of version 1.
    let values = lines(of: "\(root)/proc/self/cgroup").compactMap { line -> Value? in
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return nil }
      let isVersion2 = fields[1].isEmpty
      guard isVersion2 || fields[1].split(separator: ",").contains(controller),
        let mount = mounts.first(where: {
          $0.isVersion2 == isVersion2 && (isVersion2 || $0.controllers.contains(controller))
        })
      else { return nil }
      return least(from: String(fields[2]), in: mount, below: root, value)
    }
    return values.min()
  }

  /// The hierarchy that a line of mountinfo tells of (proc_pid_mountinfo(5)).
  private static func hierarchy(_ line: Substring) -> Hierarchy? {
    let fields = line.split(separator: " ")
    guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count >= dash + 4 else { return nil }
    let isVersion2 = fields[dash + 1] == "cgroup2"
    guard isVersion2 || fields[dash + 1] == "cgroup" else { return nil }
    return Hierarchy(
      isVersion2: isVersion2, controllers: fields[dash + 3].split(separator: ","), mountPoint: String(fields[4]),
      root: String(fields[3]))
  }

  /// The least value of a group and of those around it.
  private static func least<Value: Comparable>(
    from group: String, in hierarchy: Hierarchy, below root: String, _ value: (String, Bool) -> Value?
  ) -> Value? {
    // A container may see the names that its groups have outside; at the mount point lies its own then.
    let isBelow = hierarchy.root == "/" || group == hierarchy.root || group.hasPrefix(hierarchy.root + "/")
    let inside = isBelow && hierarchy.root != "/" ? String(group.dropFirst(hierarchy.root.count)) : isBelow ? group : ""
    var names = inside.split(separator: "/")
    var least: Value?
    while true {
      let folder = ([root + hierarchy.mountPoint] + names.map(String.init)).joined(separator: "/")
      if let own = value(folder, hierarchy.isVersion2) { least = min(least ?? own, own) }
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

  /// The limit of one group, less what its processes hold. What it caches of files counts as free, for the system gives that up
  /// first.
  private static func memoryLeft(in folder: String, isVersion2: Bool) -> Int? {
    func number(_ file: String) -> Int? { lines(of: "\(folder)/\(file)").first.flatMap { Int($0) } }
    let names = isVersion2 ? ("memory.max", "memory.current") : ("memory.limit_in_bytes", "memory.usage_in_bytes")
    guard let limit = number(names.0), let used = number(names.1) else { return nil }  // "max": no limit
    let prefix = isVersion2 ? "" : "total_"
    let cached = lines(of: "\(folder)/memory.stat").reduce(0) { sum, line in
      let fields = line.split(separator: " ")
      let isFile = fields.first == "\(prefix)inactive_file" || fields.first == "\(prefix)active_file"
      return isFile ? sum + (fields.last.flatMap { Int($0) } ?? 0) : sum
    }
    return max(0, limit - max(0, used - cached))
  }

  private static func lines(of path: String) -> [Substring] {
    guard let bytes = try? readFile(path) else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
  }
}
