import Foundation
import TestSupport

/// Small IDX files to break.
enum IDXFixture {
  static func images(_ count: Int, height: Int = 4, width: Int = 5) -> [UInt8] {
    IDXFile.images(
      count, height: height, width: width, (0..<count * height * width).map { UInt8(truncatingIfNeeded: $0) })
  }

  static func labels(_ labels: [UInt8]) -> [UInt8] { IDXFile.labels(labels) }

  static func header(_ magic: Int, _ sizes: [Int]) -> [UInt8] { IDXFile.header(magic, sizes) }

  static let names = [
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
  ]

  /// A folder with a whole set: six training and three test images of three classes.
  static func folder(_ names: [String] = names) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(images(6), to: names[0])
    try folder.write(labels([0, 1, 2, 0, 1, 2]), to: names[1])
    try folder.write(images(3), to: names[2])
    try folder.write(labels([2, 0, 1]), to: names[3])
    return folder
  }

  /// Labels of 32 bits, a row for each image, as QMNIST's.
  static func labels32(_ rows: [[Int]]) -> [UInt8] {
    let sizes = rows.allSatisfy { $0.count == 1 } ? [rows.count] : [rows.count, rows[0].count]
    return header(0xc00 | sizes.count, sizes)
      + rows.joined().flatMap { Int32($0).bigEndianBytes }
  }

  /// Bytes gzipped by the system's gzip.
  static func gzipped(_ bytes: [UInt8]) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    try folder.write(bytes, to: "x")
    try gzip(folder / "x")
    return try Array(Data(contentsOf: URL(fileURLWithPath: folder / "x.gz")))
  }

  /// Gzipped by the system's gzip, independent of the code that unpacks it.
  static func gzip(_ path: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["gzip", path]
    try process.run()
    process.waitUntilExit()
  }
}
