import KobaiScratch
import KobaiTextbook
import TestSupport
import Testing

@testable import KobaiGraphDrawing

/// The book's graphs: their numbers, the derivatives on all of their edges, and their pictures.
@Suite("The book's graphs")
struct BookGraphTests {
  private static let names = BookGraphs.all.map(\.name)

  private func book(_ name: String) throws -> BookGraph { try #require(BookGraphs.all.first { $0.name == name }) }

  /// What the named values are worth: value and derivative.
  private func worth(_ name: String) throws -> [String: (value: NDArray, derivative: NDArray)] {
    let nodes = try book(name).recorded(.en).graph.nodes.filter { $0.name != nil }
    return Dictionary(uniqueKeysWithValues: nodes.map { ($0.name ?? "", ($0.value, $0.derivative ?? 0)) })
  }

  private func close(_ a: NDArray?, _ b: NDArray, _ tolerance: Double = 1e-9) -> Bool {
    guard let a, a.shape == b.shape else { return false }
    return abs(a - b).elements.allSatisfy { $0 <= tolerance }
  }

  @Test("every edge's derivative is the numerical one", arguments: names)
  func numerical(_ name: String) throws {
    let book = try book(name)
    let (graph, output) = book.recorded(.en)
    // What arrives from behind is the output's own derivative.
    let dout = output.derivative
    for edge in graph.edges {
      let backward = graph.nodes[edge.target].inputDerivatives[edge.index]
      let numerical = graph.numericalDerivative(of: output, along: [edge], dout: dout)
      #expect(close(backward, numerical, 2e-7 * max(1, abs(numerical).max())), "\(edge)")
    }
  }

  @Test("the lines of every picture carry the numerical derivatives, those into boxes too", arguments: names)
  func drawnDerivatives(_ name: String) throws {
    let book = try book(name)
    let (graph, output) = book.recorded(.en)
    for view in book.views {
      let diagram = Diagram(graph, isFolded: view.folding.isFolded)
      for arrow in diagram.arrows where !arrow.edges.isEmpty {
        let drawn = try #require(diagram.derivative(of: arrow, in: graph))
        let numerical = graph.numericalDerivative(of: output, along: arrow.edges, dout: output.derivative)
        #expect(close(drawn, numerical, 2e-7 * max(1, abs(numerical).max())))
      }
    }
  }

  @Test("no line crosses another, and nothing stands on anything else", arguments: names, Language.allCases)
  func layout(_ name: String, _ language: Language) throws {
    for (picture, drawing) in try book(name).drawings(language) {
      // A sum over three classes takes from each line and gives to each line. Two of the three pass it on the same side,
      // and there the nearer one is crossed twice, on the way to the sum and on the way back: fewer is not possible.
      #expect(drawing.scene.crossings == (picture == "softmax-with-loss" ? 2 : 0), "\(picture)")
      #expect(drawing.scene.collisions == [], "\(picture)")
      let svg = try SVGDocument(drawing.svg)
      #expect(svg.collisions == [] && svg.clipped == [], "\(picture)")
      for frame in drawing.scene.frames {
        for arrow in drawing.scene.arrows where arrow.wordsBox.overlaps(frame.box) {
          #expect(frame.box.contains(arrow.wordsBox), "\(picture): \(arrow.forward)")
        }
      }
    }
  }

  @Test("section 5.1: two apples, 220")
  func apples() throws {
    let values = try worth("buy-apple")
    #expect(close(values["total"]?.value, 220))
    #expect(close(values["apple price"]?.derivative, 2.2))
    #expect(close(values["apples"]?.derivative, 110))
    #expect(close(values["tax"]?.derivative, 200))
  }

  @Test("section 5.3.3: apples and oranges, 715, and what the exercise asks for")
  func applesAndOranges() throws {
    let scene = try #require(book("buy-apple-orange").drawings(.ja).first).drawing.scene
    let inputs = scene.arrows.filter { scene.vertices[$0.source].shape == .input }
    #expect(
      inputs.map { scene.vertices[$0.source].text } == ["リンゴの個数", "リンゴの値段", "みかんの値段", "みかんの個数", "消費税"])
    #expect(inputs.map(\.forward) == ["2", "100", "150", "3", "1.1"])
    #expect(inputs.map(\.backward) == ["110", "2.2", "3.3", "165", "650"])
    let results = scene.arrows.filter { scene.vertices[$0.source].shape == .operation }
    #expect(results.map(\.forward) == ["200", "450", "650", "715"])
    #expect(results.map(\.backward) == ["1.1", "1.1", "1.1", "1"])
    #expect(scene.vertices.filter { $0.shape == .operation }.map(\.text) == ["×", "×", "+", "×"])
  }

  @Test("section 5.3: 1.3 through an addition and a multiplication")
  func nodes() throws {
    let sum = try worth("node-add")
    let product = try worth("node-multiply")
    #expect(sum["z"]?.value == 15 && sum["x"]?.derivative == 1.3 && sum["y"]?.derivative == 1.3)
    #expect(product["z"]?.value == 50 && close(product["x"]?.derivative, 6.5) && close(product["y"]?.derivative, 13))
  }

  @Test("(x + y) z at (−2, 5, −4)")
  func sumTimes() throws {
    let values = try worth("sum-times")
    #expect(values["f"]?.value == -12)
    #expect(["x", "y", "z", "t"].map { values[$0]?.derivative } == [-4, -4, 3, -4])
  }

  @Test("section 5.6.2: db is the sum over the batch")
  func affine() throws {
    let values = try worth("affine-batch")
    #expect(values["Y"]?.value == [[1, 2, 3], [11, 12, 13]])
    #expect(values["B"]?.derivative == [5, 7, 9])
    let shapes = values.map { ($0.value.value.shape, $0.value.derivative.shape) }
    for (value, derivative) in shapes { #expect(value == derivative) }
  }

  @Test("section 5.6.3: (0.3, 0.2, 0.5) for (0, 1, 0) sends back (0.3, −0.8, 0.5)")
  func softmax() throws {
    let values = try worth("softmax-with-loss")
    for (name, y, dx) in [("1", 0.3, 0.3), ("2", 0.2, -0.8), ("3", 0.5, 0.5)] {
      #expect(close(values["y" + name]?.value, NDArray(y)) && close(values["a" + name]?.derivative, NDArray(dx)))
    }
    let batch = try worth("softmax-with-loss-batch")
    let y = try #require(batch["Y"]?.value)
    #expect(close(batch["X"]?.derivative, (y - [[0, 0, 1], [1, 0, 0]]) / 2))
  }

  @Test("section 6.3.1: batch normalisation's dγ and dβ are sums over the batch")
  func batchNormalization() throws {
    let values = try worth("batch-normalization")
    let dout: NDArray = [[1, 2], [0.5, -1], [2, 3]]
    #expect(values["β"]?.derivative == dout.sum(axis: 0))
    let normalised = try #require(values["x̂"]?.value)
    #expect(close(values["γ"]?.derivative, (normalised * dout).sum(axis: 0)))
    #expect(close(normalised.mean(axis: 0), [0, 0]))
    #expect(close((normalised * normalised).mean(axis: 0), [1, 1], 1e-6))
  }

  @Test("each has its title in both languages, and pictures with names of their own")
  func titles() {
    let names = BookGraphs.all.flatMap { $0.drawings(.en).map(\.name) }
    #expect(Set(names).count == names.count)
    for book in BookGraphs.all { #expect(!book.title.en.isEmpty && !book.title.ja.isEmpty) }
  }
}
