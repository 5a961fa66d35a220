import Foundation

/// How the images of a file stand.
public enum StoredOrientation: String, Sendable, Codable, CaseIterable {
  /// The images are transposed where the file is named like EMNIST's, else upright.
  case auto
  /// The images are stored row by row, as MNIST's.
  case upright
  /// The images are stored column by column, as EMNIST's: read as rows, they lie on their side as in a mirror.
  case transposed

  /// Whether images of a file have to be transposed to stand upright.
  ///
  /// - Parameter path: the file; its name counts.
  public func isTransposed(_ path: String) -> Bool {
    switch self {
    case .auto: EMNIST.owns(URL(fileURLWithPath: path).lastPathComponent)
    case .upright: false
    case .transposed: true
    }
  }
}
