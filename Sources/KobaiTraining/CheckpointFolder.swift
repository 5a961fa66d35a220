import Foundation
import KobaiFiles
import KobaiPreconditions

/// A folder that holds the last few checkpoints of a training, and its best. As long as this value lives, no other
/// training can write to the folder, in this process or in another.
public struct CheckpointFolder {
  /// Where the folder is.
  public let path: String
  /// How many of the last checkpoints are kept.
  public let kept: Int
  /// The names of checkpoints that were here already and are later than the one that the training is resumed from: another
  /// way on from there, which the first checkpoint that is written replaces.
  public let replaced: [String]
  private let lock: FolderLock

  private static let prefix = "step-"
  private static let ending = ".safetensors"
  /// What the best checkpoint is called.
  public static let bestName = "best.safetensors"

  /// Opens the folder, and makes it where there is none. Checkpoints of another training stay as they are: a folder that
  /// holds any is refused.
  ///
  /// - Parameters:
  ///   - path: where the folder is.
  ///   - kept: how many of the last checkpoints are kept.
  ///   - origin: the checkpoint that the training is resumed from. If it lies in the folder, the checkpoints there
  ///     are those of this training.
  /// - Throws: `FileError` where nothing can be written there, where another training writes at this moment, or where
  ///   the checkpoints of another one lie.
  public init(_ path: String, keeping kept: Int = 3, from origin: Checkpoint? = nil) throws(FileError) {
    require(kept > 0, "at least one checkpoint has to be kept")
    (self.path, self.kept) = (path, kept)
    try createFolder(path)
    lock = try FolderLock(path)
    var isOwn = false
    if let origin {
      let folder = (origin.path as NSString).deletingLastPathComponent
      isOwn = try fileStatus(folder.isEmpty ? "." : folder)?.identity == fileStatus(path)?.identity
    }
    let there = try Self.names(in: path)
    guard isOwn || there.isEmpty else {
      throw FileError(path: path, reason: "holds the checkpoints of another training; resume that or name a new folder")
    }
    replaced = there.filter { $0 > Self.name(ofStep: origin?.progress.step ?? 0) }
    _ = try AtomicFile("\(path)/\(Self.bestName)")
  }

  /// Writes a checkpoint (see ``Checkpoint/write(_:notes:metadata:to:)``), and drops those that are too many, and later ones: they
  /// are of a training that went another way on from where this one was resumed (``replaced``).
  ///
  /// - Parameters:
  ///   - trainer: the training, between two steps.
  ///   - notes: texts by name for whoever reads it as a checkpoint.
  ///   - metadata: what the file says of the network to whoever reads it as weights.
  ///   - isBest: whether it replaces the best one as well.
  /// - Throws: `FileError` where it cannot be written; what was there before stays whole. Or where one of those that are too many
  ///   cannot be removed: the new one is whole then, and the next time that is tried again.
  public func write(
    _ trainer: Trainer, notes: [String: String] = [:], metadata: [String: String] = [:], isBest: Bool = false
  ) throws {
    let name = Self.name(ofStep: trainer.progress.step)
    let files = (isBest ? [name, Self.bestName] : [name]).map { "\(path)/\($0)" }
    try Checkpoint.write(trainer, notes: notes, metadata: metadata, to: files)
    let names = try Self.names(in: path)
    for other in names.filter({ $0 <= name }).dropLast(kept) + names.filter({ $0 > name }) {
      try removeFile("\(path)/\(other)")
    }
  }

  /// Finds the newest intact checkpoint of a folder, or reads the file where a file is named.
  ///
  /// - Parameters:
  ///   - path: a folder or a file.
  ///   - skip: called for each newer checkpoint of the folder, which cannot be read and is skipped.
  /// - Throws: `FileError` where there is no checkpoint, or no intact one.
  public static func latest(
    in path: String, skipping skip: (FileError) -> Void = { _ in }
  ) throws(FileError) -> Checkpoint {
    guard let kind = try fileStatus(path)?.kind else { throw FileError(path: path, reason: "no such file or folder") }
    guard kind == .folder else { return try Checkpoint(path) }
    let names = try names(in: path)
    guard !names.isEmpty else { throw FileError(path: path, reason: "holds no checkpoint (\(prefix)….safetensors)") }
    let best = try fileStatus("\(path)/\(bestName)") == nil ? [] : [bestName]
    for name in names.reversed() + best {
      do {
        return try Checkpoint("\(path)/\(name)")
      } catch {
        skip(error)
      }
    }
    throw FileError(path: path, reason: "none of its checkpoints is intact; start again in a new folder")
  }

  private static func name(ofStep step: Int) -> String {
    let digits = String(step)
    return prefix + String(repeating: "0", count: max(0, 9 - digits.count)) + digits + ending
  }

  /// The names of the checkpoints, the oldest first.
  private static func names(in path: String) throws(FileError) -> [String] {
    try listFolder(path).filter { $0.hasPrefix(prefix) && $0.hasSuffix(ending) }.sorted()
  }
}
