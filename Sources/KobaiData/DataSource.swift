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
    if let there = try loadWithoutFetching(orientation: orientation, download: download, note: note) { return there }
    do { try await download.run(progress: progress) } catch { return try Self.embedded(because: error, note: note) }
    return try .load(folder: download.folder.path)
  }

  /// The same without waiting for anything: nil where the images have to be fetched first.
  public func loadWithoutFetching(
    orientation: StoredOrientation = .auto, download: MNISTDownload = MNISTDownload(),
    note: (String) -> Void = { _ in }
  ) throws -> Dataset? {
    switch self {
    case .embedded: return try .embedded()
    case .folder(let path): return try .load(folder: path, orientation: orientation)
    case .auto:
      guard download.isComplete else { return nil }
      do { return try .load(folder: download.folder.path) } catch {
        note("\(error); fetching MNIST again")  // the cache is ours to mend
        return nil
      }
    }
  }

  /// The digits inside the program, in the place of images that cannot be fetched.
  public static func embedded(because error: any Error, note: (String) -> Void) throws -> Dataset {
    note("\((error as? FileError)?.reason ?? "\(error)"); using the 5,000 embedded digits")
    return try .embedded()
  }
}
