import KobaiFiles

/// Why a file could not be read as a picture.
public enum ImageError: Error, Equatable, CustomStringConvertible {
  /// The machine lacks the library that reads PNG files.
  case missingPNGLibrary
  /// The machine lacks the library that reads JPEG files.
  case missingJPEGLibrary
  /// The file cannot be read or used.
  case file(FileError)

  public var description: String {
    switch self {
    case .missingPNGLibrary: "libpng is not installed: sudo apt-get install libpng16-16"
    case .missingJPEGLibrary:
      "libjpeg-turbo is not installed: sudo apt-get install libjpeg62-turbo (on Ubuntu libjpeg-turbo8)"
    case .file(let error): error.description
    }
  }
}

/// A picture in which nothing stands out from its background.
public struct BlankImage: Error, Equatable, CustomStringConvertible {
  public var description: String { "the picture is blank; it takes a digit that stands out from its background" }
}
