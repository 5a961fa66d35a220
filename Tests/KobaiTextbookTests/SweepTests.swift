import Foundation
import KobaiReport
import TestSupport
import Testing

@testable import KobaiTextbook

/// Experiments run for several values of one setting.
@Suite("Sweeps")
struct SweepTests {
  @Test("four learning rates from (-3, 4): four paths in one picture, and where they end")
  func gradientMethod() throws {
    let lab = Lab()
    let outcome = try Sweep(GradientMethod(), "lr=0.01,0.1,0.95,1.05").run(lab)
    #expect(outcome.pictures.map(\.name) == ["gradient-method"])
    let picture = try SVGDocument(outcome.pictures[0].figure.svg)
    #expect(picture.series == ["minimum", "lr=0.01", "lr=0.1", "lr=0.95", "lr=1.05"])
    #expect(picture.collisions == [] && picture.clipped == [])
    // Each step multiplies by 1 − 2η; beyond η = 1 that is growth.
    for rate in [0.01, 0.1, 0.95, 1.05] {
      let end = try #require(outcome.figures["path (-3, 4), lr=\(rate)"])
      let factor = pow(1 - 2 * rate, 20)
      #expect(abs(end[0] + 3 * factor) < 1e-8 && abs(end[1] - 4 * factor) < 1e-8, "\(rate)")
    }
    #expect(
      lab.lines.suffix(3) == [
        "",
        "                          lr=0.01                   lr=0.1               lr=0.95            lr=1.05",
        "path (-3, 4)  (-2.00282, 2.67043)  (-0.0345876, 0.0461169)  (-0.36473, 0.486307)  (-20.1825, 26.91)",
      ])
  }

  @Test("a picture that one run has not drawn is each other one's, under its name") func missing() {
    func picture(_ slope: Double) -> Picture {
      let line = Mark.line(.init("\(slope)", x: [0, 1], y: [0, slope]))
      return Picture("p", Figure("t", Panel(y: Axis("y"), legend: .beside, [line])))
    }
    for (runs, names) in [
      ([[picture(1)], [], [picture(3)]], ["p-a=1", "p-a=3"]), ([[], [picture(2)], []], ["p-a=2"]),
    ] as [([[Picture]], [String])] {
      let pictures = Overlay(["a=1", "a=2", "a=3"]).pictures(runs)
      #expect(pictures.map(\.name) == names)
      for picture in pictures {
        #expect(picture.figure.svg.contains(">\(picture.name.suffix(1)).0<"), "\(picture.name)")
      }
    }
  }

  @Test("what all runs have in common is drawn once; lines have the colour of their run")
  func overlay() throws {
    let figures = [1.0, 2].map { slope in
      Figure(
        "t",
        Panel(
          y: Axis(range: 0...slope),
          [
            .points(.init("data", x: [0, 1], y: [1, 1])), .line(.init("train", x: [0, 1], y: [0, slope])),
            .line(.init("test", x: [0, 1], y: [slope, 0], dash: "5 3")),
          ]))
    }
    let pictures = Overlay(["a=1", "a=2"]).pictures(figures.map { [Picture("p", $0)] })
    let panel = try #require((pictures.first?.figure as? Figure)?.panels.first)
    #expect(panel.y.range == 0...2)
    let lines = panel.marks.compactMap { mark -> Mark.Line? in if case .line(let line) = mark { line } else { nil } }
    #expect(panel.marks.count == 5)
    #expect(lines.map(\.name) == ["a=1, train", "a=1, test", "a=2, train", "a=2, test"])
    #expect(lines.map(\.color) == [1, 1, 2, 2].map { Palette.series($0) })
  }

  @Test("panels whose bars or points differ stand side by side, with the value in their titles")
  func sideBySide() throws {
    let outcome = try Sweep(LogicGates(), "b=-0.7,-0.2").run(Lab())
    let figure = try #require(outcome.pictures.first?.figure as? Figure)
    #expect(figure.panels.map(\.title) == ["AND, b=-0.7", "AND, b=-0.2", "NAND", "OR"])
  }

  @Test("figures that are named after the value share a row of the table")
  func commonRows() throws {
    let lab = Lab()
    let outcome = try Sweep(GradientMethod().setting("steps=1"), "x0=1,2").run(lab)
    #expect(lab.lines.last == "path (…, 4)  (0.8, 3.2)  (1.6, 3.2)")
    #expect(outcome.figures.keys.sorted() == ["path (1, 4), x0=1", "path (2, 4), x0=2"])
  }

  @Test("a value twice, and values out of the range")
  func errors() {
    for (typed, line) in [
      ("lr=1,1.0", "lr=1,1.0: lr=1 stands twice"),
      ("lr=1,200", "lr=200: ch04/gradient-method takes a number in 0 … 100"),
      ("lr=1,", "lr=1,: \"\" is no number"),
    ] {
      let error = #expect(throws: TextbookError.self) { try Sweep(GradientMethod(), typed) }
      #expect(error?.description == line)
    }
  }
}
