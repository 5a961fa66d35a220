import CPNG
import KobaiFiles

/// Reads PNG files (ISO/IEC 15948), by libpng.
enum PNGFile {
  #if os(macOS)
    static let library = "libpng16.16.dylib"
  #else
    static let library = "libpng16.so.16"
  #endif

  private static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

  /// The picture in a file's bytes.
  ///
  /// - Parameters:
  ///   - path: names the file in errors.
  ///   - library: the shared library that holds libpng.
  static func decode(_ file: [UInt8], path: String, library: String = library) throws(ImageError) -> GrayImage {
    func failure(_ reason: String) -> ImageError { .file(FileError(path: path, reason: reason)) }
    guard file.starts(with: signature) else { throw failure("is no PNG file; convert it to PNG") }
    var libpng = kobai_libpng()
    guard unsafe kobai_libpng_load(library, &libpng) else { throw .missingLibrary }

    var image = unsafe kobai_png_image()
    unsafe image.version = UInt32(KOBAI_PNG_VERSION)
    defer { unsafe libpng.release(&image) }
    let hasHeader = unsafe file.withUnsafeBytes { unsafe libpng.read_header(&image, $0.baseAddress, $0.count) } != 0
    guard hasHeader else { throw failure("libpng cannot read it: \(unsafe message(of: image))") }
    let (width, height) = unsafe (Int(image.width), Int(image.height))
    let limit = GrayImage.largestSide
    guard width <= limit, height <= limit else {
      throw failure("its \(width)×\(height) pixels exceed \(limit)×\(limit); make it smaller")
    }

    unsafe image.format = UInt32(KOBAI_PNG_GRAY_ALPHA)
    unsafe image.flags |= UInt32(KOBAI_PNG_SIXTEEN_BITS_ARE_SRGB)
    var grayAlpha = [UInt8](repeating: 0, count: 2 * width * height)
    let hasPixels = unsafe grayAlpha.withUnsafeMutableBytes {
      unsafe libpng.read_pixels(&image, nil, $0.baseAddress, 0, nil)  // 0: rows lie one after the other
    }
    guard hasPixels != 0 else { throw failure("libpng cannot read it: \(unsafe message(of: image))") }
    return GrayImage(width: width, height: height, pixels: overWhite(grayAlpha))
  }

  /// Mixed as browsers and drawing programs do: on the values as they are stored.
  private static func overWhite(_ grayAlpha: [UInt8]) -> [UInt8] {
    let source = grayAlpha.span
    return unsafe [UInt8](unsafeUninitializedCapacity: source.count / 2) { pixels, count in
      for i in 0..<source.count / 2 {
        let (gray, alpha) = (Int(source[2 * i]), Int(source[2 * i + 1]))
        unsafe pixels[i] = UInt8((gray * alpha + 255 * (255 - alpha) + 127) / 255)
      }
      count = source.count / 2
    }
  }

  @unsafe private static func message(of image: kobai_png_image) -> String {
    unsafe withUnsafeBytes(of: image.message) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
