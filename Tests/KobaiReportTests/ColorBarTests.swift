import Foundation
import TestSupport
import Testing

@testable import KobaiReport

@Suite("Colour bars")
struct ColorBarTests {
  private let contours = Contours(x: -5...5, y: -5...5) { $0 * $0 + $1 * $1 }

  private func panel(_ levels: [Double], legend: Panel.Legend = .beside) -> Panel {
    Panel(
      x: Axis("x"), y: Axis("y"), size: (200, 200), legend: legend, showsGrid: false,
      colorBar: contours.colorBar("height", levels, color: Palette.pale),
      [contours.bands(levels, color: Palette.pale), .line(.init("path", x: [-3, 0], y: [4, 0]))])
  }

  @Test("a colour bar has the colours of the bands, its levels from bottom to top, and stands between axes and legend")
  func place() throws {
    let levels = [1.0, 4, 9, 16, 25]
    let panel = panel(levels)
    let text = Figure("", panel).svg
    let svg = try SVGDocument(text)
    #expect(svg.collisions == [] && svg.clipped == [] && svg.pointsUnderLegends == 0)
    let bar = try #require(panel.colorBar)
    #expect(bar.colors == (0...5).map { Palette.pale(Double($0) / 5) })
    let drawn = try #require(text.components(separatedBy: "class=\"colorbar\"").last)
    // What lies between the first and the last level has rectangles; below 1 and above 25 there is a point each.
    for color in bar.colors[1..<5] { #expect(drawn.contains("fill=\"\(color)\" stroke=\"\(color)\"")) }
    #expect(drawn.components(separatedBy: "<polygon").count - 1 == 3)
    let numbers = try levels.map { level in
      try #require(svg.labels.last { $0.text == String(Int(level)) && $0.left > 200 }, "\(level)")
    }
    for (low, high) in zip(numbers, numbers.dropFirst()) { #expect(low.top > high.top) }
    let legend = try #require(svg.labels.first { $0.text == "path" })
    #expect(numbers.allSatisfy { $0.right < legend.left })
    #expect(svg.texts.contains("height"))
  }

  @Test("an end without values beyond it is flat")
  func ends() {
    #expect(contours.colorBar("", [1, 4]).reaches == (true, true))
    #expect(contours.colorBar("", [0, 4]).reaches == (false, true))
    #expect(contours.colorBar("", [0, 50]).reaches == (false, false))
  }

  @Test("levels that are too close for numbers leave some out; one level alone is a bar of two points")
  func close() throws {
    let many = try SVGDocument(Figure("", panel((1...40).map(Double.init), legend: .none)).svg)
    #expect(
      many.collisions == [] && many.labels.contains { $0.text == "1" } && !many.labels.contains { $0.text == "2" })
    let one = try SVGDocument(Figure("", panel([9], legend: .none)).svg)
    #expect(one.collisions == [] && one.clipped == [] && one.texts.contains("9"))
  }

  @Test("curves of every colour stand out on the pale bands")
  func contrast() {
    for share in [0, 0.5, 1] {
      let ground = luminance(Palette.pale(share))
      // Yellow and cyan are light themselves; they are the fourth and fifth curve of a picture.
      for color in Palette.bright where !["#ccbb44", "#66ccee"].contains(color) {
        let ink = luminance(color)
        #expect((ground + 0.05) / (ink + 0.05) > 1.35, "\(color) at \(share)")
      }
    }
  }

  /// Relative luminance as WCAG defines it.
  private func luminance(_ color: String) -> Double {
    let bytes = [1, 3, 5].map { start in
      let first = color.index(color.startIndex, offsetBy: start)
      return Double(Int(color[first..<color.index(first, offsetBy: 2)], radix: 16) ?? 0) / 255
    }
    let linear = bytes.map { $0 <= 0.04045 ? $0 / 12.92 : pow(($0 + 0.055) / 1.055, 2.4) }
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
  }
}
