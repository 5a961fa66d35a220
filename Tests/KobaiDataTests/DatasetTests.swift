import Foundation
import KobaiData
import KobaiFiles
import KobaiKernels
import TestSupport
import Testing

@Suite struct DatasetTests {
  private func load(_ folder: TemporaryFolder) throws -> Dataset { try Dataset.load(folder: folder.path) }

  /// What loading says is wrong, without the folder's path.
  private func failure(_ folder: TemporaryFolder, at path: String? = nil) -> String? {
    do {
      _ = try Dataset.load(folder: path ?? folder.path)
      return nil
    } catch { return error.description.replacingOccurrences(of: folder.path, with: "DIR") }
  }

  @Test func readsPlainAndGzippedFiles() throws {
    let folder = try IDXFixture.folder()
    let plain = try load(folder)
    for name in IDXFixture.names { try IDXFixture.gzip(folder / name) }
    #expect(try folder.contents() == IDXFixture.names.map { $0 + ".gz" }.sorted())
    let packed = try load(folder)
    for data in [plain, packed] {
      #expect(data.train.count == 6 && data.test.count == 3 && data.classes == 3)
      #expect(data.train.size == Size2D(4, 5) && data.train.pixelsPerImage == 20)
      #expect(data.train.labels == [0, 1, 2, 0, 1, 2] && data.test.labels == [2, 0, 1])
      #expect(data.train.pixels.count == 120 && data.train.pixels[119] == 119)
    }
  }

  @Test func takesTheOtherSpelling() throws {
    let folder = try IDXFixture.folder(IDXFixture.names.map { $0.replacingOccurrences(of: "-idx", with: ".idx") })
    #expect(try load(folder).train.count == 6)
  }

  @Test func findsOneSetAmongSeveral() throws {
    let folder = try IDXFixture.folder([
      "emnist-letters-train-images-idx3-ubyte", "emnist-letters-train-labels-idx1-ubyte",
      "emnist-letters-test-images-idx3-ubyte", "emnist-letters-test-labels-idx1-ubyte",
    ])
    #expect(try load(folder).train.count == 6, "a single set needs no name")
    try folder.write(IDXFixture.images(1), to: "emnist-digits-train-images-idx3-ubyte")
    #expect(failure(folder) == "DIR: holds several sets; continue the path with one of emnist-digits, emnist-letters")
    #expect(try Dataset.load(folder: folder / "emnist-letters").train.count == 6)
    #expect(
      failure(folder, at: folder / "emnist-digits")
        == "DIR/emnist-digits: holds no emnist-digits-train-labels-idx1-ubyte (.gz or plain)")
  }

  @Test func saysWhatIsMissing() throws {
    let folder = try IDXFixture.folder()
    #expect(
      failure(folder, at: "\(folder.path)/none")
        == "DIR/none: no such folder; name one that holds train-images-idx3-ubyte and its companions")
    #expect(
      failure(folder, at: folder / IDXFixture.names[0])
        == "DIR/train-images-idx3-ubyte: is a file; name the folder that holds the IDX files")
    try FileManager.default.removeItem(atPath: folder / IDXFixture.names[3])
    #expect(failure(folder) == "DIR: holds no t10k-labels-idx1-ubyte (.gz or plain)")
    #expect(failure(try TemporaryFolder()) == "DIR: holds no train-images-idx3-ubyte (.gz or plain)")
  }

  @Test func saysWhatIsWrongWithAFile() throws {
    let images = IDXFixture.images(6)
    let cases: [(String, [UInt8], String)] = [
      ("train-images-idx3-ubyte", [], "0 bytes are no IDX file; it begins with four of magic"),
      (
        "train-images-idx3-ubyte", IDXFixture.labels([1, 2]),
        "magic number 0x00000801, but bytes with 3 sizes need 0x00000803"
      ),
      (
        "train-images-idx3-ubyte", Array("<!DOCTYPE html>".utf8),
        "is a web page, no IDX file; fetch it again"
      ),
      (
        "train-images-idx3-ubyte", Array("version https://git-lfs.github.com/spec/v1\n".utf8),
        "is a Git LFS pointer, no IDX file; git lfs pull fetches it"
      ),
      (
        "train-images-idx3-ubyte", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4],
        "is an xz file, no IDX file; unpack it with unxz"
      ),
      ("train-images-idx3-ubyte", Array(images[..<9]), "the file ends inside its header, after 9 bytes"),
      (
        "train-images-idx3-ubyte", Array(images.dropLast()),
        "the header claims 6×4×5 bytes, the file holds 119"
      ),
      ("train-images-idx3-ubyte", images + [0], "the header claims 6×4×5 bytes, the file holds 121"),
      (
        "train-images-idx3-ubyte", IDXFixture.header(0x803, [0xffff_ffff, 0xffff_ffff, 0xffff_ffff]) + [1, 2, 3],
        "the header claims 4294967295×4294967295×4294967295 bytes, the file holds 3"
      ),
      ("train-images-idx3-ubyte", IDXFixture.images(6, height: 0), "its images have 0×5 pixels"),
    ]
    for (name, bytes, reason) in cases {
      let folder = try IDXFixture.folder()
      try folder.write(bytes, to: name)
      #expect(failure(folder) == "DIR/\(name): \(reason)")
    }
  }

  @Test func saysWhereTheFilesDoNotFitEachOther() throws {
    let folder = try IDXFixture.folder()
    try folder.write(IDXFixture.labels([0, 1, 2, 0, 1]), to: IDXFixture.names[1])
    #expect(
      failure(folder) == "DIR/train-labels-idx1-ubyte: 5 labels for the 6 images of DIR/train-images-idx3-ubyte")
    try folder.write(IDXFixture.labels([0, 1, 2, 0, 1, 2]), to: IDXFixture.names[1])
    try folder.write(IDXFixture.labels([0, 1, 3]), to: IDXFixture.names[3])
    let data = try load(folder)
    #expect(data.classes == 4 && data.untrainedClasses() == [3] && data.untrainedClasses([0, 1]) == [3])
    #expect(data.noticeOfUntrainedClasses() == "no image of 3 to train on, but 1 to test: they count as wrong")
    #expect(data.noticeOfUntrainedClasses([0]) == "no image of 1, 3 to train on, but 2 to test: they count as wrong")
    try folder.write(IDXFixture.images(3, height: 5, width: 4), to: IDXFixture.names[2])
    #expect(failure(folder) == "DIR: training images are 4×5, but test images 5×4")
    try folder.write(IDXFixture.images(0), to: IDXFixture.names[0])
    try folder.write(IDXFixture.labels([]), to: IDXFixture.names[1])
    #expect(failure(folder) == "DIR/train-images-idx3-ubyte: it holds no images")
  }

  @Test func saysWhatIsWrongWithAGzipFile() throws {
    let folder = try IDXFixture.folder()
    try IDXFixture.gzip(folder / IDXFixture.names[0])
    let name = IDXFixture.names[0] + ".gz"
    let packed = try readFile(folder / name)
    var corrupt = packed
    corrupt[packed.count - 8] ^= 1  // the checksum of what was packed
    let cases: [([UInt8], String)] = [
      (Array(packed[..<10]), "the gzip file ends early after 10 bytes; fetch it again"),
      (Array(packed[..<(packed.count / 2)]), "the gzip data ends early; the file is truncated, fetch it again"),
      (Array(packed[..<(packed.count - 1)]), "the gzip data ends early; the file is truncated, fetch it again"),
      (corrupt, "the gzip data is corrupt (incorrect data check); fetch it again"),
      (packed + [7, 7], "2 bytes follow the end of the gzip data; fetch it again, or unpack it with gzip -d"),
      (packed + Array(packed[..<15]), "the gzip data ends early; the file is truncated, fetch it again"),
    ]
    for (bytes, reason) in cases {
      try folder.write(bytes, to: name)
      #expect(failure(folder) == "DIR/\(name): \(reason)")
    }
  }

  /// The plain bytes, cut into members in one way or another; `gzip -t` accepts all of these.
  @Test("gzip files of several members, with an empty one at the end, and with padding", arguments: [1, 2, 5])
  func readsAllMembers(_ count: Int) throws {
    let folder = try IDXFixture.folder()
    let plain = try load(folder)
    let name = IDXFixture.names[0]
    let bytes = try readFile(folder / name)
    let size = (bytes.count + count - 1) / count
    let members = try stride(from: 0, to: bytes.count, by: size).flatMap { start in
      try IDXFixture.gzipped(Array(bytes[start..<min(start + size, bytes.count)]))
    }
    // What bgzip ends its files with (SAMv1, section 4.1.2).
    let end: [UInt8] = [
      0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, 0x42, 0x43, 2, 0, 0x1b, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ]
    try FileManager.default.removeItem(atPath: folder / name)
    for tail in [[], end, [UInt8](repeating: 0, count: 512), end + [0]] {
      try folder.write(members + tail, to: name + ".gz")
      #expect(try load(folder).sha256 == plain.sha256, "\(count) members, \(tail.count) bytes behind them")
    }
  }

  @Test("no more is unpacked than the header promises") func bombs() throws {
    let folder = try IDXFixture.folder()
    let bytes = IDXFixture.images(6) + [UInt8](repeating: 0, count: 1 << 24)
    try FileManager.default.removeItem(atPath: folder / IDXFixture.names[0])
    try folder.write(IDXFixture.gzipped(bytes), to: IDXFixture.names[0] + ".gz")
    #expect(
      failure(folder) == "DIR/train-images-idx3-ubyte.gz: the header claims 6×4×5 bytes, the file holds more")
  }

  @Test("there may be more than 256 classes, and every label counts in the digest")
  func manyClasses() throws {
    func data(_ last: Int32) throws -> Dataset {
      let set = ImageSet(pixels: (0..<300).map { UInt8($0 % 251) }, size: 1, labels: Array(0..<299) + [last])
      return try Dataset(name: "many", train: set, test: set, path: "many")
    }
    let many = try data(299)
    #expect(many.classes == 300 && many.train.targetFormat == .classes(300))
    #expect(many.sha256 != (try data(43).sha256), "299 and 43 have the low byte in common")
    #expect(many.labeled(as: ClassNames(count: 300))?.train.labels.last == 299)
  }

  @Test func embeddedDigitsAreBalanced() throws {
    let data = try Dataset.embedded()
    #expect(data.train.count == 4000 && data.test.count == 1000 && data.classes == 10)
    #expect(data.train.size == 28)
    for label in 0..<10 {
      #expect(data.train.labels.count { $0 == label } == 400)
      #expect(data.test.labels.count { $0 == label } == 100)
    }
    #expect(data.train.labels.prefix(20) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    let ink = data.train.pixels
    let sum = ink.indices.reduce(0) { $0 + Int(ink[$1]) }
    // MNIST's mean over the whole training set is 0.1307; these are the first 400 of each class.
    #expect(abs(Double(sum) / Double(ink.count) / 255 - 0.1307) < 0.003)
  }

  @Test(.enabled(if: mnistFolder != nil, "set KOBAI_MNIST_DIR to the folder of MNIST's files"))
  func readsTheFullSet() throws {
    let data = try Dataset.load(folder: try #require(mnistFolder))
    #expect(data.train.count == 60_000 && data.test.count == 10_000 && data.classes == 10)
    #expect(data.train.labels.prefix(10) == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4])
    #expect(data.test.labels.prefix(10) == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9])
    // The embedded digits are the first 400 of each class.
    let embedded = try Dataset.embedded()
    for label in [0, 9] as [Int32] {
      let full = try #require(data.train.labels.firstIndex(of: label))
      let mine = try #require(embedded.train.labels.firstIndex(of: label))
      let (a, b) = (data.train.pixels, embedded.train.pixels)
      #expect((0..<784).allSatisfy { a[full * 784 + $0] == b[mine * 784 + $0] })
    }
  }
}
