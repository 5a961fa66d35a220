/// What a file is by the ending of its name.
package enum PictureName {
  private static let readable: Set = ["png", "jpg", "jpeg", "jpe", "jfif"]
  private static let convertible: Set = [
    "gif", "bmp", "webp", "tif", "tiff", "heic", "heif", "avif", "ppm", "pgm",
  ]

  /// Whether it is a picture that can be read.
  package static func isReadable(_ name: String) -> Bool { ending(of: name).map(readable.contains) ?? false }

  /// Whether it is a picture, also one that has to be converted, which is said of each.
  static func isPicture(_ name: String) -> Bool {
    ending(of: name).map { readable.contains($0) || convertible.contains($0) } ?? false
  }

  private static func ending(of name: String) -> String? {
    name.utf8.lastIndex(of: UInt8(ascii: ".")).map { name[name.utf8.index(after: $0)...].lowercased() }
  }
}
