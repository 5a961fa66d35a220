import Foundation
import TestSupport
import Testing

@testable import KobaiReport

@Suite("Figures as SVG")
struct FigureTests {
  @Test("lines, points and bars carry their names, axes their labels, and the legend lists them")
  func seriesAndLabels() throws {
    let panel = Panel(
      "panel", x: Axis("steps"), y: Axis("loss"),
      [
        .line(.init("train", values: [3, 2, 1])), .points(.init("test", x: [0, 1], y: [2, 1])),
        .line(.init(values: [1, 1, 1])),
      ])
    let svg = try SVGDocument(Figure("title", panel).svg)
    #expect(svg.series == ["train", "test"])
    for words in ["title", "panel", "steps", "loss", "train", "test"] { #expect(svg.texts.contains(words)) }
    #expect(svg.collisions.isEmpty && svg.clipped.isEmpty)
    let bars = Mark.bars(.init(series: ["1 thread", "2 threads"], values: [[1, 2], [nil, 3]]))
    let second = try SVGDocument(
      Figure("", Panel(x: Axis(names: [(0, "gemm"), (1, "conv")]), legend: .beside, [bars])).svg)
    #expect(second.series == ["1 thread", "2 threads"])
    #expect(second.texts.contains("gemm") && second.texts.contains("2 threads"))
  }

  @Test("a legend stands where nothing is drawn: in the first free corner, beside the panel where there is none")
  func legendPlace() throws {
    let x = (0...100).map { Double($0) / 100 }
    func place(_ curves: [(Double) -> Double]) throws -> (svg: SVGDocument, x: Double, y: Double) {
      let marks = curves.map { f in Mark.line(.init("curve", x: x, y: x.map(f))) }
      let panel = Panel(x: Axis(range: 0...1), y: Axis(range: 0...1), size: (200, 100), marks)
      let svg = try SVGDocument(Figure("", panel).svg)
      #expect(svg.pointsUnderLegends == 0 && svg.clipped == [])
      let label = try #require(svg.labels.first { $0.text == "curve" })
      let left = try #require(svg.labels.first { $0.text == "0" }).right + 7
      return (svg, (label.left - left) / 200, (label.top - 14) / 100)
    }
    let below = try place([{ _ in 0.1 }])
    #expect(below.x > 0.5 && below.x < 1 && below.y < 0.5)
    let rising = try place([{ $0 }])
    #expect(rising.x > 0.5 && rising.x < 1 && rising.y > 0.5)
    let vee = try place([{ _ in 0.9 }, { $0 > 0.3 ? 0.1 : 0.6 }])
    #expect(vee.x > 1, "no corner is free but one too small for two entries")
    let full = try place([{ _ in 0.9 }, { _ in 0.1 }])
    #expect(full.x > 1 && full.svg.width > below.svg.width + 50)
  }

  @Test("a legend shows dashes, dots, points and bars as they are drawn")
  func legendSamples() throws {
    let lines = Panel(
      legend: .beside,
      [
        .line(.init("solid", values: [1, 2])), .line(.init("dashed", values: [2, 3], dash: "5 3")),
        .line(.init("dotted", values: [3, 4], dots: true)), .points(.init("points", x: [0], y: [1], radius: 5)),
      ])
    let svg = Figure("", lines).svg
    let legend = try #require(svg.components(separatedBy: "class=\"legend\"").last)
    #expect(legend.components(separatedBy: "stroke-dasharray=\"5 3\"").count == 2)
    #expect(legend.components(separatedBy: "<line").count == 4)
    #expect(legend.components(separatedBy: "<circle").count == 3)  // the dot on a line, and the points
    let bars = Figure("", Panel(legend: .beside, [.bars(.init(series: ["a", "b"], values: [[1, 2]]))])).svg
    let samples = try #require(bars.components(separatedBy: "class=\"legend\"").last)
    #expect(samples.components(separatedBy: "<rect").count == 4 && !samples.contains("<line"))  // its box, two bars
  }

  @Test("words that are not XML are escaped, and not-numbers leave a gap")
  func escaping() throws {
    let panel = Panel(x: Axis("a < b & \"c\""), [.line(.init("<&>", x: [0, 1, 2, 3], y: [0, 1, .nan, 2]))])
    let svg = try SVGDocument(Figure("x > y", panel).svg)
    #expect(svg.texts.contains("a < b & \"c\"") && svg.texts.contains("x > y"))
    #expect(svg.series == ["<&>"])
    #expect(svg.counts["polyline"] == 2)  // before the gap and after it
  }

  @Test("panels stand in a grid and none reaches into another")
  func grid() throws {
    let panels = (1...7).map { Panel("panel \($0)", x: Axis("x"), y: Axis("y"), [.line(.init(values: [1, 2]))]) }
    let svg = try SVGDocument(Figure("seven", panels, columns: 3).svg)
    #expect(svg.collisions == [] && svg.clipped == [])
    func place(_ name: String) throws -> SVGDocument.Label { try #require(svg.labels.first { $0.text == name }) }
    #expect(try place("panel 2").left > place("panel 1").right)
    #expect(try place("panel 4").top > place("panel 3").bottom)
    #expect(try place("panel 7").left < place("panel 5").left)
  }

  @Test("long names on an axis are slanted instead of written over each other")
  func longNames() throws {
    let names = (0..<8).map { (at: Double($0), name: "conv 100×16×28×28") }
    let bars = Mark.bars(.init(series: ["time"], values: names.map { _ in [1] }))
    let svg = try SVGDocument(Figure("", Panel(x: Axis(names: names), [bars])).svg)
    #expect(svg.collisions == [])
    #expect(svg.labels.count { $0.text.hasPrefix("conv") && $0.isTurned } == names.count)
  }

  @Test("values and panels without anything to draw still make a picture")
  func degenerate() throws {
    for values in [
      [], [1], [1, 1], [.nan], [.infinity, 1], [.leastNonzeroMagnitude, 1, 1.7e308], [.leastNonzeroMagnitude],
      [1.7e308], [-1.7e308, 1.7e308],
    ] as [[Double]] {
      for scale in [Axis.Scale.linear, .logarithmic] {
        let panel = Panel(y: Axis(scale: scale), legend: .automatic, [.line(.init("line", values: values))])
        let svg = try SVGDocument(Figure("", panel).svg)
        #expect(svg.width > 100 && svg.height > 100)
      }
    }
    #expect(try SVGDocument(Figure("nothing", [Panel]()).svg).texts == ["nothing"])
  }
}

@Suite("Axes")
struct AxisTests {
  @Test("linear ticks are multiples of 1, 2 or 5 with just the digits they need")
  func linear() {
    func labels(_ range: ClosedRange<Double>, _ count: Int) -> [String] {
      Axis().ticks(in: range, about: count).map(\.label)
    }
    #expect(labels(0...1, 5) == ["0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    #expect(labels(-10...10, 4) == ["-10", "-5", "0", "5", "10"])
    #expect(labels(-4.3...4.3, 4) == ["-4", "-2", "0", "2", "4"], "0 alone would be too few")
    #expect(labels(0...0.003, 3) == ["0", "0.001", "0.002", "0.003"])
    #expect(labels(0...4e7, 4) == ["0", "1e7", "2e7", "3e7", "4e7"])
    #expect(labels(5...5, 4) == ["5"])
  }

  @Test("logarithmic ticks are powers of ten, thinned out where there are many")
  func logarithmic() {
    let axis = Axis(scale: .logarithmic)
    #expect(axis.ticks(in: 0.01...100, about: 9).map(\.label) == ["0.01", "0.1", "1", "10", "100"])
    #expect(axis.ticks(in: 1e-6...1, about: 3).map(\.value).count == 4)
    #expect(axis.fitted(to: [0, -1, 10, 1000]).lowerBound > 1)  // what has no logarithm does not count
  }

  @Test("a fitted range has a little air, a given one stays")
  func fitted() {
    let range = Axis().fitted(to: [0, 100, .nan])
    #expect(range.lowerBound == -4 && range.upperBound == 104)
    #expect(Axis(range: 0...1).fitted(to: [5]) == 0...1)
    #expect(Axis().fitted(to: [2, 2]).contains(2))
  }
}
