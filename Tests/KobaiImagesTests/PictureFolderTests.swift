import Foundation
import KobaiFiles
import KobaiKernels
import KobaiReport
import TestSupport
import Testing

@testable import KobaiData
@testable import KobaiImages

/// Folders of pictures, one for each class, as data sets.
@Suite("pictures in folders", .enabled(if: hasLibpng && hasLibjpeg, "sudo apt-get install libpng16-16 libjpeg62-turbo"))
struct PictureFolderTests {
  private let folder: TemporaryFolder
  private let cache: TemporaryFolder

  init() throws { (folder, cache) = (try TemporaryFolder(), try TemporaryFolder()) }

  /// A picture of one gray.
  private func gray(_ value: Int, _ width: Int = 4, _ height: Int = 3) -> [UInt8] {
    PNGFixture(width: width, height: height) { _, _ in [value] }.bytes
  }

  private func color(_ rgb: [Int], _ width: Int = 4, _ height: Int = 3) -> [UInt8] {
    PNGFixture(width: width, height: height, color: .rgb) { _, _ in rgb }.bytes
  }

  private func load(_ change: (inout PictureOptions) -> Void = { _ in }) throws -> (data: Dataset, notes: [String]) {
    var options = PictureOptions()
    options.cacheFolder = cache.path
    change(&options)
    var notes: [String] = []
    let data = try Dataset.load(pictures: folder.path, options: options, note: { notes.append(plain($0)) })
    return (data, notes)
  }

  private func plain(_ text: String) -> String { text.replacing(folder.path, with: "DIR") }

  private func failure(_ change: (inout PictureOptions) -> Void = { _ in }) -> String? {
    do {
      _ = try load(change)
      return nil
    } catch { return plain("\(error)") }
  }

  private func bytes(_ set: ImageSet) -> [UInt8] { set.pixels.indices.map { set.pixels[$0] } }

  @Test("digits as PNG files are the digits of the IDX files, bit for bit")
  func digits() throws {
    let all = try Dataset.embedded()
    func few(_ set: ImageSet, _ count: Int) -> ImageSet {
      ImageSet(pixels: Array(bytes(set)[..<(count * 784)]), size: 28, labels: Array(set.labels[..<count]))
    }
    let data = try Dataset(name: "few", train: few(all.train, 120), test: few(all.test, 30), path: "few")
    for (name, set) in [("training", data.train), ("testing", data.test)] {
      let pixels = bytes(set)
      for i in 0..<set.count {
        let image = PNGImage(width: 28, height: 28, gray: Array(pixels[i * 784..<(i + 1) * 784]))
        try folder.write(image.bytes, to: "\(name)/\(set.labels[i])/\(i).png")
      }
    }
    let loaded = try load().data
    #expect(loaded.sha256 == data.sha256 && loaded.classNames == ClassNames(count: 10))
    // From a file that is mapped into memory, which is found again.
    let mapped = try load { $0.memoryLimit = 0 }.data
    #expect(mapped.sha256 == data.sha256)
    #expect(try cache.contents().filter { $0.hasSuffix(".pixels") }.count == 1)
    var options = PictureOptions()
    (options.cacheFolder, options.memoryLimit) = (cache.path, 0)
    let again = try Dataset.load(
      pictures: folder.path, options: options, progress: { _ in Issue.record("decoded again") })
    #expect(again.sha256 == data.sha256)
    // A picture that changes is decoded anew.
    try folder.write(gray(7, 28, 28), to: "training/\(data.train.labels[5])/5.png")
    let changed = try load { $0.memoryLimit = 0 }.data
    #expect(changed.sha256 != data.sha256 && changed.train.pixels[5 * 784] == 7)
  }

  @Test("samples come in the order of their files' names, in which numbers count, over all classes")
  func order() throws {
    for (i, name) in ["b/1.png", "a/2.png", "b/10.png", "a/10.png", "a/deep/x9.png", "b/x10.png"].enumerated() {
      try folder.write(gray(10 * i), to: "train/\(name)")
    }
    try folder.write(gray(99), to: "test/b/1.png")
    try folder.write(Array("not a picture".utf8), to: "train/a/readme.txt")
    try folder.write(Array("not a picture".utf8), to: "train/a/.hidden.png")
    let (data, notes) = try load()
    #expect((0..<6).map { data.train.pixels[12 * $0] } == [0, 10, 30, 20, 40, 50])
    #expect(data.train.labels == [1, 0, 0, 1, 0, 1] && data.test.labels == [1])
    #expect(data.classNames.names == ["a", "b"] && data.train.channels == 1 && data.train.size == Size2D(3, 4))
    #expect(notes == ["DIR: left out what is no picture of a class: 1 file, such as DIR/train/a/readme.txt"])
  }

  @Test("without test pictures, a share of each class is set aside")
  func split() throws {
    for i in 0..<20 { try folder.write(gray(i), to: "\(i < 15 ? "cat" : "dog")/\(i).png") }
    let (data, notes) = try load()
    #expect(data.train.count == 16 && data.test.count == 4)
    #expect(data.test.labels.count { $0 == 0 } == 3 && data.train.labels.count { $0 == 1 } == 4)
    #expect(
      notes == [
        "DIR: no folder of test pictures; 4 pictures of 20, the same share of each class, are set aside by seed 0"
      ])
    #expect(try load().data.sha256 == data.sha256)
    #expect(try load { $0.seed = 1 }.data.sha256 != data.sha256)
  }

  @Test("pictures of several sizes get the most frequent one, or that of an option; some colours make all coloured")
  func sizes() throws {
    try folder.write(color([10, 20, 30], 6, 6), to: "train/a/1.png")
    try folder.write(gray(40, 6, 6), to: "train/a/2.png")
    try folder.write(gray(50, 12, 8), to: "train/a/3.png")
    try folder.write(gray(60, 6, 6), to: "test/a/1.png")
    let data = try load().data
    #expect(data.train.size == 6 && data.train.channels == 3)
    #expect(bytes(data.train) == [10, 20, 30, 40, 40, 40, 50, 50, 50].flatMap { [UInt8](repeating: $0, count: 36) })
    let padded = try load {
      ($0.size, $0.fit, $0.channels) = (6, .pad, 1)
    }.data.train
    // 0.299 · 10 + 0.587 · 20 + 0.114 · 30 = 18.15, and a picture of 12 × 8 between two black rows.
    let rows = [0, 50, 50, 50, 50, 0].flatMap { [UInt8](repeating: $0, count: 6) }
    #expect(bytes(padded) == [UInt8](repeating: 18, count: 36) + [UInt8](repeating: 40, count: 36) + rows)
    let small = try load { $0.size = Size2D(3, 2) }.data
    #expect(small.train.size == Size2D(3, 2) && small.test.size == Size2D(3, 2))
    #expect(bytes(small.test) == [UInt8](repeating: 60, count: 18))
  }

  @Test("large JPEG files are decoded smaller, and stand upright")
  func jpeg() throws {
    let turned = JPEGFixture.gray(exif: JPEGFixture.exif(orientation: 6, isLittleEndian: true))
    try folder.write(turned, to: "train/a/1.jpg")  // c a / d b of 16 × 32
    try folder.write(JPEGFixture.gray, to: "test/a/1.JPEG")
    let data = try load { ($0.size, $0.fit) = (2, .stretch) }.data
    // The filter takes a seventh of each new pixel from the neighbours: 36/49 · 40 + 6/49 · (100 + 160) + 1/49 · 220 = 66.
    for (set, grays) in [(data.train, [152, 66, 194, 108]), (data.test, [66, 108, 152, 194])] {
      #expect(zip(bytes(set), grays).allSatisfy { abs(Int($0) - $1) <= 3 }, "\(bytes(set))")
    }
    let crop = try load { $0.size = 2 }.data.test  // the middle: half of each
    #expect(crop.size == 2)
  }

  @Test("what cannot be read is named, or left out with a note")
  func unreadable() throws {
    for i in 0..<4 { try folder.write(gray(i), to: "train/a/\(i).png") }
    try folder.write(gray(4), to: "test/a/1.png")
    try folder.write(Array(gray(1).dropLast(20)), to: "train/a/1.png")
    #expect(
      try #require(failure()).wholeMatch(
        of: /DIR\/train\/a\/1.png: libpng cannot read it: .+; mend it, or skip unreadable ones/) != nil)
    try folder.write(Array("GIF89a".utf8), to: "train/a/3.gif")
    #expect(
      try #require(failure()).wholeMatch(
        of: /DIR\/train\/a\/3.gif: is a GIF picture; convert it to PNG or JPEG; mend it, or skip unreadable ones/)
        != nil)
    for limit in [0, 1 << 20] {
      let (data, notes) = try load { ($0.skipsUnreadable, $0.memoryLimit) = (true, limit) }
      #expect(data.train.count == 3 && data.test.count == 1)
      #expect((0..<3).map { data.train.pixels[12 * $0] } == [0, 2, 3])
      #expect(
        notes.count == 1
          && notes[0].hasPrefix("DIR: left out 2 of 6 pictures that cannot be read: DIR/train/a/1.png: libpng cannot"))
    }
    try folder.write([], to: "test/a/1.png")
    #expect(failure { $0.skipsUnreadable = true } == "DIR: none of the test pictures can be read; mend them")
  }

  @Test("folders that are no classes of pictures are refused in a line")
  func folders() throws {
    #expect(failure() == "DIR: holds no folders; it takes one for each class, with PNG or JPEG files")
    try folder.write(gray(1), to: "1.png")
    #expect(failure() == "DIR: holds pictures, but no classes; put those of a class into a folder of its name")
    try FileManager.default.createDirectory(atPath: folder / "a", withIntermediateDirectories: false)
    #expect(failure() == "DIR/a: holds no PNG or JPEG files; put some of its class there, or remove it")
    try folder.write(gray(1), to: "a/1.png")
    #expect(failure() == "DIR: holds one picture; it takes one to train on and one to test with at least")
    try FileManager.default.createSymbolicLink(atPath: folder / "a/loop", withDestinationPath: folder / "a")
    #expect(
      try #require(failure()).hasSuffix("/loop: lies more than 16 folders deep; does a link lead back up?"))
    var error = #expect(throws: FileError.self) { try Dataset.load(pictures: folder / "none") }
    #expect(error?.reason == "no such folder; name one that has a folder of pictures for each class")
    error = #expect(throws: FileError.self) { try Dataset.load(pictures: folder / "1.png") }
    #expect(error?.reason == "is a file; name a folder that has a folder of pictures for each class")
  }

  /// A thousand times, one file of a good folder is damaged in some way: the folder is then read whole, or refused in one line
  /// that names the file.
  @Test("malformed pictures are refused in a line that names them")
  func malformed() throws {
    let good: [(name: String, bytes: [UInt8])] = [
      ("train/a/1.png", gray(10)), ("train/a/2.jpg", JPEGFixture.gray), ("train/b/3.png", color([1, 2, 3])),
      ("train/b/4.jpg", JPEGFixture.color), ("test/a/5.png", gray(9)), ("test/b/6.jpg", JPEGFixture.progressive),
    ]
    for file in good { try folder.write(file.bytes, to: file.name) }
    var random = TestRandom(97)
    var refused = 0
    for i in 0..<1000 {
      let (name, bytes) = good[random.index(below: good.count)]
      var damaged = bytes
      switch random.index(below: 6) {
      case 0: damaged = Array(bytes[..<random.index(below: bytes.count)])
      case 1:
        for _ in 0...random.index(below: 8) {
          damaged[random.index(below: bytes.count)] = UInt8(truncatingIfNeeded: random.bits())
        }
      case 2:
        let sizes = [0, 1, 3000, 10_001, 65_535, 0x7fff_ffff, 0xffff_ffff]
        let (width, height) = (sizes[random.index(below: 7)], sizes[random.index(below: 7)])
        let header = PNGFixture.number(width) + PNGFixture.number(height) + [8, UInt8(random.index(below: 7)), 0, 0, 0]
        damaged = PNGFile.signature + PNGFixture.chunk("IHDR", header) + PNGFixture.chunk("IDAT", [0x78, 0x9c, 3, 0])
      case 3:  // the frame of a JPEG file claims another size
        if let frame = bytes.indices.dropLast(9).first(where: {
          bytes[$0] == 0xff && [0xc0, 0xc2].contains(bytes[$0 + 1])
        }) {
          for k in 5..<9 { damaged[frame + k] = UInt8(truncatingIfNeeded: random.bits()) }
        }
      case 4: damaged = (0..<random.index(below: 300)).map { _ in UInt8(truncatingIfNeeded: random.bits()) }
      default: damaged = good[random.index(below: good.count)].bytes + damaged
      }
      try folder.write(damaged, to: name)
      do {
        let data = try load { $0.size = Size2D(3, 4) }.data
        #expect(data.train.count == 4 && data.test.count == 2, "\(i)")
      } catch {
        refused += 1
        let line = plain("\(error)")
        #expect(line.hasPrefix("DIR/\(name): ") && !line.contains(where: \.isNewline), "\(i): \(line)")
      }
      try folder.write(bytes, to: name)
    }
    #expect(refused > 300 && refused < 1000)
    #expect(try load().data.train.count == 4)
  }

  @Test(
    "CIFAR-10 as folders of JPEG files",
    .enabled(if: cifarFolder != nil, "set KOBAI_CIFAR_DIR to a folder with train/airplane/0000.jpg and the others"))
  func cifar() throws {
    let data = try Dataset.load(pictures: try #require(cifarFolder))
    #expect(data.train.count == 50_000 && data.test.count == 10_000)
    #expect(data.train.inputShape == [3, 32, 32] && data.classNames.names.prefix(2) == ["airplane", "automobile"])
    // The first pictures of all classes, then the second ones.
    #expect(data.train.labels.prefix(12) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1])
    let learned = try Normalization.learned(from: data.train)
    for c in 0..<3 {
      #expect(abs(learned.means[c] - Normalization.cifar10.means[c]) < 0.005)
      #expect(abs(learned.deviations[c] - Normalization.cifar10.deviations[c]) < 0.01)
    }
  }

  @Test("numbers in names count as numbers")
  func natural() {
    let sorted = ["1", "01", "2", "9.png", "10.png", "a", "a2", "a10", "b1c2", "b1c10", "b01c11"]
    for (i, a) in sorted.enumerated() {
      for (j, b) in sorted.enumerated() where i != j {
        let isFirst = NaturalKey(a) < NaturalKey(b)
        #expect(isFirst != (NaturalKey(b) < NaturalKey(a)))
        if !["1", "01"].contains(a) || !["1", "01"].contains(b) { #expect(isFirst == (i < j), "\(a) \(b)") }
      }
    }
  }

  @Test(
    "pictures are resized and cropped as torchvision does, to the byte",
    .enabled(if: Interop.python != nil, "set KOBAI_PYTHON to a Python with numpy and Pillow"))
  func torchvision() throws {
    let expected = folder / "expected"
    let run = try Interop.run("picture_folder.py", [folder / "train", expected])
    #expect(run.code == 0, "\(run.errors)")
    let file = try readFile(expected)
    try FileManager.default.removeItem(atPath: expected)
    for (i, size) in [Size2D(24), Size2D(50, 33), Size2D(7, 64)].enumerated() {
      for channels in [1, 3] {
        // All pictures are in both sets: the test set is the training set.
        try? FileManager.default.createSymbolicLink(atPath: folder / "test", withDestinationPath: folder / "train")
        let set = try load { ($0.size, $0.channels) = (size, channels) }.data.train
        let count = set.count * set.pixelsPerImage
        let start =
          [24 * 24, 50 * 33, 7 * 64].prefix(i).reduce(0, +) * 4 * set.count
          + (channels == 3 ? size.area * set.count : 0)
        #expect(bytes(set) == Array(file[start..<start + count]), "\(channels)×\(size)")
      }
    }
  }
}
