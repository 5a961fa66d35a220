import KobaiData
import KobaiFiles
import KobaiReport
import TestSupport
import Testing

@testable import KobaiImages

@Suite struct DigitPreparationTests {
  /// A dark or light picture with a bar of full ink.
  private func bar(
    _ width: Int, _ height: Int, rows: Range<Int>, columns: Range<Int>, ink: UInt8 = 255, paper: UInt8 = 0
  ) -> Picture {
    Picture(
      width: width, height: height,
      pixels: (0..<width * height).map { rows ~= $0 / width && columns ~= $0 % width ? ink : paper })
  }

  /// The only digit of a picture.
  private func digit(_ picture: Picture) throws -> [UInt8] {
    let digits = try DigitPreparation.digits(in: picture)
    #expect(digits.count == 1)
    return digits[0].pixels
  }

  /// The rows and columns with ink of some strength.
  private func inkBox(
    _ pixels: [UInt8], above strength: UInt8 = 0
  ) -> (rows: ClosedRange<Int>, columns: ClosedRange<Int>)? {
    let inked = pixels.indices.filter { pixels[$0] > strength }
    guard let top = inked.first, let bottom = inked.last else { return nil }
    let columns = inked.map { $0 % 28 }
    return (top / 28...bottom / 28, columns.min()!...columns.max()!)
  }

  @Test func leavesMNISTAsItIs() throws {
    let digits = try Dataset.embedded().test
    for i in 0..<digits.count {
      let image = digits.image(i)
      let prepared = try digit(image)
      // MNIST's strongest ink is 254 or 255; here it is 255.
      #expect(zip(prepared, image.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 1 }, "digit \(i)")
      let inverted = Picture(width: 28, height: 28, pixels: image.pixels.map { 255 - $0 })
      #expect(try digit(inverted) == prepared)
    }
  }

  @Test(arguments: [(0, 255), (255, 0), (90, 20), (20, 90), (200, 230), (120, 128)] as [(UInt8, UInt8)])
  func tellsInkFromPaperByTheBorder(_ ink: UInt8, _ paper: UInt8) throws {
    let pixels = try digit(bar(60, 80, rows: 20..<60, columns: 20..<40, ink: ink, paper: paper))
    let box = try #require(inkBox(pixels))
    #expect(box.rows == 4...23 && box.columns == 9...18)
    #expect(pixels.count { $0 == 255 } == 200)
  }

  @Test func keepsTheAspectRatioAndCentresTheMass() throws {
    let flat = try #require(inkBox(try digit(bar(300, 100, rows: 3..<13, columns: 7..<107))))
    #expect(flat.rows == 13...14 && flat.columns == 4...23)
    // Enlarged smoothly: the edges fade.
    let fading = try digit(bar(9, 9, rows: 4..<6, columns: 4..<5))
    let tiny = try #require(inkBox(fading, above: 127))
    #expect(Set(fading).count > 10)
    #expect(tiny.rows == 4...23 && tiny.columns == 9...18)
    // An L: its mass lies left of and below the middle of its box.
    let corner = Picture(
      width: 50, height: 50,
      pixels: (0..<2500).map { i in
        let (x, y) = (i % 50, i / 50)
        return (5..<45 ~= y && 5..<9 ~= x) || (41..<45 ~= y && 5..<35 ~= x) ? 255 : 0
      })
    let pixels = try digit(corner)
    let mass = pixels.reduce(0.0) { $0 + Double($1) }
    let x = pixels.indices.reduce(0.0) { $0 + Double(pixels[$1]) * (Double($1 % 28) + 0.5) } / mass
    let y = pixels.indices.reduce(0.0) { $0 + Double(pixels[$1]) * (Double($1 / 28) + 0.5) } / mass
    #expect((14..<15).contains(x) && (14..<15).contains(y), "\(x), \(y)")
    #expect(try #require(inkBox(pixels)).columns.count == 15)
  }

  @Test func seesThroughNoise() throws {
    var random = TestRandom(1)
    let clean = bar(120, 160, rows: 40..<120, columns: 40..<80, ink: 40, paper: 210)
    let noisy = clean.pixels.map { UInt8(clamping: Int($0) + Int((random.float() * 8).rounded())) }
    let pixels = try digit(Picture(width: 120, height: 160, pixels: noisy))
    let box = try #require(inkBox(pixels))
    #expect(box.rows == 4...23 && box.columns == 9...18)
    #expect(pixels.filter { $0 > 0 }.allSatisfy { $0 > 220 })
  }

  @Test func saysThatAPictureIsBlank() throws {
    var random = TestRandom(2)
    let noise = (0..<10_000).map { _ in UInt8(clamping: 200 + Int((random.float() * 20).rounded())) }
    let blank = [
      Picture(width: 1, height: 1, pixels: [0]), bar(28, 28, rows: 0..<0, columns: 0..<0),
      bar(50, 40, rows: 10..<20, columns: 10..<20, ink: 203, paper: 200),
      Picture(width: 100, height: 100, pixels: noise),
    ]
    for image in blank { #expect(throws: BlankImage()) { try DigitPreparation.digits(in: image) } }
  }

  @Test(.enabled(if: hasLibpng, "sudo apt-get install libpng16-16")) func preparesFiles() throws {
    let folder = try TemporaryFolder()
    let image = bar(30, 40, rows: 10..<30, columns: 10..<20, ink: 10, paper: 250)
    try folder.write(PNGImage(width: 30, height: 40, gray: image.pixels).bytes, to: "bar.png")
    #expect(try DigitPreparation.digits(in: folder / "bar.png") == DigitPreparation.digits(in: image))
    try folder.write(PNGImage(width: 2, height: 2, gray: [7, 7, 7, 7]).bytes, to: "blank.png")
    let reason = "the picture is blank; it takes a digit that stands out from its background"
    #expect(throws: ImageError.file(FileError(path: folder / "blank.png", reason: reason))) {
      try DigitPreparation.digits(in: folder / "blank.png")
    }
  }

  @Test func drawsPicturesOfCharacters() {
    let pixels: [UInt8] = [
      0, 255, 0, 255, 60, 130, 190,
      0, 255, 255, 0, 70, 120, 200,
      255, 0, 128, 0, 0, 0, 0,
    ]
    #expect(terminalPicture(pixels, width: 7, height: 3) == [" █▄▀░▒▓", "▀ ░    "])
  }
}

extension ImageSet {
  /// One image, light on dark.
  func image(_ index: Int) -> Picture {
    let pixels = self.pixels
    return Picture(
      width: size.width, height: size.height,
      pixels: (0..<pixelsPerImage).map { pixels[index * pixelsPerImage + $0] })
  }
}
