import Foundation
import KobaiGraphDrawing
import KobaiScratch

/// A computational graph of the book: how it is recorded, and the pictures that the book draws of it.
public struct BookGraph: Sendable {
  /// One way to draw it.
  public struct View: Sendable {
    /// The end of the picture's name.
    let name: String
    let title: Words?
    /// Which groups are shown as one node.
    public let folding: GraphDrawing.Folding
    let labels: EdgeLabels
    let inputs: GraphDrawing.Inputs

    init(
      _ name: String = "", _ title: Words? = nil, folding: GraphDrawing.Folding = .all, labels: EdgeLabels = .values,
      inputs: GraphDrawing.Inputs = .left
    ) {
      (self.name, self.title, self.folding) = (name, title, folding)
      (self.labels, self.inputs) = (labels, inputs)
    }
  }

  /// Unique among the graphs; the names of its pictures begin with it.
  public let name: String
  /// What it shows.
  public let title: Words
  /// The pictures of it.
  public let views: [View]
  /// The derivative that arrives from behind; ones where it is nil.
  let dout: NDArray?
  private let record: @Sendable (Graph, Language) -> Variable

  init(
    _ name: String, en: String, ja: String, _ views: [View] = [View()], dout: NDArray? = nil,
    record: @escaping @Sendable (Graph, Language) -> Variable
  ) {
    (self.name, title, self.views) = (name, Words(en: en, ja: ja), views)
    (self.dout, self.record) = (dout, record)
  }

  /// The graph after forward and backward pass, and its output.
  public func recorded(_ language: Language) -> (graph: Graph, output: Variable) {
    let graph = Graph()
    let output = record(graph, language)
    output.backward(dout)
    return (graph, output)
  }

  /// All pictures of it, by name.
  public func drawings(_ language: Language) -> [(name: String, drawing: GraphDrawing)] {
    let graph = recorded(language).graph
    return views.map { view in
      let drawing = GraphDrawing(
        graph, title: (view.title ?? title)(language), folding: view.folding, labels: view.labels, inputs: view.inputs)
      return (view.name.isEmpty ? name : "\(name)-\(view.name)", drawing)
    }
  }
}

extension Lab {
  /// Prints what runs along the named edges of graphs, checks every edge against the numerical derivative, and draws.
  func show(_ graphs: [BookGraph]) -> Outcome {
    var outcome = Outcome()
    for book in graphs {
      let (graph, output) = book.recorded(language)
      let keys = book.recorded(.en).graph.nodes.map(\.name)  // figures have the same names in every language
      // Of an array it is the derivative of some L behind it, of which only ∂L/∂y is known.
      let whole = output.value.rank == 0 && book.dout == nil ? graph.nodes[output.node].name ?? "L" : "L"
      say(en: "\(book.title.en):", ja: "【\(book.title.ja)】")
      for node in graph.nodes.indices {
        guard let name = graph.nodes[node].name, let derivative = graph.nodes[node].derivative else { continue }
        say(text(name, graph.nodes[node].value))
        if graph.nodes[node].operation != .constant { say(text("∂\(whole)/∂\(name)", derivative)) }
        outcome.figures["\(book.name) \(keys[node] ?? name)"] = graph.nodes[node].value.elements + derivative.elements
      }
      let difference =
        graph.edges.map { edge in
          let numerical = graph.numericalDerivative(of: output, along: [edge], dout: book.dout)
          return (numerical - graph.nodes[edge.target].inputDerivatives[edge.index]).elements.map(abs).max() ?? 0
        }.max() ?? 0
      let count = graph.edges.count
      say(
        en:
          "  largest difference from the numerical derivative, all \(count) edges: \(String(format: "%.1e", difference))",
        ja: "  エッジ\(count)本の微分と数値微分との差：最大 \(String(format: "%.1e", difference))")
      outcome.figures["\(book.name) difference"] = [difference]
      outcome.pictures += book.drawings(language).map { Picture($0.name, $0.drawing) }
    }
    return outcome
  }

  /// "  W = [[1. 2.]", with later rows below the first.
  private func text(_ name: String, _ value: NDArray) -> String {
    // A number with the digits that mean something: 110, not 110.00000000000001.
    if value.rank == 0 { return "  \(name) = " + String(format: "%.10g", value.item) }
    let rows = value.description.split(separator: "\n")
    let indent = String(repeating: " ", count: name.count + 5)
    return "  \(name) = " + rows.joined(separator: "\n" + indent)
  }

  /// All steps of a graph's computation in one picture, forward and back.
  func storyboard(_ graph: BookGraph) -> [Picture] {
    graph.drawings(language).prefix(1).map { name, drawing in
      Picture("\(name)-steps", GraphStoryboard(drawing) { "\($0). \($1.caption(language))" })
    }
  }
}

extension GraphDrawing.Step {
  /// What happens, in words.
  func caption(_ language: Language) -> String {
    let words =
      switch (event, isBackward) {
      case (.start, false): Words(en: "forward: the inputs", ja: "順伝播：入力の値")
      case (.start, true): Words(en: "backward: the derivative of the output by itself", ja: "逆伝播：出力側から流す微分")
      case (.node(let node), false): Words(en: "forward: \(node)", ja: "順伝播：「\(node)」ノード")
      case (.node(let node), true): Words(en: "backward: \(node)", ja: "逆伝播：「\(node)」ノード")
      case (.fork, false): Words(en: "forward: the value goes both ways", ja: "順伝播：同じ値を分岐先へ流す")
      case (.fork, true): Words(en: "backward: what comes back is added up", ja: "逆伝播：分岐先から戻ってきた微分を足し合わせる")
      }
    return words(language)
  }
}
