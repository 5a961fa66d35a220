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
    case .other(let name):
      let what = name.map { "is \($0)" } ?? "is neither a PNG nor a JPEG file"
      throw .file(FileError(path: path, reason: "\(what); convert it to PNG or JPEG"))
    }
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
