import KobaiFiles

extension Picture {
  /// The widest and highest picture that is read from a file.
  public static let largestSide = 10_000
  /// The longest side of a picture that digits are looked for in. Larger pictures are reduced by a whole number, for a digit
  /// needs no more pixels.
  public static let workingSide = 2048

  /// Reads a PNG or JPEG file of any kind, upright where the file says how the camera was held (EXIF). What is transparent
  /// shows white, or black where what is drawn on it is light.
  public init(file path: String) throws(ImageError) {
    let bytes: [UInt8]
    do { bytes = try readFile(path) } catch { throw .file(error) }
    self = try PictureFormat.of(bytes).decode(bytes, path: path)
  }

  /// The factor by which a picture of that size is reduced.
  static func reduction(width: Int, height: Int) -> Int { (max(width, height) + workingSide - 1) / workingSide }
}

/// What a picture's file says before its pixels.
package struct PictureHeader: Sendable, Equatable {
  /// The width and height in pixels; of a picture that is read, as it is seen (EXIF).
  package let width: Int, height: Int
  /// The number of bytes of a pixel: 1 for gray, 3 for red, green and blue.
  package let channels: Int
}

/// Pictures for a training, in which nothing is reduced but on the caller's word.
extension Picture {
  /// Reads the header of a PNG or JPEG file; width and height are those of ``Picture/decode(_:path:reducing:)``.
  ///
  /// - Parameters:
  ///   - file: the bytes of the file.
  ///   - path: names the file in errors.
  package static func header(_ file: [UInt8], path: String) throws(ImageError) -> PictureHeader {
    let header: PictureHeader
    let orientation: Orientation
    switch PictureFormat.of(file) {
    case .png: (header, orientation) = try (PNGFile.header(file, path: path), PNGFile.orientation(file))
    case .jpeg: (header, orientation) = try (JPEGFile.header(file, path: path), JPEGFile.orientation(file))
    case .other(let name): throw PictureFormat.refusal(name, path: path)
    }
    guard orientation.isTransposed else { return header }
    return PictureHeader(width: header.height, height: header.width, channels: header.channels)
  }

  /// Reads a PNG or JPEG file, upright where the file says how the camera was held (EXIF). What is transparent shows white, or black
  /// where what is drawn on it is light.
  ///
  /// - Parameters:
  ///   - file: the bytes of the file.
  ///   - path: names the file in errors.
  ///   - reducing: by what a JPEG picture of that size may be divided while it is decoded: 1, 2, 4 or 8.
  package static func decode(
    _ file: [UInt8], path: String, reducing: (_ width: Int, _ height: Int) -> Int
  ) throws(ImageError) -> Picture {
    switch PictureFormat.of(file) {
    case .png: return try PNGFile.decode(file, path: path).upright(PNGFile.orientation(file))
    case .jpeg:
      let orientation = JPEGFile.orientation(file)
      let picture = try JPEGFile.decode(file, path: path) { width, height in
        orientation.isTransposed ? reducing(height, width) : reducing(width, height)
      }
      return picture.upright(orientation)
    case .other(let name): throw PictureFormat.refusal(name, path: path)
    }
  }
}

/// The format of a picture's file, by its first bytes.
enum PictureFormat {
  case png, jpeg
  /// A format that is not read, by its name.
  case other(String?)

  static func of(_ file: [UInt8]) -> PictureFormat {
    if file.starts(with: PNGFile.signature) { return .png }
    if file.starts(with: [0xff, 0xd8, 0xff]) { return .jpeg }
    func has(_ text: String, at offset: Int = 0) -> Bool { file.dropFirst(offset).starts(with: text.utf8) }
    if has("GIF8") { return .other("a GIF picture") }
    if has("RIFF") && has("WEBP", at: 8) { return .other("a WebP picture") }
    if has("ftyphei", at: 4) || has("ftyphev", at: 4) || has("ftypmif1", at: 4) { return .other("a HEIF picture") }
    if has("ftypavif", at: 4) { return .other("an AVIF picture") }
    if has("II*\0") || has("MM\0*") { return .other("a TIFF picture") }
    if has("BM") && file.count > 26 { return .other("a BMP picture") }
    if has("%PDF") { return .other("a PDF document") }
    return .other(nil)
  }

  func decode(_ file: [UInt8], path: String) throws(ImageError) -> Picture {
    switch self {
    case .png:
      let picture = try PNGFile.decode(file, path: path)
      return picture.reduced(by: Picture.reduction(width: picture.width, height: picture.height))
        .upright(PNGFile.orientation(file))
    case .jpeg:
      return try JPEGFile.decode(file, path: path).upright(JPEGFile.orientation(file))
    case .other(let name): throw Self.refusal(name, path: path)
    }
  }

  static func refusal(_ name: String?, path: String) -> ImageError {
    let what = name.map { "is \($0)" } ?? "is neither a PNG nor a JPEG file"
    return .file(FileError(path: path, reason: "\(what); convert it to PNG or JPEG"))
  }

  /// Says of a file that it has too few bytes for the pixels that it announces, for which no memory is taken then.
  static func tooFew(_ file: [UInt8], width: Int, height: Int, path: String) -> FileError {
    FileError(
      path: path,
      reason: "its \(file.count) bytes cannot hold the \(width)×\(height) pixels that it announces; take another copy")
  }

  /// Refuses what would take too much memory.
  static func check(width: Int, height: Int, path: String) throws(ImageError) {
    let limit = Picture.largestSide
    guard width <= limit, height <= limit else {
      throw .file(
        FileError(path: path, reason: "its \(width)×\(height) pixels exceed \(limit)×\(limit); make it smaller"))
    }
  }
}
