import Testing

@testable import KobaiKernels

/// Quotas of control groups, read from folders that look like /proc and /sys/fs/cgroup.
@Suite struct ControlGroupsTests {
  private static let version2 = "30 23 0:28 / /sys/fs/cgroup rw,relatime shared:4 - cgroup2 cgroup2 rw\n"
  private static let version1 = """
    31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
    32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
    33 31 0:30 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset

    """

  /// A machine whose process is in `groups`, with the `files` of its groups.
  private static func quota(mounts: String, groups: String, _ files: [String: String]) throws -> Double? {
    let system = try SystemFolder(mounts: mounts, groups: groups, files)
    return ControlGroups.processorQuota(root: system.path)
  }

  @Test("version 2: the least of the group's own quota and those around it")
  func nested() throws {
    func quota(_ files: [String: String]) throws -> Double? {
      try Self.quota(mounts: Self.version2, groups: "0::/user/job\n", files)
    }
    #expect(try quota([:]) == nil)
    #expect(try quota(["user/job/cpu.max": "max 100000", "user/cpu.max": "max 100000"]) == nil)
    #expect(try quota(["user/job/cpu.max": "150000 100000"]) == 1.5)
    #expect(try quota(["user/job/cpu.max": "150000 100000", "user/cpu.max": "25000 50000"]) == 0.5)
    #expect(try quota(["user/job/cpu.max": "max 100000", "user/cpu.max": "400000 100000"]) == 4)
    #expect(try quota(["cpu.max": "100000 100000"]) == 1, "a container's own group lies at the mount point")
    #expect(try quota(["other/cpu.max": "100000 100000"]) == nil)
    for damaged in ["", "150000", "-1 100000", "x y", "100000 0", "0 100000"] {
      #expect(try quota(["user/job/cpu.max": damaged]) == nil, "\(damaged)")
    }
  }

  @Test("version 1: quota and period lie in files of their own, in the hierarchy of the cpu controller")
  func hierarchies() throws {
    func quota(_ files: [String: String]) throws -> Double? {
      try Self.quota(mounts: Self.version1, groups: "5:cpuset:/a\n4:cpu,cpuacct:/a/b\n0::/\n", files)
    }
    let period = ["cpu,cpuacct/a/b/cpu.cfs_period_us": "100000", "cpu,cpuacct/a/cpu.cfs_period_us": "50000"]
    func with(_ files: [String: String]) -> [String: String] { period.merging(files) { $1 } }
    #expect(try quota(period) == nil)
    #expect(try quota(with(["cpu,cpuacct/a/b/cpu.cfs_quota_us": "-1"])) == nil)
    #expect(try quota(with(["cpu,cpuacct/a/b/cpu.cfs_quota_us": "50000"])) == 0.5)
    let both = ["cpu,cpuacct/a/b/cpu.cfs_quota_us": "800000", "cpu,cpuacct/a/cpu.cfs_quota_us": "100000"]
    #expect(try quota(with(both)) == 2)
  }

  @Test("a container that sees its groups' outer names, but has only its own mounted")
  func container() throws {
    let mounts = "32 31 0:29 /docker/1f2e /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n"
    let files = ["cpu/cpu.cfs_quota_us": "300000", "cpu/cpu.cfs_period_us": "100000"]
    #expect(try Self.quota(mounts: mounts, groups: "4:cpu:/docker/1f2e\n", files) == 3)
    #expect(try Self.quota(mounts: mounts, groups: "4:cpu:/elsewhere\n", files) == 3)
    #expect(try Self.quota(mounts: "", groups: "4:cpu:/docker/1f2e\n", files) == nil)
  }

  @Test(
    arguments: [
      (4, nil, 4), (4, 0.5, 1), (4, 1.0, 1), (4, 1.5, 2), (4, 4.0, 4), (4, 9.0, 4), (1, 0.01, 1),
    ] as [(Int, Double?, Int)])
  func usableProcessors(_ allowed: Int, _ quota: Double?, _ usable: Int) {
    #expect(Processors(allowed: allowed, quota: quota).usable == usable)
  }
}
