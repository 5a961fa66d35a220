import Foundation
import KobaiData
import KobaiFiles
import KobaiKernels
import TestSupport
import Testing

/// Images that lie on their side, labels from 1 on, and classes with names.
@Suite("EMNIST and class names") struct EMNISTTests {
  private static func names(_ set: String) -> [String] {
    ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "test-images-idx3-ubyte", "test-labels-idx1-ubyte"].map {
      set + $0
    }
  }

  /// Three letters: labels 1 to 3, and the images of the usual fixture.
  private func letters(_ set: String = "emnist-letters-") throws -> TemporaryFolder {
    let folder = try IDXFixture.folder(Self.names(set))
    try folder.write(IDXFixture.labels([1, 2, 3, 1, 2, 3]), to: Self.names(set)[1])
    try folder.write(IDXFixture.labels([3, 1, 2]), to: Self.names(set)[3])
    return folder
  }

  @Test("EMNIST is turned upright, its labels begin at 0, and its classes have names")
  func recognized() throws {
    let folder = try letters()
    let data = try Dataset.load(folder: folder.path)
    #expect(data.train.size == Size2D(5, 4), "stored as 4×5")
    // The first image has the pixels 0 to 19 in rows of five; transposed, its first row is 0, 5, 10, 15.
    #expect((0..<8).map { data.train.pixels[$0] } == [0, 5, 10, 15, 1, 6, 11, 16])
    #expect(data.train.labels == [0, 1, 2, 0, 1, 2] && data.test.labels == [2, 0, 1])
    #expect(data.classes == 3 && data.classNames.names == ["A", "B", "C"])
    #expect(data.storage.isTransposed && data.storage.firstLabel == 1)
    #expect(
      data.noticeOfTurnedImages
        == "\(folder.path): its images are stored transposed, as EMNIST's are, and were turned upright")
    try folder.write(Array("1 945 945\n2 946\n3 947\n\n".utf8), to: "emnist-letters-mapping.txt")
    #expect(try Dataset.load(folder: folder.path).classNames.names == ["α", "β", "γ"])
    try folder.write(Array("1 65\n3 66\n".utf8), to: "emnist-letters-mapping.txt")
    let error = #expect(throws: FileError.self) { try Dataset.load(folder: folder.path) }
    #expect(
      error?.description == "\(folder / "emnist-letters-mapping.txt"): is no mapping; its lines are \"label code\", "
        + "the labels without a gap")
  }

  @Test("what was told counts more than a file's name")
  func told() throws {
    let (named, other) = (try letters(), try letters(""))
    #expect(try Dataset.load(folder: other.path).train.size == Size2D(4, 5))
    let turned = try Dataset.load(folder: other.path, orientation: .transposed)
    #expect(turned.train.size == Size2D(5, 4) && turned.classNames.names == ["1", "2", "3"])
    #expect(turned.train.labels == [0, 1, 2, 0, 1, 2], "no class without an image")
    #expect(try turned.sha256 == Dataset.load(folder: named.path).sha256, "the digest is that of what is trained")
    #expect(try Dataset.load(folder: named.path, orientation: .upright).train.size == Size2D(4, 5))
  }

  @Test(
    "EMNIST's sets have their names without a mapping file",
    arguments: [
      ("byclass", 62, "0", "z"), ("bymerge", 47, "0", "t"), ("balanced", 47, "0", "t"), ("digits", 10, "0", "9"),
      ("mnist", 10, "0", "9"), ("letters", 26, "A", "Z"),
    ])
  func knownSets(_ set: String, _ classes: Int, _ first: String, _ last: String) throws {
    let prefix = "emnist-\(set)-"
    let folder = try IDXFixture.folder(Self.names(prefix))
    let start = set == "letters" ? 1 : 0
    try folder.write(IDXFixture.images(classes), to: Self.names(prefix)[0])
    try folder.write(IDXFixture.labels((0..<classes).map { UInt8($0 + start) }), to: Self.names(prefix)[1])
    try folder.write(IDXFixture.labels([1, 2, 3]), to: Self.names(prefix)[3])
    let data = try Dataset.load(folder: folder.path)
    #expect(data.classes == classes && data.classNames.names.first == first && data.classNames.names.last == last)
  }

  @Test("data go back to how they are stored, and to the labels of a network")
  func labels() throws {
    let folder = try letters()
    let data = try Dataset.load(folder: folder.path)
    let stored = data.asStored
    #expect(stored.train.labels == [1, 2, 3, 1, 2, 3] && stored.classes == 4 && stored.train.size == Size2D(4, 5))
    #expect((0..<120).allSatisfy { Int(stored.train.pixels[$0]) == $0 })
    func labels(_ names: ClassNames) -> [Int32]? { data.labeled(as: names)?.test.labels }
    #expect(labels(try ClassNames(["C", "0", "A", "B"])) == [0, 2, 3], "by name")
    #expect(labels(ClassNames(count: 4)) == [3, 1, 2], "numbers are the stored labels")
    #expect(labels(ClassNames(count: 3)) == [2, 0, 1], "three classes are these three")
    #expect(labels(try ClassNames(["x", "y", "z"])) == [2, 0, 1])
    #expect(labels(try ClassNames(["w", "x", "y", "z"])) == nil)
    let named = try data.named(ClassNames(["x", "y", "z"]))
    #expect(named.classNames.names == ["x", "y", "z"] && named.sha256 == data.sha256)
    let problem = #expect(throws: ClassNames.Problem.self) { try data.named(ClassNames(count: 2)) }
    #expect(problem?.description == "2 names for the 3 classes of \(folder.path)")
  }

  @Test("names are typed with commas, a line each, or as a mapping") func typed() throws {
    let folder = try TemporaryFolder()
    try folder.write(Array("T-shirt/top\n  Ankle boot \n\n".utf8), to: "lines")
    try folder.write(Array("0 48\n1 65 97\n".utf8), to: "mapping")
    try folder.write(Array("a\na\n".utf8), to: "twice")
    #expect(try ClassNames(typed: "a, b,Ä").names == ["a", "b", "Ä"])
    #expect(try ClassNames(typed: folder / "lines").names == ["T-shirt/top", "Ankle boot"])
    #expect(try ClassNames(typed: folder / "mapping").names == ["0", "A"])
    for (text, message) in [
      ("a,,b", "\"\" is no name; it takes 1 to 100 printable characters"),
      ("a,b\u{1b}[2J", "\"b\\u{1B}[2J\" is no name; it takes 1 to 100 printable characters"),
      ("a,b,a", "a occurs twice"),
      ("nowhere", "nowhere is no file; it takes names with commas between them, or a file with one a line"),
      (folder / "twice", "\(folder / "twice"): a occurs twice"),
    ] {
      let error = #expect(throws: (any Error).self) { try ClassNames(typed: text) }
      #expect(error.map { "\($0)" } == message)
    }
  }
}
