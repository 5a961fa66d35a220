import Foundation
import Kobai
import KobaiFiles

/// The file that the weights of a training go to. Room for them is taken on the disk before the training; if they cannot
/// be written nevertheless, they go to another place rather than nowhere.
final class WeightsFile {
  private let file: AtomicFile
  private let metadata: [String: String]

  /// - Throws: `FileError` where the file cannot be written, or has no room.
  init(_ path: String, for network: Network, metadata: [String: String]) throws(FileError) {
    file = try AtomicFile(path)
    try file.reserve(SafetensorsFile.size(of: network.namedTensors, metadata: metadata))
    self.metadata = metadata
  }

  /// Saves the weights, once.
  ///
  /// - Returns: where they are, and why that is not the file.
  /// - Throws: `FileError` where no place takes them.
  func save(_ network: Network) throws(FileError) -> (path: String, failure: FileError?) {
    do {
      try network.save(to: file, metadata: metadata)
      return (file.path, nil)
    } catch {
      let files = FileManager.default
      let name = "kobai-\(getpid())-\(String(UInt32.random(in: 0...UInt32.max), radix: 36)).safetensors"
      for folder in [files.temporaryDirectory.path, files.currentDirectoryPath, files.homeDirectoryForCurrentUser.path]
      {
        let other = "\(folder)/\(name)"
        if (try? network.save(to: other, metadata: metadata)) != nil { return (other, error) }
      }
      throw error
    }
  }
}
