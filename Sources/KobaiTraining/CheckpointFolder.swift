import Foundation
import KobaiFiles

/// A folder of checkpoints: the last few of a training, and its best.
public struct CheckpointFolder {
  /// Where the folder is.
  public let path: String
  /// How many of the last ones are kept.
  public let kept: Int

  private static let prefix = "step-"
  private static let ending = ".safetensors"
  /// What the best checkpoint is called.
  public static let bestName = "best.safetensors"

  /// Opens the folder, and makes it where there is none. Checkpoints of another training stay as they are: a folder that
  /// holds any is refused.
  ///
  /// - Parameters:
  ///   - path: where the folder is.
  ///   - kept: how many of the last ones are kept.
  ///   - origin: what the training goes on from. If that lies in the folder, the checkpoints there are its own.
  /// - Throws: `FileError` where nothing can be written there, or where the checkpoints of another training lie.
  public init(_ path: String, keeping kept: Int = 3, from origin: Checkpoint? = nil) throws(FileError) {
    precondition(kept > 0, "at least one checkpoint has to be kept")
    (self.path, self.kept) = (path, kept)
    func folder(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }
    let isOwn = origin.map { folder(($0.path as NSString).deletingLastPathComponent) == folder(path) } ?? false
    guard isOwn || Self.names(in: path).isEmpty else {
      throw FileError(path: path, reason: "holds the checkpoints of another training; resume that or name a new folder")
    }
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw FileError(path: path, reason: "no folder can be made there")
    }
    _ = try AtomicFile("\(path)/\(Self.bestName)")
  }

  /// Writes a checkpoint (see ``Checkpoint/write(_:notes:metadata:to:)``), and drops those that are too many.
  ///
  /// - Parameters:
  ///   - trainer: the training, between two steps.
  ///   - notes: words for whoever reads it as a checkpoint.
  ///   - metadata: words for whoever reads it as weights.
  ///   - isBest: whether it replaces the best one as well.
  public func write(
    _ trainer: Trainer, notes: [String: String] = [:], metadata: [String: String] = [:], isBest: Bool = false
  ) throws {
    let digits = String(trainer.progress.step)
    let name = Self.prefix + String(repeating: "0", count: max(0, 9 - digits.count)) + digits + Self.ending
    for file in isBest ? [name, Self.bestName] : [name] {
      try Checkpoint.write(trainer, notes: notes, metadata: metadata, to: "\(path)/\(file)")
    }
    // Where the training went on from a checkpoint that was not the last, later ones are there already.
    for old in Self.names(in: path).dropLast(kept) where old != name {
      try? FileManager.default.removeItem(atPath: "\(path)/\(old)")
    }
  }

  /// The newest checkpoint of a folder, or the file itself where a file is named.
  ///
  /// - Throws: `FileError` where there is none, or where it is damaged.
  public static func latest(in path: String) throws(FileError) -> Checkpoint {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw FileError(path: path, reason: "no such file or folder")
    }
    guard isFolder.boolValue else { return try Checkpoint(path) }
    guard let newest = names(in: path).last else {
      throw FileError(path: path, reason: "holds no checkpoint (\(prefix)….safetensors)")
    }
    return try Checkpoint("\(path)/\(newest)")
  }

  /// The checkpoints by step, oldest first.
  private static func names(in path: String) -> [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return all.filter { $0.hasPrefix(prefix) && $0.hasSuffix(ending) }.sorted()
  }
}
