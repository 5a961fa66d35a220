import Foundation
import KobaiData
import KobaiFiles
import TestSupport
import Testing

/// Where the files of a set lie, in the archives and downloads that people have.
@Suite("Folders of IDX files") struct IDXFolderTests {
  /// Puts the four files of the fixture where `place` says.
  private func folder(_ place: (String) -> String) throws -> TemporaryFolder {
    let (source, folder) = (try IDXFixture.folder(), try TemporaryFolder())
    try add(to: folder, from: source, place)
    return folder
  }

  private func add(to folder: TemporaryFolder, from source: TemporaryFolder, _ place: (String) -> String) throws {
    for name in IDXFixture.names {
      let path = URL(fileURLWithPath: folder / place(name))
      try FileManager.default.createDirectory(at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
      try FileManager.default.copyItem(atPath: source / name, toPath: path.path)
    }
  }

  @Test("files in folders of their own names, beside dotted files and without them")
  func foldersNamedLikeFiles() throws {
    let alone = try folder { "\($0)/\($0)" }
    let source = try IDXFixture.folder()
    let plain = try Dataset.load(folder: source.path)
    #expect(try Dataset.load(folder: alone.path).sha256 == plain.sha256)
    // The dotted files are taken, and the folders are not in their way.
    try add(to: alone, from: try IDXFixture.folder()) { $0.replacing("-idx", with: ".idx") }
    for name in IDXFixture.names { try FileManager.default.removeItem(atPath: alone / "\(name)/\(name)") }
    #expect(try Dataset.load(folder: alone.path).sha256 == plain.sha256)
    // A folder without a file in it is no file.
    try FileManager.default.removeItem(atPath: alone / "train-labels.idx1-ubyte")
    let error = #expect(throws: FileError.self) { try Dataset.load(folder: alone.path) }
    #expect(error?.reason == "holds no train-labels-idx1-ubyte (.gz or plain)")
  }

  @Test("torchvision's root, its folder of a set, and its raw folder; EMNIST's gzip folder")
  func torchvision() throws {
    let root = try folder { "MNIST/raw/\($0)" }
    for path in [root.path, root / "MNIST", root / "MNIST/raw"] {
      #expect(try Dataset.load(folder: path).train.count == 6, "\(path)")
    }
    try add(to: root, from: try IDXFixture.folder()) { "FashionMNIST/raw/\($0)" }
    try add(to: root, from: try IDXFixture.folder()) {
      "EMNIST/raw/emnist-digits-\($0.replacing("t10k", with: "test"))"
    }
    let error = #expect(throws: FileError.self) { try Dataset.load(folder: root.path) }
    #expect(
      error?.reason == "holds several sets; continue the path with one of EMNIST/raw/emnist-digits, FashionMNIST/raw, "
        + "MNIST/raw")
    for path in [root / "EMNIST", root / "EMNIST/emnist-digits", root / "emnist-digits", root / "MNIST"] {
      #expect(try Dataset.load(folder: path).train.count == 6, "\(path)")
    }
    let archive = try folder { "gzip/emnist-letters-\($0.replacing("t10k", with: "test"))" }
    #expect(try Dataset.load(folder: archive / "emnist-letters").train.count == 6)
  }

  @Test("labels of 8, 16 and 32 bits, and QMNIST's rows, whose first number is the class")
  func widths() throws {
    let classes = [0, 1, 2, 0, 1, 2]
    let short: [UInt8] = IDXFixture.header(0xb01, [6]) + classes.flatMap { [0, UInt8($0)] }
    let rows = classes.map { [$0] + Array(100_000..<100_007) }
    for (kind, bytes) in [
      ("idx1-ubyte", IDXFixture.labels32(classes.map { [$0] })),
      ("idx1-int", IDXFixture.labels32(classes.map { [$0] })),
      ("idx2-int", IDXFixture.labels32(rows)), ("idx1-short", short),
    ] {
      let folder = try IDXFixture.folder()
      try FileManager.default.removeItem(atPath: folder / IDXFixture.names[1])
      try folder.write(bytes, to: "train-labels-\(kind)")
      #expect(try Dataset.load(folder: folder.path).train.labels == [0, 1, 2, 0, 1, 2], "\(kind)")
    }
    let qmnist = try IDXFixture.folder([
      "qmnist-train-images-idx3-ubyte", "unused", "qmnist-test-images-idx3-ubyte", "unused",
    ])
    try qmnist.write(IDXFixture.gzipped(IDXFixture.labels32(rows)), to: "qmnist-train-labels-idx2-int.gz")
    try qmnist.write(IDXFixture.labels32(Array(rows[..<3])), to: "qmnist-test-labels-idx2-int")
    #expect(try Dataset.load(folder: qmnist.path).test.labels == [0, 1, 2])
  }

  @Test("labels that are none are refused with the value")
  func wrongLabels() throws {
    let column = { (values: [Int]) in IDXFixture.labels32(values.map { [$0] }) }
    for (bytes, reason) in [
      (column([0, 1, 100_000, 0, 1, 2]), "label 100000 of image 3; classes go from 0 to 99999"),
      (column([0, -1, 2, 0, 1, 2]), "label -1 of image 2; classes go from 0 to 99999"),
      (
        IDXFixture.header(0x802, [6, 10]) + [UInt8](repeating: 0, count: 60),
        "6×10 numbers are no labels; it takes one for each image, or QMNIST's eight"
      ),
      (Array(column([0, 1, 2, 0, 1, 2]).dropLast()), "the header claims 6 numbers of 4 bytes, the file holds 23"),
      (column([0, 1, 2, 0, 1, 2]) + [0], "the header claims 6 numbers of 4 bytes, the file holds 25"),
      (
        IDXFixture.header(0xd01, [6]) + [UInt8](repeating: 0, count: 24),
        "magic number 0x00000d01, but labels need 0x00000801 (bytes), 0x00000c01 or 0x00000c02 (32-bit integers)"
      ),
    ] {
      let folder = try IDXFixture.folder()
      try folder.write(bytes, to: IDXFixture.names[1])
      let error = #expect(throws: FileError.self) { try Dataset.load(folder: folder.path) }
      #expect(error?.reason == reason)
    }
  }
}
