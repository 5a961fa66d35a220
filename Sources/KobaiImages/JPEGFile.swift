import CImageCodecs
import KobaiFiles

/// Reads JPEG files (ITU-T T.81), by libjpeg-turbo.
enum JPEGFile {
  /// A shared library, and the layout it has (JPEG_LIB_VERSION, the size of jpeg_decompress_struct in 64 bits).
  struct Library {
    let name: String
    let version: Int32
    let size: Int
  }

  #if os(macOS)
    static let libraries = [
      Library(name: "libjpeg.8.dylib", version: 80, size: 656),
      Library(name: "libjpeg.62.dylib", version: 62, size: 632),
    ]
  #else
    /// The libraries of Debian and Ubuntu.
    static let libraries = [
      Library(name: "libjpeg.so.62", version: 62, size: 632), Library(name: "libjpeg.so.8", version: 80, size: 656),
    ]
  #endif

  /// The picture in a file's bytes, gray where the file is.
  ///
  /// - Parameters:
  ///   - path: names the file in errors.
  ///   - libraries: the first that is installed is used.
  ///   - reduction: what width and height are divided by, as part of libjpeg's transform: 1, 2, 4 or 8 for a file of the given
  ///     width and height; to ``Picture/workingSide`` unless given.
  static func decode(
    _ file: [UInt8], path: String, libraries: [Library] = libraries,
    reduction: (_ width: Int, _ height: Int) -> Int = workingReduction
  ) throws(ImageError) -> Picture {
    var libjpeg = try library(libraries)
    var (image, header) = try readHeader(file, path, libjpeg)
    let (width, height, channels) = (header.width, header.height, header.channels)
    let reduction = reduction(width, height)
    image.reduction = UInt32(reduction)
    let (columns, rows) = ((width + reduction - 1) / reduction, (height + reduction - 1) / reduction)
    var pixels = [UInt8](repeating: 0, count: channels * columns * rows)
    let hasPixels = unsafe file.withUnsafeBytes { file in
      unsafe pixels.withUnsafeMutableBufferPointer { pixels in
        unsafe kobai_jpeg_read_pixels(
          &libjpeg, file.baseAddress, file.count, &image, pixels.baseAddress, pixels.count)
      }
    }
    guard hasPixels else { throw failure(image, path) }
    return Picture(width: columns, height: rows, channels: channels, pixels: pixels)
  }

  /// What the file says before its pixels.
  static func header(_ file: [UInt8], path: String) throws(ImageError) -> PictureHeader {
    try readHeader(file, path, library(libraries)).header
  }

  private static func library(_ libraries: [Library]) throws(ImageError) -> kobai_libjpeg {
    var libjpeg = kobai_libjpeg()
    let found = libraries.first { unsafe kobai_libjpeg_load($0.name, &libjpeg) }
    guard let found else { throw .missingJPEGLibrary }
    (libjpeg.version, libjpeg.size) = (found.version, found.size)
    return libjpeg
  }

  private static func readHeader(
    _ file: [UInt8], _ path: String, _ libjpeg: kobai_libjpeg
  ) throws(ImageError) -> (kobai_jpeg_image, header: PictureHeader) {
    var (libjpeg, image) = (libjpeg, kobai_jpeg_image())
    let hasHeader = unsafe file.withUnsafeBytes {
      unsafe kobai_jpeg_read_header(&libjpeg, $0.baseAddress, $0.count, &image)
    }
    guard hasHeader else { throw failure(image, path) }
    let (width, height) = (Int(image.width), Int(image.height))
    try PictureFormat.check(width: width, height: height, path: path)
    // One component at least has a block for every 8×8 pixels, and a Huffman code a bit at least.
    guard width * height / 512 <= file.count || isArithmetic(file) else {
      throw .file(PictureFormat.tooFew(file, width: width, height: height, path: path))
    }
    guard image.channels != 4 else {
      throw .file(FileError(path: path, reason: "has the colours of print (CMYK); convert it to RGB"))
    }
    return (image, PictureHeader(width: width, height: height, channels: Int(image.channels)))
  }

  private static func failure(_ image: kobai_jpeg_image, _ path: String) -> ImageError {
    unsafe withUnsafeBytes(of: image.message) { bytes in
      let message = unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      return .file(FileError(path: path, reason: "libjpeg cannot read it: \(message)"))
    }
  }

  private static func workingReduction(_ width: Int, _ height: Int) -> Int {
    let wanted = Picture.reduction(width: width, height: height)
    return [1, 2, 4].first { $0 >= wanted } ?? 8
  }

  /// The picture's orientation by the file's EXIF segment (APP1), which lies before the pixels.
  static func orientation(_ file: [UInt8]) -> Orientation {
    let app1 = 0xffe1
    return firstSegment(of: file) { marker, contents in
      marker == app1 && contents.starts(with: Orientation.exifName) ? Orientation(tiff: Array(contents)) : nil
    } ?? .upright
  }

  /// Whether the pixels are coded arithmetically, for which there is no least number of bits.
  private static func isArithmetic(_ file: [UInt8]) -> Bool {
    firstSegment(of: file) { marker, _ in (0xffc9...0xffcb).contains(marker) ? true : nil } ?? false
  }

  /// What `find` returns for the first segment before the pixels for which it returns anything.
  private static func firstSegment<Found>(
    of file: [UInt8], _ find: (_ marker: Int, _ contents: ArraySlice<UInt8>) -> Found?
  ) -> Found? {
    let fields = BinaryFields(file, isLittleEndian: false)
    let (firstSegment, startOfScan) = (2, 0xffda)
    var position = firstSegment
    while let marker = fields.integer(at: position, bytes: 2), marker > 0xff00, marker != startOfScan,
      let size = fields.integer(at: position + 2, bytes: 2), size >= 2, position + 2 + size <= file.count
    {
      if let found = find(marker, file[position + 4..<position + 2 + size]) { return found }
      position += 2 + size
    }
    return nil
  }
}
