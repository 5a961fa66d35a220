import KobaiScratch
import TestSupport
import Testing

@testable import KobaiGraphDrawing

/// What a picture says.
@Suite("Pictures of graphs")
struct DrawingTests {
  private static func sigmoidGraph() -> Graph {
    let graph = Graph()
    sigmoid(graph.variable("x", 1)).named("y").backward()
    return graph
  }

  private func texts(_ drawing: GraphDrawing, step: Int? = nil) throws -> Set<String> {
    Set(try SVGDocument(drawing.svg(step: step)).texts)
  }

  @Test("numbers: forward above, backward below, as in figure 5-20")
  func values() throws {
    let scene = GraphDrawing(Self.sigmoidGraph(), folding: .none).scene
    #expect(scene.vertices.filter { $0.shape == .operation }.map(\.text) == ["×", "exp", "+", "/"])
    #expect(scene.arrows.map(\.forward) == ["1", "−1", "−1", "0.3679", "1", "1.368", "0.7311"])
    #expect(scene.arrows.map(\.backward) == ["0.1966", "", "−0.1966", "−0.5344", "", "−0.5344", "1"])
  }

  @Test("symbols: the derivative grows from node to node, and as one node it is y (1 − y)")
  func symbols() throws {
    let scene = GraphDrawing(Self.sigmoidGraph(), folding: .none, labels: .symbols).scene
    #expect(scene.arrows.map(\.forward) == ["", "−1", "−x", "exp(−x)", "1", "1 + exp(−x)", ""])
    #expect(
      scene.arrows.map(\.backward) == [
        "∂L/∂y · y² · exp(−x)", "", "−∂L/∂y · y² · exp(−x)", "−∂L/∂y · y²", "", "−∂L/∂y · y²", "∂L/∂y",
      ])
    let folded = GraphDrawing(Self.sigmoidGraph(), labels: .symbols).scene
    #expect(folded.vertices.map(\.text) == ["x", "sigmoid", "y"])
    #expect(folded.arrows.map(\.backward) == ["∂L/∂y · y · (1 − y)", "∂L/∂y"])
  }

  @Test("the chain rule, as in figure 5-7")
  func chainRule() throws {
    let graph = Graph()
    let t = (graph.variable("x", 2) + graph.variable("y", 3)).named("t")
    square(t).named("z").backward()
    #expect(
      GraphDrawing(graph, labels: .chainRule).scene.arrows.map(\.backward) == [
        "∂z/∂z · ∂z/∂t · ∂t/∂x", "∂z/∂z · ∂z/∂t · ∂t/∂y", "∂z/∂z · ∂z/∂t", "∂z/∂z",
      ])
  }

  @Test("matrices: shapes, and the formulas of section 5.6.2")
  func matrices() throws {
    let graph = Graph()
    let x = graph.variable("X", [[1, 2], [3, 4]])
    let w = graph.variable("W", [[1, 3, 5], [2, 4, 6]])
    affine(x, w, graph.variable("B", [1, 2, 3])).named("Y").backward()
    let open = try texts(GraphDrawing(graph, folding: .none, labels: .symbols))
    #expect(
      open.isSuperset(of: [
        "X", "W", "B", "Y", "dot", "broadcast", "+", "X·W (2, 3)", "∂L/∂Y · Wᵀ (2, 2)", "Xᵀ · ∂L/∂Y (2, 3)",
        "Σ ∂L/∂Y (3,)", "∂L/∂Y (2, 3)",
      ]))
    #expect(try texts(GraphDrawing(graph)) == ["X", "W", "B", "Y", "Affine", "(2, 2)", "(2, 3)", "(3,)"])
  }

  @Test("a result that goes to several places divides at a dot; before it stands the sum")
  func fork() throws {
    let graph = Graph()
    let x = graph.variable("x", 3)
    (x * x).named("y").backward()
    let scene = GraphDrawing(graph).scene
    #expect(scene.vertices.map(\.shape) == [.input, .fork, .operation, .output])
    #expect(scene.arrows.map(\.backward) == ["6", "3", "3", "1"])
    #expect(GraphDrawing(graph, labels: .symbols).scene.arrows.map(\.backward).first == "∂L/∂x")
  }

  @Test("what comes out of a box is the sum over all uses inside it")
  func box() throws {
    let graph = Graph()
    let x = graph.variable("x", 3)
    let cube = graph.group("cube") { x * x * x }
    (cube * 2).named("y").backward()
    let scene = GraphDrawing(graph).scene
    #expect(scene.vertices.map(\.text) == ["x", "cube", "", "×", "y"])
    #expect(scene.arrows.map(\.backward) == ["54", "2", "", "1"])
    // Nobody else takes x: into the box goes one line, without a dot.
    #expect(!scene.vertices.contains { $0.shape == .fork })
  }

  @Test("groups open one by one; an open one has a frame with its name")
  func folding() throws {
    let graph = Graph()
    let x = graph.variable("X", [[0.3, 2.9], [1, 2]])
    softmaxWithLoss(x, graph.constant("T", [[0, 1], [1, 0]])).named("L").backward()
    func boxes(_ folding: GraphDrawing.Folding) -> [String] {
      GraphDrawing(graph, folding: folding).scene.vertices.filter { $0.shape == .box }.map(\.text)
    }
    #expect(boxes(.all) == ["Softmax-with-Loss"])
    #expect(boxes(.except(["Softmax-with-Loss"])) == ["Softmax", "Cross Entropy Error"])
    #expect(boxes(.except(["Softmax-with-Loss", "Softmax"])) == ["Cross Entropy Error"])
    #expect(boxes(.none) == [])
    #expect(GraphDrawing(graph, folding: .none).scene.frames.map(\.name) == ["Softmax", "Cross Entropy Error"])
    #expect(GraphDrawing(graph).scene.frames.isEmpty)
  }

  @Test("step by step: the inputs, node after node, the output's derivative, and back")
  func steps() throws {
    let graph = Graph()
    let x = graph.variable("x", -2)
    let y = graph.variable("y", 5)
    let z = graph.variable("z", -4)
    ((x + y) * z).named("f").backward()
    let drawing = GraphDrawing(graph)
    #expect(
      drawing.steps == [
        .init(isBackward: false, event: .start), .init(isBackward: false, event: .node("+")),
        .init(isBackward: false, event: .node("×")), .init(isBackward: true, event: .start),
        .init(isBackward: true, event: .node("×")), .init(isBackward: true, event: .node("+")),
      ])
    let words: Set = ["x", "y", "z", "f", "+", "×"]
    func shown(_ step: Int?) throws -> [String] {
      try SVGDocument(drawing.svg(step: step)).texts.filter { !words.contains($0) }
    }
    #expect(try shown(0).sorted() == ["5", "−2", "−4"])
    #expect(try shown(1).sorted() == ["3", "5", "−2", "−4"])
    #expect(try shown(2).count == 5)
    #expect(try shown(3).count == 6)
    #expect(try shown(4).count == 8)
    #expect(try shown(5).sorted() == shown(nil).sorted())
    #expect(drawing.svg(step: 1).contains("class=\"graph-vertex graph-active\""))
    #expect(!drawing.svg.contains("class=\"graph-vertex graph-active\""))
    // Everything stands where it stood.
    let (first, last) = (try SVGDocument(drawing.svg(step: 0)), try SVGDocument(drawing.svg))
    for label in first.labels { #expect(last.labels.contains { $0.text == label.text && $0.left == label.left }) }
    #expect((first.width, first.height) == (last.width, last.height))
  }

  @Test("before a backward pass nothing stands below the lines")
  func forwardOnly() {
    let graph = Graph()
    _ = (graph.variable("x", 2) * graph.variable("y", 3)).named("z")
    #expect(GraphDrawing(graph).scene.arrows.map(\.backward) == ["", "", ""])
  }

  @Test("a page's own colours, light and dark, and names that XML would trip over")
  func document() throws {
    let graph = Graph()
    (graph.variable("a < b & \"c\"", 2) * 3).named("リンゴ").backward()
    let svg = GraphDrawing(graph, title: "<&>").svg
    #expect(try SVGDocument(svg).texts.contains("a < b & \"c\""))
    #expect(svg.contains("prefers-color-scheme: dark") && svg.contains("var(--graph-paper, #1f1f1f)"))
    #expect(svg.contains("<title>&lt;&amp;&gt;</title>"))
  }

  @Test("the storyboard has all steps, each with its caption")
  func storyboard() throws {
    let drawing = GraphDrawing(Self.sigmoidGraph(), title: "Sigmoid", folding: .none)
    let svg = try SVGDocument(GraphStoryboard(drawing) { number, _ in "step \(number)" }.svg)
    #expect(svg.texts.filter { $0.hasPrefix("step") } == (1...10).map { "step \($0)" })
    #expect(svg.collisions == [] && svg.clipped == [])
  }

  @Test(
    "numbers are short",
    arguments: [
      (2.2000000000000002, "2.2"), (715.0000000000001, "715"), (-0.5, "−0.5"), (-0.0, "0"), (0.26894142, "0.2689"),
      (1e-7, "1e−7"), (12345.6, "12346"), (1.5e9, "1.5e9"), (.infinity, "∞"), (.nan, "nan"),
    ])
  func number(_ value: Double, _ text: String) { #expect(LabelTexts.number(value) == text) }
}
