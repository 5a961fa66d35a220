import KobaiData
import KobaiReport
import TestSupport

/// A small set made as EMNIST is: the embedded digits, each standing for a letter (0 is A, 1 is B), every image stored
/// column by column, labels from 1 on, a mapping file beside them.
enum EMNISTFixture {
  static let letters = "ABCDEFGHIJ".map(String.init)
  private static let digits = Result { try Dataset.embedded() }

  /// Writes the set into a folder, with all thousand test images.
  ///
  /// - Parameters:
  ///   - prefix: what the files' names begin with.
  ///   - images: how many images to train on.
  static func write(to folder: TemporaryFolder, prefix: String = "emnist-letters-", images: Int = 2000) throws {
    let digits = try digits.get()
    for (name, set, count) in [("train", digits.train, images), ("test", digits.test, 1000)] {
      let (side, upright) = (set.size.width, ink(of: set))
      var pixels: [UInt8] = []
      pixels.reserveCapacity(count * side * side)
      for first in stride(from: 0, to: count * side * side, by: side * side) {
        for x in 0..<side { for y in 0..<side { pixels.append(upright[first + y * side + x]) } }
      }
      try folder.write(
        IDXFile.images(count, height: side, width: side, pixels), to: "\(prefix)\(name)-images-idx3-ubyte")
      try folder.write(
        IDXFile.labels(set.labels.prefix(count).map { UInt8($0 + 1) }), to: "\(prefix)\(name)-labels-idx1-ubyte")
    }
    if !prefix.isEmpty {
      let lines = (1...10).map { "\($0) \(64 + $0) \(96 + $0)\n" }.joined()
      try folder.write(Array(lines.utf8), to: "\(prefix)mapping.txt")
    }
  }

  /// A test digit as it is written on paper: upright, dark on light, five times as large.
  static func picture(_ index: Int) throws -> PNGImage {
    let set = try digits.get().test
    let (side, scale) = (set.size.width, 5)
    let pixels = Array(ink(of: set)[index * side * side..<(index + 1) * side * side])
    let width = side * scale
    return PNGImage(
      width: width, height: width,
      gray: (0..<width * width).map { 255 - pixels[$0 / width / scale * side + $0 % width / scale] })
  }

  private static func ink(of set: ImageSet) -> [UInt8] {
    let span = set.pixels
    return unsafe span.withUnsafeBufferPointer { unsafe Array($0) }
  }
}
