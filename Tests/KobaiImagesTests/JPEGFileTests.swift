import KobaiFiles
import TestSupport
import Testing

@testable import KobaiImages

@Suite(.enabled(if: hasLibjpeg, "sudo apt-get install libjpeg62-turbo")) struct JPEGFileTests {
  /// The grays in the middle of the four quarters, row by row.
  private func quarters(_ picture: Picture) -> [Int] {
    [(1, 1), (3, 1), (1, 3), (3, 3)].map { x, y in
      Int(picture.pixels[(y * picture.height / 4 * picture.width + x * picture.width / 4) * picture.channels])
    }
  }

  @Test(arguments: [JPEGFixture.gray, JPEGFixture.progressive]) func readsGrays(_ file: [UInt8]) throws {
    let picture = try JPEGFile.decode(file, path: "x.jpg")
    #expect(picture.width == 32 && picture.height == 16 && picture.channels == 1)
    #expect(zip(quarters(picture), [40, 100, 160, 220]).allSatisfy { abs($0 - $1) <= 3 })
  }

  @Test func readsColors() throws {
    let picture = try JPEGFile.decode(JPEGFixture.color, path: "x.jpg")
    #expect(picture.width == 16 && picture.height == 16 && picture.channels == 3)
    for i in picture.pixels.indices { #expect(abs(Int(picture.pixels[i]) - [200, 60, 30][i % 3]) <= 3) }
  }

  /// What each orientation of a camera makes of four quarters a b / c d (CIPA DC-008, 4.6.4, table 8).
  @Test(arguments: [
    (1, "abcd"), (2, "badc"), (3, "dcba"), (4, "cdab"), (5, "acbd"), (6, "cadb"), (7, "dbca"), (8, "bdac"),
  ])
  func turnsAsEXIFSays(_ orientation: Int, _ expected: String) throws {
    let folder = try TemporaryFolder()
    for isLittleEndian in [false, true] {
      let exif = JPEGFixture.exif(orientation: orientation, isLittleEndian: isLittleEndian)
      try folder.write(JPEGFixture.gray(exif: exif), to: "x.jpg")
      let picture = try Picture(file: folder / "x.jpg")
      #expect((picture.width, picture.height) == (orientation < 5 ? (32, 16) : (16, 32)))
      let header = try Picture.header(readFile(folder / "x.jpg"), path: "x.jpg")
      #expect((header.width, header.height) == (picture.width, picture.height), "orientation \(orientation)")
      let names = quarters(picture).map { gray in "abcd".map { String($0) }[(gray - 40 + 30) / 60] }
      #expect(names.joined() == expected)
    }
  }

  @Test func isUprightWhereEXIFIsDamaged() throws {
    let whole = JPEGFixture.exif(orientation: 6, isLittleEndian: true)
    for count in 0..<32 {  // up to the orientation
      #expect(Orientation(tiff: Array(whole.prefix(count))) == .upright, "\(count) bytes")
      #expect(JPEGFile.orientation(JPEGFixture.gray(exif: Array(whole.prefix(count)))) == .upright)
    }
    #expect(Orientation(tiff: whole) == Orientation(value: 6))
    for (position, byte) in [(0, 0x20), (2, 0), (4, 0xff), (7, 0xff), (24, 4), (30, 9), (30, 0)] as [(Int, UInt8)] {
      var damaged = whole
      damaged[position] = byte
      #expect(Orientation(tiff: damaged) == .upright, "byte \(position)")
    }
    for count in 0..<60 { _ = JPEGFile.orientation(Array(JPEGFixture.gray(exif: whole).prefix(count))) }
  }

  private func failure(_ file: [UInt8]) -> String? {
    do {
      _ = try JPEGFile.decode(file, path: "x.jpg")
      return nil
    } catch { return error.description }
  }

  @Test func saysWhatIsWrongWithAFile() throws {
    #expect(failure(JPEGFixture.print) == "x.jpg: has the colours of print (CMYK); convert it to RGB")
    let file = JPEGFixture.gray
    for count in [4, 20, file.count / 2, file.count - 10] {
      #expect(
        failure(Array(file.prefix(count))) == "x.jpg: libjpeg cannot read it: read beyond end of data", "\(count)")
    }
    var wrong = file
    wrong[1] = 0
    #expect(failure(wrong)?.hasPrefix("x.jpg: libjpeg cannot read it: Not a JPEG file") == true)
  }

  @Test func refusesWhatIsTooLargeAndReducesWhatIsLarge() throws {
    // The frame header: FF C0, its length, 8 bits, height, width.
    let frame = try #require(JPEGFixture.gray.indices.first { JPEGFixture.gray[$0...].starts(with: [0xff, 0xc0]) })
    var file = JPEGFixture.gray
    file.replaceSubrange(frame + 5..<frame + 9, with: [0x27, 0x11, 0x00, 0x20])
    #expect(failure(file) == "x.jpg: its 32×10001 pixels exceed 10000×10000; make it smaller")
    let large = Picture(width: 5000, height: 2, pixels: [UInt8](repeating: 9, count: 10_000))
    #expect(Picture.reduction(width: 5000, height: 2) == 3)
    #expect(large.reduced(by: 3) == Picture(width: 1667, height: 1, pixels: [UInt8](repeating: 9, count: 1667)))
  }
}

@Test func saysHowToGetLibjpeg() throws {
  let libraries = [
    JPEGFile.Library(name: "libjpeg-that-nobody-has.so", version: 62, size: 632),
    JPEGFile.Library(name: "libz.so.1", version: 62, size: 632),
  ]
  let error = #expect(throws: ImageError.missingJPEGLibrary) {
    try JPEGFile.decode(JPEGFixture.gray, path: "x.jpg", libraries: libraries)
  }
  #expect(
    error?.description
      == "libjpeg-turbo is not installed: sudo apt-get install libjpeg62-turbo (on Ubuntu libjpeg-turbo8)")
}
