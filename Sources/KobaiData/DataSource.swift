import Foundation
import KobaiFiles

/// Which images to train on.
public enum DataSource: Sendable, Equatable {
  /// MNIST from the cache, else fetched, else the embedded digits.
  case auto
  /// The digits inside the program.
  case embedded
  /// A folder of IDX files.
  case folder(String)

  /// "auto", "embedded", or a folder's path.
  public init(_ argument: String) {
    switch argument {
    case "auto": self = .auto
    case "embedded": self = .embedded
    default: self = .folder(argument)
    }
  }

  /// Brings the images in.
  ///
  /// - Parameters:
  ///   - orientation: how the images of a folder stand.
  ///   - download: where ``auto`` looks for MNIST, and where it fetches it from.
  ///   - note: told in one line what else there is to know, such as why the embedded digits are used.
  ///   - progress: told how a download goes.
  public func load(
    orientation: StoredOrientation = .auto, download: MNISTDownload = MNISTDownload(),
    note: (String) -> Void = { _ in },
    progress: @escaping @Sendable (MNISTDownload.Progress) -> Void = { _ in }
  ) async throws -> Dataset {
    switch self {
    case .embedded: return try .embedded()
    case .folder(let path): return try .load(folder: path, orientation: orientation)
    case .auto:
      if download.isComplete {
        do { return try .load(folder: download.folder.path) } catch {
          note("\(error); fetching MNIST again")  // the cache is ours to mend
        }
      }
      do { try await download.run(progress: progress) } catch {
        note("\((error as? FileError)?.reason ?? "\(error)"); using the 5,000 embedded digits")
        return try .embedded()
      }
      return try .load(folder: download.folder.path)
    }
  }
}
