import CImageCodecs
import KobaiFiles

/// Reads PNG files (ISO/IEC 15948), by libpng.
enum PNGFile {
  #if os(macOS)
    static let library = "libpng16.16.dylib"
  #else
    static let library = "libpng16.so.16"
  #endif

  static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

  /// The picture in a file's bytes, gray where the file is.
  ///
  /// - Parameters:
  ///   - path: names the file in errors.
  ///   - library: the shared library that holds libpng.
  static func decode(_ file: [UInt8], path: String, library: String = library) throws(ImageError) -> Picture {
    func failure(_ reason: String) -> ImageError { .file(FileError(path: path, reason: reason)) }
    var libpng = kobai_libpng()
    guard unsafe kobai_libpng_load(library, &libpng) else { throw .missingPNGLibrary }
    try checkChunks(file, path: path)

    var image = unsafe kobai_png_image()
    unsafe image.version = UInt32(KOBAI_PNG_VERSION)
    defer { unsafe libpng.release(&image) }
    let hasHeader = unsafe file.withUnsafeBytes { unsafe libpng.read_header(&image, $0.baseAddress, $0.count) } != 0
    guard hasHeader else { throw failure("libpng cannot read it: \(unsafe message(of: image))") }
    let (width, height) = unsafe (Int(image.width), Int(image.height))
    try PictureFormat.check(width: width, height: height, path: path)
    try checkSize(of: file, width: width, height: height, path: path)

    let isColor = unsafe image.format & UInt32(KOBAI_PNG_COLOR) != 0
    let channels = isColor ? 3 : 1
    unsafe image.format = UInt32(KOBAI_PNG_ALPHA | (isColor ? KOBAI_PNG_COLOR : 0))
    unsafe image.flags |= UInt32(KOBAI_PNG_SIXTEEN_BITS_ARE_SRGB)
    var pixels = [UInt8](repeating: 0, count: (channels + 1) * width * height)
    let hasPixels = unsafe pixels.withUnsafeMutableBytes {
      unsafe libpng.read_pixels(&image, nil, $0.baseAddress, 0, nil)  // 0: rows lie one after the other
    }
    guard hasPixels != 0 else { throw failure("libpng cannot read it: \(unsafe message(of: image))") }
    return Picture(width: width, height: height, channels: channels, pixels: opaque(pixels, channels))
  }

  /// What the file says before its pixels.
  static func header(_ file: [UInt8], path: String, library: String = library) throws(ImageError) -> PictureHeader {
    var libpng = kobai_libpng()
    guard unsafe kobai_libpng_load(library, &libpng) else { throw .missingPNGLibrary }
    try checkChunks(file, path: path)
    var image = unsafe kobai_png_image()
    unsafe image.version = UInt32(KOBAI_PNG_VERSION)
    defer { unsafe libpng.release(&image) }
    let hasHeader = unsafe file.withUnsafeBytes { unsafe libpng.read_header(&image, $0.baseAddress, $0.count) } != 0
    guard hasHeader else {
      throw .file(FileError(path: path, reason: "libpng cannot read it: \(unsafe message(of: image))"))
    }
    let (width, height) = unsafe (Int(image.width), Int(image.height))
    try PictureFormat.check(width: width, height: height, path: path)
    try checkSize(of: file, width: width, height: height, path: path)
    let isColor = unsafe image.format & UInt32(KOBAI_PNG_COLOR) != 0
    return PictureHeader(width: width, height: height, channels: isColor ? 3 : 1)
  }

  /// Refuses a file that is too small for the pixels that it announces. Deflate packs 1,032 bytes into one at best (zlib's
  /// "Technical Details").
  private static func checkSize(of file: [UInt8], width: Int, height: Int, path: String) throws(ImageError) {
    let (depth, colorType) = (24, 25)  // where they stand in the file, in the chunk IHDR
    guard file.count > colorType else { return }
    let samples: [UInt8: Int] = [2: 3, 4: 2, 6: 4]  // a pixel's, by the colour type; 1 for the others
    let bits = width * (samples[file[colorType]] ?? 1) * Int(file[depth])
    let rows = height * ((bits + 7) / 8 + 1)  // a byte before each row says how it is filtered
    guard rows / 1032 <= file.count else {
      throw .file(PictureFormat.tooFew(file, width: width, height: height, path: path))
    }
  }

  /// The picture's orientation by the file's eXIf chunk.
  static func orientation(_ file: [UInt8]) -> Orientation {
    let chunk = chunks(of: file).first { $0.type == "eXIf" && $0.contents.upperBound <= file.count }
    return chunk.map { Orientation(tiff: Array(file[$0.contents])) } ?? .upright
  }

  /// The types and places of the chunks, as the file claims them: the last may reach beyond its end.
  private static func chunks(of file: [UInt8]) -> [(type: String, contents: Range<Int>)] {
    var chunks: [(type: String, contents: Range<Int>)] = []
    var position = signature.count
    while let size = BinaryFields(file, isLittleEndian: false).integer(at: position, bytes: 4) {
      let contents = position + 8
      guard contents <= file.count else { break }
      chunks.append((String(decoding: file[position + 4..<contents], as: UTF8.self), contents..<contents + size))
      if chunks.last?.type == "IEND" { break }  // what may come behind is none of the picture's
      position = contents + size + 4
    }
    return chunks
  }

  /// Refuses chunks that the file does not hold, as libpng would, but that makes room for all of one, up to 2 GiB, before it
  /// reads it. Pixels (IDAT) it reads as they come.
  private static func checkChunks(_ file: [UInt8], path: String) throws(ImageError) {
    guard chunks(of: file).allSatisfy({ $0.type == "IDAT" || $0.contents.upperBound <= file.count }) else {
      throw .file(FileError(path: path, reason: "libpng cannot read it: read beyond end of data"))
    }
  }

  /// Blends pixels with opacity onto white, or onto black where what they show is light: white ink has to be seen, too. As in
  /// browsers and drawing programs, the stored values are blended.
  private static func opaque(_ pixels: [UInt8], _ channels: Int) -> [UInt8] {
    let (source, stride) = (pixels.span, channels + 1)
    let count = source.count / stride
    var (light, opacity) = (0, 0)
    for i in 0..<count {
      let alpha = Int(source[i * stride + channels])
      for c in 0..<channels { light += alpha * Int(source[i * stride + c]) }
      opacity += alpha * channels
    }
    let ground = light > 170 * opacity ? 0 : 255
    return unsafe [UInt8](unsafeUninitializedCapacity: count * channels) { opaque, initialized in
      for i in 0..<count {
        let alpha = Int(source[i * stride + channels])
        for c in 0..<channels {
          let value = Int(source[i * stride + c])
          unsafe opaque[i * channels + c] = UInt8((value * alpha + ground * (255 - alpha) + 127) / 255)
        }
      }
      initialized = count * channels
    }
  }

  @unsafe private static func message(of image: kobai_png_image) -> String {
    unsafe withUnsafeBytes(of: image.message) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
