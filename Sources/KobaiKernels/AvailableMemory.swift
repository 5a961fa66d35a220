import KobaiFiles

/// The memory that the machine, and the control groups of this process, still have for it.
package enum AvailableMemory {
  /// The bytes that can be had without taking any from other processes, free swap included; nil where the system does not say.
  ///
  /// - Parameter root: a folder to look into instead of the file system's own root.
  package static func bytes(root: String = "") -> Int? {
    [ofMachine(root), ControlGroups.memoryLeft(root: root)].compactMap(\.self).min()
  }

  /// What proc_meminfo(5) says.
  private static func ofMachine(_ root: String) -> Int? {
    guard let bytes = try? readFile("\(root)/proc/meminfo") else { return nil }
    var kilobytes: [Substring: Int] = [:]
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let fields = line.split(separator: " ")  // "MemAvailable:   16266816 kB"
      guard fields.count >= 2, let number = Int(fields[1]) else { continue }
      kilobytes[fields[0]] = number
    }
    guard let available = kilobytes["MemAvailable:"] else { return nil }
    return (available + (kilobytes["SwapFree:"] ?? 0)) * 1024
  }

  /// Why so many bytes cannot be had, in words that follow "needs"; nil where they can, as far as the system says.
  package static func problem(with bytes: Int) -> String? {
    guard bytes < limit else { return "more memory than a process can address" }
    let size = "\(megabytes(bytes)) MiB of memory"
    // Every machine has as little as this; to ask takes a tenth of a millisecond.
    if bytes > 16 << 20, let available = Self.bytes(), available < bytes {
      return "\(size), and \(available >> 20) are available"
    }
    return AlignedMemory.isAvailable(bytes: bytes) ? nil : "\(size), which there are not"
  }

  /// More bytes than a process can address.
  package static let limit = 1 << 47

  private static func megabytes(_ bytes: Int) -> Int { (bytes + (1 << 20) - 1) >> 20 }
}
