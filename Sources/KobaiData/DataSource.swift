import Foundation
import KobaiFiles

/// Which images to train on.
public enum DataSource: Sendable, Equatable {
  /// MNIST from the cache, else fetched, else the embedded digits.
  case auto
  /// The digits that are part of the program.
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

  /// Loads the images.
  ///
  /// - Parameters:
  ///   - orientation: how the images of a folder stand.
  ///   - download: where ``auto`` looks for MNIST, and where it fetches it from.
  ///   - note: called with a line about what else there is to know, such as why the embedded digits are used.
  ///   - progress: called with the progress of a download.
  public func load(
    orientation: StoredOrientation = .auto, download: MNISTDownload = MNISTDownload(),
    note: (String) -> Void = { _ in },
    progress: @escaping @Sendable (MNISTDownload.Progress) -> Void = { _ in }
  ) async throws -> Dataset {
    if let local = try loadWithoutFetching(orientation: orientation, download: download, note: note) { return local }
    do { try await download.run(progress: progress) } catch { return try Self.embedded(because: error, note: note) }
    return try download.dataset()
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
      // The digests tell what the files are, whoever may write them; the person should know all the same.
      do { try refuseWhatOthersMayWrite(download.folder.path) } catch { note("\(error)") }
      do { return try download.dataset() } catch {
        note("\(error); fetching MNIST again")  // the cache is ours to mend
        return nil
      }
    }
  }

  /// The digits that are part of the program, as a substitute for images that cannot be fetched.
  public static func embedded(because error: any Error, note: (String) -> Void) throws -> Dataset {
    note("\((error as? FileError)?.reason ?? "\(error)"); using the 5,000 embedded digits")
    return try .embedded()
  }
}
