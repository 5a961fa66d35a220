import Foundation
import Kobai
import KobaiFiles

/// The file that the weights of a training are saved to. Disk space is reserved for them before the training; if they
/// cannot be written nevertheless, they are saved to another file rather than lost.
final class WeightsFile {
  private let file: AtomicFile
  private let metadata: [String: String]

  /// Where weights were saved, and why that is not the file that was asked for.
  typealias Place = (path: String, failure: FileError?)

  /// - Throws: `FileError` where the file cannot be written, or the disk is full.
  init(_ path: String, for network: Network, metadata: [String: String]) throws(FileError) {
    file = try AtomicFile(path)
    try file.reserve(network.savedSize(metadata: metadata))
    self.metadata = metadata
  }

  /// Saves the weights, once.
  ///
  /// - Throws: `FileError` where they cannot be written anywhere.
  func save(_ network: Network) throws(FileError) -> Place {
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
