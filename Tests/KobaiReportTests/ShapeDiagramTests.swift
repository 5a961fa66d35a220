import TestSupport
import Testing

@testable import KobaiReport

@Suite("Shapes as boxes")
struct ShapeDiagramTests {
  private func svg(_ items: [ShapeDiagram.Item], _ title: String = "") throws -> (document: SVGDocument, text: String) {
    let text = Figure("", ShapeDiagram(items).panel(title)).svg
    return (try SVGDocument(text), text)
  }

  @Test("a product has names, shapes, signs and the two lengths that match, in order")
  func product() throws {
    let (svg, text) = try svg([
      .data("X", [100, 784]), .dot, .weights("W", [784, 10]), .plus, .weights("b", [10]), .equals,
      .data("Y", [100, 10]),
    ])
    #expect(svg.collisions == [] && svg.clipped == [])
    #expect(
      Set(svg.texts) == [
        "X", "W", "b", "Y", "(100, 784)", "(784, 10)", "(10,)", "(100, 10)", "·", "+", "=", "784 = 784",
      ])
    let order = try ["X", "·", "W", "+", "b", "=", "Y"].map { word in
      try #require(svg.labels.first { $0.text == word }).left
    }
    #expect(order == order.sorted())
    #expect(text.contains("#228833") && !text.contains("#cc3344"))
    #expect(text.components(separatedBy: "stroke-dasharray").count - 1 == 1, "b has one axis alone")
  }

  @Test("lengths that differ are red and say so")
  func mismatch() throws {
    let (svg, text) = try svg([.data("c", [3, 1]), .dot, .data("v", [3])])
    #expect(svg.texts.contains("1 ≠ 3") && text.contains("#cc3344"))
  }

  @Test("on the way through a network, what comes out matches the weights' last length")
  func flow() throws {
    let (svg, text) = try svg([.data("X", [5, 2]), .arrow, .weights("W", [2, 3]), .arrow, .data("Y", [5, 3])])
    #expect(svg.texts.contains("2 = 2") && svg.texts.contains("3 = 3") && !text.contains("#cc3344"))
  }

  @Test("a number has no axes, a long title is not clipped, and sizes grow with the lengths")
  func extremes() throws {
    let (svg, _) = try svg(
      [.data("v", [3]), .dot, .data("v", [3]), .equals, .data("v·v", [])],
      "a title that is far longer than the row below")
    #expect(svg.clipped == [] && svg.texts.contains("()"))
    let widths = try [1, 10, 784].map { try self.svg([.data("x", [1, $0])]).document.width }
    #expect(widths == widths.sorted() && widths[2] < 300)
    let (sign, _) = try self.svg([.dot])
    #expect(sign.texts == ["·"])
  }
}
