import Testing

@testable import KobaiKernels

/// The memory that is left, read from folders that look like /proc and /sys/fs/cgroup.
@Suite struct AvailableMemoryTests {
  private static let version2 = "30 23 0:28 / /sys/fs/cgroup rw,relatime shared:4 - cgroup2 cgroup2 rw\n"
  private static let version1 = "34 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
  private static let machine = "MemTotal: 9000 kB\nMemFree: 100 kB\nMemAvailable: 4000 kB\nSwapFree: 1000 kB\n"

  private static func bytes(meminfo: String?, mounts: String, groups: String, _ files: [String: String]) throws -> Int?
  {
    let system = try SystemFolder(mounts: mounts, groups: groups, files, meminfo: meminfo)
    return AvailableMemory.bytes(root: system.path)
  }

  @Test("what the machine has without taking any from others, and free swap")
  func machine() throws {
    #expect(try Self.bytes(meminfo: Self.machine, mounts: "", groups: "", [:]) == 5000 << 10)
    #expect(try Self.bytes(meminfo: "MemTotal: 9000 kB\n", mounts: "", groups: "", [:]) == nil)
    #expect(try Self.bytes(meminfo: nil, mounts: "", groups: "", [:]) == nil)
  }

  @Test("version 2: the least that the group and those around it leave; what is cached of files is free")
  func version2() throws {
    func bytes(_ files: [String: String]) throws -> Int? {
      try Self.bytes(meminfo: Self.machine, mounts: Self.version2, groups: "0::/user/job\n", files)
    }
    let job = ["user/job/memory.max": "3000000", "user/job/memory.current": "1000000"]
    #expect(try bytes([:]) == 5000 << 10)
    #expect(try bytes(["user/job/memory.max": "max", "user/job/memory.current": "1000"]) == 5000 << 10)
    #expect(try bytes(job) == 2_000_000)
    let cached = ["user/job/memory.stat": "anon 1\ninactive_file 100000\nactive_file 20000\nshmem 9"]
    #expect(try bytes(job.merging(cached) { $1 }) == 2_120_000)
    let outer = ["user/memory.max": "1000000", "user/memory.current": "1200000"]
    #expect(try bytes(job.merging(outer) { $1 }) == 0)
  }

  @Test("version 1: limit and use lie in the hierarchy of the memory controller")
  func version1() throws {
    let files = [
      "memory/a/memory.limit_in_bytes": "2000000", "memory/a/memory.usage_in_bytes": "500000",
      "memory/a/memory.stat": "inactive_file 7\ntotal_inactive_file 1000\ntotal_active_file 2000",
      "memory/memory.limit_in_bytes": "9223372036854771712", "memory/memory.usage_in_bytes": "900000",
    ]
    #expect(
      try Self.bytes(meminfo: nil, mounts: Self.version1, groups: "4:memory:/a\n0::/\n", files) == 1_503_000)
  }

  @Test("what there is not is said in words; small sizes are there")
  func words() throws {
    #expect(AvailableMemory.problem(with: 0) == nil && AvailableMemory.problem(with: 1 << 20) == nil)
    #expect(AvailableMemory.problem(with: 1 << 47) == "more memory than a process can address")
    let problem = try #require(AvailableMemory.problem(with: 1 << 46))
    #expect(problem.contains(/^67108864 MiB of memory, (and [0-9]+ are available|which there are not)$/), "\(problem)")
  }
}
