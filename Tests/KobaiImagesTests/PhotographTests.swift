import KobaiData
import TestSupport
import Testing

@testable import KobaiImages

/// What photographs have that scanned digits lack.
@Suite struct PhotographTests {
  private let digits = Result { try Dataset.embedded().test }

  /// A picture from what each pixel's ink and place make of it.
  private func picture(
    _ side: Int, _ gray: (_ x: Int, _ y: Int) -> Int
  ) -> Picture {
    Picture(width: side, height: side, pixels: (0..<side * side).map { UInt8(clamping: gray($0 % side, $0 / side)) })
  }

  private func isBar(_ x: Int, _ y: Int) -> Bool { 280..<320 ~= x && 100..<500 ~= y }

  /// The bar, in the middle and 20 pixels high.
  private func expectBar(_ picture: Picture, _ comment: String) throws {
    let found = try DigitPreparation.digits(in: picture)
    try #require(found.count == 1, "\(comment): \(found.count) digits")
    // 2×20 pixels, give or take what rounding moves.
    let inked = (0..<784).filter { found[0].pixels[$0] > 100 }
    let (rows, columns) = (Set(inked.map { $0 / 28 }), Set(inked.map { $0 % 28 }))
    #expect((19...21).contains(rows.count) && rows.min()! >= 3 && rows.max()! <= 25, "\(comment): \(rows.sorted())")
    #expect((1...3).contains(columns.count) && columns.isSubset(of: 12...15), "\(comment): \(columns.sorted())")
    #expect(found[0].doubts.isEmpty, "\(comment): \(found[0].doubts)")
  }

  @Test(arguments: [0, 32, 36, 80, 160]) func seesInkOnPaperThatFades(_ depth: Int) throws {
    try expectBar(picture(600) { x, y in isBar(x, y) ? 40 : 240 - depth * x / 599 }, "across")
    try expectBar(picture(600) { x, y in isBar(x, y) ? 40 : 240 - depth * (x + y) / 1198 }, "aslant")
    try expectBar(picture(600) { x, y in isBar(x, y) ? 230 : 30 + depth * x / 599 }, "chalk")
  }

  @Test func seesInkAcrossTheEdgeOfAShadow() throws {
    for (a, b) in [(1, 0), (0, 1), (1, 1), (3, -2)] {
      try expectBar(
        picture(600) { x, y in
          let light = a * (x - 290) + b * (y - 290) > 0 ? 10 : 7
          return (isBar(x, y) ? 50 : 230) * light / 10
        }, "\(a), \(b)")
    }
  }

  @Test func looksPastWhatIsTooThickForAStroke() throws {
    let page = picture(600) { x, y in
      let isStroke = 400..<412 ~= x && 100..<500 ~= y
      let isBlot = 60..<280 ~= x && 150 <= y && y < 90 + x  // like the tip of a shadow
      return isStroke || isBlot ? 60 : 230
    }
    let found = try DigitPreparation.digits(in: page)
    try #require(found.count == 1)
    #expect(found[0].pixels.count { $0 > 100 } < 45)
  }

  @Test func looksPastFramesAndScanEdges() throws {
    for thickness in [3, 20, 80] {
      try expectBar(
        picture(600) { x, y in
          isBar(x, y) ? 40 : min(x, y, 599 - x, 599 - y) < thickness ? 20 : 235
        }, "a frame of \(thickness)")
      try expectBar(picture(600) { x, y in isBar(x, y) ? 40 : x < thickness ? 20 : 235 }, "an edge of \(thickness)")
      try expectBar(
        picture(600) { x, y in isBar(x, y) ? 40 : 10 * (600 - y) + x < 10 * thickness ? 20 : 235 },
        "a slanted edge of \(thickness)")
    }
  }

  @Test func looksPastSpecksAndLines() throws {
    try expectBar(
      picture(600) { x, y in isBar(x, y) || x % 97 < 3 && y % 131 < 3 ? 40 : 235 }, "specks")
    try expectBar(picture(600) { x, y in isBar(x, y) ? 40 : y % 40 < 2 ? 185 : 235 }, "ruled")
    try expectBar(picture(600) { x, y in isBar(x, y) ? 40 : y % 40 < 2 || x % 40 < 2 ? 185 : 235 }, "squared")
    try expectBar(picture(600) { x, y in isBar(x, y) || 20..<580 ~= x && 540..<543 ~= y ? 40 : 235 }, "a single line")
  }

  @Test func seesPensOfEveryColor() throws {
    for pen in [[245, 215, 30], [190, 35, 45], [35, 60, 165], [20, 115, 65], [235, 120, 20]] {
      let pixels = (0..<600 * 600).flatMap { i in (isBar(i % 600, i / 600) ? pen : [245, 244, 240]).map { UInt8($0) } }
      try expectBar(Picture(width: 600, height: 600, channels: 3, pixels: pixels), "\(pen)")
    }
  }

  /// Digits of the test set side by side, `rows` of them.
  private func page(_ rows: [[Int]], at distance: Int = 100) throws -> Picture {
    let set = try digits.get()
    let side = distance * max(rows.count, rows.map(\.count).max() ?? 0)
    let images = try rows.map { try $0.map { label in set.image(try #require(set.labels.firstIndex { $0 == label })) } }
    return picture(side) { x, y in
      let (row, column) = (y / distance, x / distance)
      guard row < rows.count, column < rows[row].count else { return 240 }
      let (u, v) = ((x % distance) * 28 / distance, (y % distance) * 28 / distance)
      return 240 - 200 * Int(images[row][column].pixels[v * 28 + u]) / 255
    }
  }

  @Test func findsEveryDigitInTheOrderOfReading() throws {
    let alone = try (0...9).map { try DigitPreparation.digits(in: page([[$0]])) }
    #expect(alone.allSatisfy { $0.count == 1 })
    let found = try DigitPreparation.digits(in: page([[3, 1, 4], [1, 5], [9, 2, 6]]))
    #expect(found.count == 8)
    let labels = found.map { digit in
      alone.indices.min { a, b in distance(alone[a][0], digit) < distance(alone[b][0], digit) } ?? -1
    }
    #expect(labels == [3, 1, 4, 1, 5, 9, 2, 6])
    #expect(try DigitPreparation.digits(in: page([[3, 1, 4]]), isSingle: true).count == 1)
  }

  private func distance(_ a: PreparedDigit, _ b: PreparedDigit) -> Int {
    zip(a.pixels, b.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
  }

  @Test func putsDetachedStrokesTogether() throws {
    // A five whose bar is not joined to it.
    let five = picture(300) { x, y in
      let bar = 110..<200 ~= x && 60..<75 ~= y
      let stem = 100..<115 ~= x && 82..<140 ~= y
      let radius = (x - 140) * (x - 140) + (y - 180) * (y - 180)
      let bow = 45 * 45..<60 * 60 ~= radius && (x > 130 || y > 180)
      return bar || stem || bow ? 30 : 235
    }
    let found = try DigitPreparation.digits(in: five)
    #expect(found.count == 1 && found[0].doubts.isEmpty)
  }

  @Test func saysWhatIsDoubtful() throws {
    let atEdge = picture(200) { x, y in 90..<110 ~= x && y < 120 ? 20 : 235 }
    #expect(try DigitPreparation.digits(in: atEdge).map(\.doubts) == [[.touchesEdge]])
    let wide = picture(200) { x, y in 20..<180 ~= x && 80..<130 ~= y && (x / 12 % 2 == 0 || y < 95) ? 20 : 235 }
    #expect(try DigitPreparation.digits(in: wide).map(\.doubts) == [[.isWide]])
    let small = picture(60) { x, y in 30..<32 ~= x && 30..<36 ~= y ? 20 : 235 }
    #expect(try DigitPreparation.digits(in: small).map(\.doubts) == [[.isSmall]])
  }

  @Test func findsNothingWhereOnlyAFrameIs() {
    let frame = picture(300) { x, y in min(x, y, 299 - x, 299 - y) < 12 ? 20 : 235 }
    #expect(throws: BlankImage()) { try DigitPreparation.digits(in: frame) }
    let fading = picture(300) { x, y in 60 + x / 2 + y / 9 }
    #expect(throws: BlankImage()) { try DigitPreparation.digits(in: fading) }
  }
}
