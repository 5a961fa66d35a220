import KobaiImages
import Testing

@Suite struct ResizingTests {
  @Test("a part that reaches beyond the picture is black there, on every side") func cropped() {
    let picture = Picture(width: 3, height: 2, pixels: [1, 2, 3, 4, 5, 6])
    func pixels(_ x: Int, _ y: Int, _ width: Int, _ height: Int) -> [UInt8] {
      picture.cropped(x: x, y: y, width: width, height: height).pixels
    }
    #expect(pixels(1, 0, 2, 2) == [2, 3, 5, 6])
    #expect(pixels(-1, -1, 5, 4) == [0, 0, 0, 0, 0, 0, 1, 2, 3, 0, 0, 4, 5, 6, 0, 0, 0, 0, 0, 0])
    #expect(pixels(-2, 0, 4, 1) == [0, 0, 1, 2])
    #expect(pixels(2, 1, 3, 2) == [6, 0, 0, 0, 0, 0])
    #expect(pixels(7, 7, 2, 1) == [0, 0] && pixels(-7, 0, 2, 1) == [0, 0])
    let colored = Picture(width: 2, height: 1, channels: 3, pixels: [1, 2, 3, 4, 5, 6])
    #expect(colored.cropped(x: -1, y: 0, width: 3, height: 1).pixels == [0, 0, 0, 1, 2, 3, 4, 5, 6])
  }

  /// Pillow's, within a step, for it rounds between lines and columns:
  ///
  /// ```python
  /// a = np.array([[(37*x + 61*y + 5*x*y) % 256 for x in range(7)] for y in range(5)], dtype=np.uint8)
  /// np.asarray(Image.fromarray(a).resize((3, 2), Image.BILINEAR))
  /// ```
  @Test func resizedPicturesArePillows() {
    var pixels: [UInt8] = []
    for y in 0..<5 {
      for x in 0..<7 { pixels.append(UInt8((37 * x + 61 * y + 5 * x * y) % 256)) }
    }
    let picture = Picture(width: 7, height: 5, pixels: pixels)
    func expect(_ width: Int, _ height: Int, _ expected: [Int]) {
      let resized = picture.resized(width: width, height: height)
      #expect(resized.width == width && resized.height == height && resized.channels == 1)
      let differences = zip(resized.pixels.map(Int.init), expected).map { abs($0 - $1) }
      #expect(differences.allSatisfy { $0 <= 1 }, "\(differences)")
    }
    expect(3, 2, [95, 129, 125, 153, 112, 133])
    expect(
      10, 3,
      [
        26, 47, 75, 102, 130, 158, 179, 130, 130, 151, 122, 148, 167, 159, 97, 80, 111, 104, 122, 148, 218, 167, 113,
        75,
        107, 145, 176, 113, 115, 145,
      ])
    #expect(picture.resized(width: 7, height: 5) == picture)
    let coloured = Picture(width: 2, height: 1, channels: 3, pixels: [10, 20, 30, 10, 20, 30])
    #expect(coloured.resized(width: 3, height: 2).pixels == (0..<6).flatMap { _ in [10, 20, 30] as [UInt8] })
  }

  @Test func aPartIsThatOfTheWhole() {
    let picture = Picture(width: 19, height: 11, channels: 3, pixels: (0..<627).map { UInt8($0 * 37 % 256) })
    for (width, height) in [(19, 11), (40, 11), (19, 5), (7, 30)] {
      let (columns, rows) = (2..<width - 3, 1..<height - 2)
      let whole = picture.resized(width: width, height: height)
      #expect(
        picture.resized(width: width, height: height, columns: columns, rows: rows)
          == whole.cropped(x: 2, y: 1, width: columns.count, height: rows.count))
    }
    // As a whole it would be 300 MB.
    let strip = Picture(width: 1, height: 10_000, pixels: (0..<10_000).map { UInt8($0 / 40) })
    let middle = strip.resized(width: 100, height: 1_000_000, columns: 0..<100, rows: 500_000..<500_100)
    #expect(middle.pixels == [UInt8](repeating: 125, count: 10_000))
  }
}
