import Foundation
import KobaiReport
import TestSupport
import Testing

@testable import KobaiImages

@Suite(.enabled(if: hasLibpng, "sudo apt-get install libpng16-16")) struct PNGFileTests {
  private func read(_ fixture: PNGFixture) throws -> [UInt8] {
    let image = try PNGFile.decode(fixture.bytes, path: "fixture.png")
    #expect(image.width == fixture.width && image.height == fixture.height)
    return image.pixels
  }

  @Test(arguments: [1, 2, 4, 8], [false, true])
  func readsGraysOfEveryDepth(_ bits: Int, _ isInterlaced: Bool) throws {
    let largest = (1 << bits) - 1
    let value: (Int, Int) -> Int = { x, y in (3 * x + 5 * y) & largest }
    let pixels = try read(PNGFixture(width: 13, height: 11, bits: bits, isInterlaced: isInterlaced) { [value($0, $1)] })
    #expect(pixels == (0..<11).flatMap { y in (0..<13).map { x in UInt8(value(x, y) * 255 / largest) } })
  }

  @Test func readsSixteenBits() throws {
    let values = [0, 257, 257 * 100, 257 * 200, 65535]
    #expect(try read(PNGFixture(width: 5, height: 1, bits: 16) { x, _ in [values[x]] }) == [0, 1, 100, 200, 255])
    let rgba = PNGFixture(width: 2, height: 1, bits: 16, color: .rgba, isInterlaced: true) { x, _ in
      [257 * 80, 257 * 80, 257 * 80, x == 0 ? 65535 : 0]
    }
    #expect(try read(rgba) == [80, 80, 80, 255, 255, 255])
  }

  private static let colors = [
    [255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0], [10, 10, 10], [200, 200, 200], [0, 0, 0], [255, 255, 255],
    [30, 90, 160],
  ]

  @Test(arguments: [false, true])
  func readsColors(_ isInterlaced: Bool) throws {
    let colors = Self.colors
    var rgb = PNGFixture(width: 9, height: 1, color: .rgb, isInterlaced: isInterlaced) { x, _ in colors[x] }
    func check(_ pixels: [UInt8]) { #expect(pixels.map(Int.init) == colors.flatMap { $0 }) }
    check(try read(rgb))
    (rgb.color, rgb.samples) = (.rgba, { x, _ in colors[x] + [255] })
    check(try read(rgb))
    let palette = [(name: "PLTE", contents: colors.flatMap { $0.map(UInt8.init) })]
    check(
      try read(
        PNGFixture(
          width: 9, height: 1, bits: 4, color: .palette, isInterlaced: isInterlaced, chunks: palette
        ) { x, _ in [x] }))
  }

  @Test func showsWhiteThroughWhatIsTransparent() throws {
    let alphas = [0, 51, 128, 255]
    let gray = PNGFixture(width: 4, height: 1, color: .grayAlpha) { x, _ in [100, alphas[x]] }
    #expect(try read(gray) == [255, 224, 177, 100])  // 100 α + 255 (1 − α)
    let black = PNGFixture(width: 4, height: 1, color: .rgba) { x, _ in [0, 0, 0, alphas[x]] }
    #expect(try read(black) == [255, 204, 127, 0].flatMap { [$0, $0, $0] })
    let palette = PNGFixture(
      width: 3, height: 1, bits: 2, color: .palette,
      chunks: [("PLTE", [0, 0, 0, 0, 0, 0, 80, 80, 80]), ("tRNS", [0, 51])]
    ) { x, _ in [x] }
    #expect(try read(palette) == [255, 204, 80].flatMap { [$0, $0, $0] })
    let key = PNGFixture(width: 3, height: 1, chunks: [("tRNS", [0, 7])]) { x, _ in [x + 6] }
    #expect(try read(key) == [6, 255, 8])
  }

  @Test func showsBlackThroughWhatIsTransparentUnderLightInk() throws {
    let alphas = [0, 51, 128, 255]
    let white = PNGFixture(width: 4, height: 1, color: .grayAlpha) { x, _ in [255, alphas[x]] }
    #expect(try read(white) == [0, 51, 128, 255])
    let yellow = PNGFixture(width: 2, height: 1, color: .rgba) { x, _ in [255, 255, 90, x * 255] }
    #expect(try read(yellow) == [0, 0, 0, 255, 255, 90])
  }

  @Test func turnsAsEXIFSays() throws {
    let folder = try TemporaryFolder()
    for value in 1...8 {
      let exif = JPEGFixture.exif(orientation: value, isLittleEndian: value % 2 == 0)
      let upright = try PNGFile.decode(PNGFixture(width: 3, height: 2) { x, y in [10 * x + 100 * y] }.bytes, path: "")
      let file = PNGFixture(width: 3, height: 2, chunks: [("eXIf", exif)]) { x, y in [10 * x + 100 * y] }
      try folder.write(file.bytes, to: "turned.png")
      #expect(try Picture(file: folder / "turned.png") == upright.upright(Orientation(value: value)))
    }
  }

  @Test func whatComesBehindTheEndIsNotOfThePicture() throws {
    let folder = try TemporaryFolder()
    let whole = PNGFixture(width: 3, height: 2) { x, y in [10 * x + 100 * y] }
    let exif = PNGFixture.chunk("eXIf", JPEGFixture.exif(orientation: 6, isLittleEndian: true))
    for rest in [exif, [UInt8](repeating: 0xff, count: 40), Array(whole.bytes.dropFirst(20))] {
      try folder.write(whole.bytes + rest, to: "a.png")
      #expect(try Picture(file: folder / "a.png") == PNGFile.decode(whole.bytes, path: ""))
    }
  }

  @Test func readsWhatTheReportWrites() throws {
    let folder = try TemporaryFolder()
    let pixels = (0..<31 * 17).map { UInt8(truncatingIfNeeded: $0 * 7) }
    try folder.write(PNGImage(width: 31, height: 17, gray: pixels).bytes, to: "a.png")
    #expect(try Picture(file: folder / "a.png") == Picture(width: 31, height: 17, pixels: pixels))
  }

  // MARK: - Trouble

  /// What reading says is wrong, without the folder's path.
  private func failure(_ bytes: [UInt8]?) throws -> String? {
    let folder = try TemporaryFolder()
    if let bytes { try folder.write(bytes, to: "x.png") }
    do {
      _ = try Picture(file: folder / "x.png")
      return nil
    } catch { return error.description.replacingOccurrences(of: folder.path, with: "DIR") }
  }

  private static let whole = PNGFixture(width: 40, height: 30) { [$0 * $1 & 0xff] }.bytes

  @Test func saysWhatIsWrongWithAFile() throws {
    #expect(try failure(Self.whole) == nil)
    #expect(try failure(nil) == "DIR/x.png: cannot be read: No such file or directory")
    #expect(try failure([]) == "DIR/x.png: is neither a PNG nor a JPEG file; convert it to PNG or JPEG")
    for (start, name) in [
      ("GIF89a", "a GIF picture"), ("RIFF1234WEBPVP8 ", "a WebP picture"), ("\0\0\0\u{18}ftypheic", "a HEIF picture"),
      ("\0\0\0\u{18}ftypavif", "an AVIF picture"), ("II*\0", "a TIFF picture"), ("%PDF-1.7", "a PDF document"),
    ] {
      #expect(
        try failure(Array("\(start) and more of it".utf8))
          == "DIR/x.png: is \(name); convert it to PNG or JPEG")
    }
    var wrongSum = Self.whole
    wrongSum[20] ^= 1  // in the header: the width
    #expect(try failure(wrongSum) == "DIR/x.png: libpng cannot read it: IHDR: CRC error")
    var damaged = Self.whole
    damaged[60] ^= 0xff
    #expect(try failure(damaged)?.hasPrefix("DIR/x.png: libpng cannot read it: ") == true)
    let size = PNGFixture(width: 0, height: 30) { _, _ in [0] }.bytes
    #expect(try failure(size) == "DIR/x.png: libpng cannot read it: Invalid IHDR data")
  }

  @Test(arguments: [8, 20, 33, 50, 60, whole.count - 20])
  func saysThatAFileEndsEarly(_ count: Int) throws {
    #expect(try failure(Array(Self.whole[..<count])) == "DIR/x.png: libpng cannot read it: read beyond end of data")
  }

  @Test func refusesWhatIsTooLarge() throws {
    let wide = PNGFixture(width: 10_001, height: 1) { _, _ in [0] }
    #expect(try failure(wide.bytes) == "DIR/x.png: its 10001×1 pixels exceed 10000×10000; make it smaller")
    #expect(try read(PNGFixture(width: 10_000, height: 1) { _, _ in [9] }) == [UInt8](repeating: 9, count: 10_000))
    // Refused by what its header says, before any memory is taken.
    var header = Self.whole
    header.replaceSubrange(
      8..<33, with: PNGFixture.chunk("IHDR", PNGFixture.number(900_000) + PNGFixture.number(900_000) + [8, 0, 0, 0, 0]))
    #expect(try failure(header) == "DIR/x.png: its 900000×900000 pixels exceed 10000×10000; make it smaller")
  }
}

@Test(arguments: ["libpng-that-nobody-has.so", "libz.so.1"])
func saysHowToGetLibpng(_ library: String) throws {
  let file = PNGFixture(width: 1, height: 1) { _, _ in [0] }.bytes
  let error = #expect(throws: ImageError.missingPNGLibrary) {
    try PNGFile.decode(file, path: "x.png", library: library)
  }
  #expect(error?.description == "libpng is not installed: sudo apt-get install libpng16-16")
}
