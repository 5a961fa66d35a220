// The examples of computational graphs in the documentation, as they stand there (see Examples.swift).
import Foundation
import KobaiGraphDrawing
import KobaiScratch

enum GraphExamples {
  static func apples() -> NDArray? {
    let graph = Graph()
    let apple = graph.variable("apple", 100)
    let count = graph.variable("apples", 2)
    let tax = graph.variable("tax", 1.1)
    let price = (apple * count * tax).named("price")
    price.backward()
    let perYen = apple.derivative  // 2.2: what one yen more for an apple adds to the price
    return perYen
  }

  static func drawing(to file: String) throws -> (picture: String, steps: [String]) {
    let graph = Graph()
    let x = graph.variable("x", -2)
    let y = graph.variable("y", 5)
    let z = graph.variable("z", -4)
    let f = ((x + y) * z).named("f")
    f.backward()
    let drawing = GraphDrawing(graph, title: "f = (x + y) z")
    let everything = drawing.svg  // an SVG document
    let pictures = drawing.steps.indices.map { drawing.svg(step: $0) }  // the inputs, forward node by node, and back
    try write(graph, to: file)
    return (everything, pictures)
  }

  private static func write(_ graph: Graph, to file: String) throws {
    let drawing = GraphDrawing(graph, title: "Apples")
    try drawing.svg.write(toFile: file, atomically: true, encoding: .utf8)
  }
}
