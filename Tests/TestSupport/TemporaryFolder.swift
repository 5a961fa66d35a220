import Foundation

/// A folder that goes when the test is over.
public final class TemporaryFolder {
  public let path: String

  public init() throws {
    path = "\(Self.place)/kobai-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// In memory where the system has a place for that, and room: whatever is stored waits for its disk, thousands of times. TMPDIR
  /// says otherwise.
  private static let place: String = {
    let memory = "/dev/shm"
    let free = try? FileManager.default.attributesOfFileSystem(forPath: memory)[.systemFreeSize] as? Int
    let isWanted = ProcessInfo.processInfo.environment["TMPDIR"] == nil && (free ?? 0) > 2 << 30
    return isWanted && FileManager.default.isWritableFile(atPath: memory)
      ? memory : FileManager.default.temporaryDirectory.path
  }()

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of something in the folder.
  public static func / (folder: TemporaryFolder, name: String) -> String { "\(folder.path)/\(name)" }

  public func contents() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }

  /// Writes a file, and makes the folders that `name` says it lies in.
  public func write(_ bytes: [UInt8], to name: String) throws {
    let url = URL(fileURLWithPath: self / name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }
}
