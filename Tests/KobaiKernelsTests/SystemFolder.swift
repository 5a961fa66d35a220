import TestSupport

/// A folder that looks like the root of a system to what asks about its memory and control groups.
struct SystemFolder {
  private let folder: TemporaryFolder
  var path: String { folder / "." }

  /// - Parameters:
  ///   - mounts: /proc/self/mountinfo.
  ///   - groups: /proc/self/cgroup.
  ///   - files: those below /sys/fs/cgroup, each of one line or more.
  ///   - meminfo: /proc/meminfo; nil where it is missing.
  init(mounts: String, groups: String, _ files: [String: String], meminfo: String? = nil) throws {
    folder = try TemporaryFolder()
    if let meminfo { try folder.write(Array(meminfo.utf8), to: "proc/meminfo") }
    try folder.write(Array(mounts.utf8), to: "proc/self/mountinfo")
    try folder.write(Array(groups.utf8), to: "proc/self/cgroup")
    for (path, text) in files { try folder.write(Array("\(text)\n".utf8), to: "sys/fs/cgroup/\(path)") }
  }
}
