import Foundation

/// A folder that goes when the test is over.
public final class TemporaryFolder {
  public let path: String

  /// - Parameter inMemory: whether it lies in memory where the system has a place for that: for tests that write thousands of files.
  public init(inMemory: Bool = false) throws {
    let (memory, disk) = ("/dev/shm", FileManager.default.temporaryDirectory.path)
    let place = inMemory && FileManager.default.isWritableFile(atPath: memory) ? memory : disk
    path = "\(place)/kobai-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

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
