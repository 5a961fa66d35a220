import CZlib
import TestSupport
import Testing

@testable import KobaiReport

@Suite("Contours, histograms and pictures")
struct MarksTests {
  @Test("every point of a contour line has its level")
  func contourLines() throws {
    let contours = Contours(x: -3...3, y: -3...3, steps: 60) { $0 * $0 + $1 * $1 }
    guard case .line(let line) = try #require(contours.lines([4]).first) else {
      Issue.record("no line")
      return
    }
    let points = zip(line.x, line.y).filter { $0.0.isFinite }
    #expect(points.count > 100)
    // Crossings are interpolated along straight edges of 0.1: a parabola is at most 0.1² / 4 off.
    for (x, y) in points { #expect(abs(x * x + y * y - 4) <= 0.0026) }
  }

  @Test("bands cover the whole area, each point once")
  func bands() throws {
    let contours = Contours(x: 0...2, y: 0...1, steps: 40) { x, y in x + y }
    guard case .polygons(let polygons) = contours.bands([0.5, 1, 2]) else {
      Issue.record("no bands")
      return
    }
    let area = polygons.reduce(0.0) { $0 + Self.area($1.points) }
    #expect(abs(area - 2) < 1e-9)
    #expect(Set(polygons.map(\.fill)).count == 4)
  }

  @Test("bands are small: whole cells of one band beside each other are one shape, and a band is one element")
  func bandsAreSmall() throws {
    let contours = Contours(x: -5...5, y: -5...5) { $0 * $0 + $1 * $1 }
    guard case .polygons(let polygons) = contours.bands([1, 4, 9, 16, 25, 36]) else {
      Issue.record("no bands")
      return
    }
    #expect(abs(polygons.reduce(0.0) { $0 + Self.area($1.points) } - 100) < 1e-9)
    #expect(polygons.count < 2_500)
    let svg = Figure("", Panel(legend: .none, [.polygons(polygons)])).svg
    #expect(try SVGDocument(svg).counts["path"] == 7)
    #expect(svg.count < 120_000)
  }

  @Test("cells without a number are left out of bands, and nothing else is")
  func bandsWithHoles() throws {
    let contours = Contours(x: 0...4, y: 0...2, steps: 4) { x, y in x == 2 && y == 1 ? .nan : x }
    guard case .polygons(let polygons) = contours.bands([1.5]) else {
      Issue.record("no bands")
      return
    }
    #expect(abs(polygons.reduce(0.0) { $0 + Self.area($1.points) } - (8 - 4 * 0.5)) < 1e-9)
  }

  // The shoelace formula.
  private static func area(_ points: [(x: Double, y: Double)]) -> Double {
    abs(
      points.indices.reduce(0.0) { sum, i in
        let (a, b) = (points[i], points[(i + 1) % points.count])
        return sum + a.x * b.y - b.x * a.y
      }) / 2
  }

  @Test("a histogram counts every value in its range, the upper end included")
  func histogram() {
    let histogram = Histogram([0, 0.1, 0.25, 0.5, 0.99, 1, 1.5, -1, .nan], bins: 4, range: 0...1)
    #expect(histogram.counts == [2, 1, 1, 2])
  }

  @Test("a PNG holds the pixels it was made of")
  func png() throws {
    let pixels = (0..<7 * 5).map { UInt8($0 * 7) }
    let file = PNGImage(width: 7, height: 5, gray: pixels).bytes
    #expect(Array(file[..<8]) == [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
    var (at, packed, names) = (8, [UInt8](), [String]())
    func number(_ at: Int) -> Int { file[at..<at + 4].reduce(0) { $0 << 8 | Int($1) } }
    while at < file.count {
      let length = number(at)
      let body = Array(file[at + 4..<at + 8 + length])
      names.append(String(decoding: body[..<4], as: UTF8.self))
      if names.last == "IDAT" { packed += body[4...] }
      let sum = unsafe body.withUnsafeBufferPointer { unsafe crc32(0, $0.baseAddress, UInt32($0.count)) }
      #expect(number(at + 8 + length) == Int(sum))
      at += length + 12
    }
    #expect(names == ["IHDR", "IDAT", "IEND"])
    var (raw, size) = ([UInt8](repeating: 0, count: 8 * 5), UInt(8 * 5))
    let status = unsafe raw.withUnsafeMutableBufferPointer { to in
      unsafe packed.withUnsafeBufferPointer { from in
        unsafe uncompress(to.baseAddress, &size, from.baseAddress, UInt(from.count))
      }
    }
    #expect(status == Z_OK && size == 40)
    #expect((0..<5).flatMap { raw[$0 * 8 + 1..<$0 * 8 + 8] } == pixels)
    let gray = PNGImage(width: 2, height: 1, values: [0.2, 0.9], black: 1, white: 0)
    #expect(gray == PNGImage(width: 2, height: 1, gray: [204, 26]))
  }
}
