import KobaiReport
import KobaiScratch

/// A picture of a computational graph as in the book: nodes are circles, what runs forward stands above the lines, and
/// what comes back below them.
///
/// ```swift
/// let drawing = GraphDrawing(graph, title: "Apples")
/// try drawing.svg.write(toFile: file, atomically: true, encoding: .utf8)
/// ```
///
/// The layout is that of Sugiyama, Tagawa & Toda (1981) with labels in columns of their own, after Gansner et al. (1993).
/// The picture follows the reader's choice of light or dark; a page sets its own colours with the variables `--graph-…`.
public struct GraphDrawing: Drawable {
  /// Which groups of nodes are shown as one.
  public enum Folding: Sendable {
    /// All of them.
    case all
    /// None: every node by itself.
    case none
    /// All but those of the given names.
    case except(Set<String>)

    func isFolded(_ group: String) -> Bool {
      switch self {
      case .all: true
      case .none: false
      case .except(let names): !names.contains(group)
      }
    }
  }

  /// Where inputs stand.
  public enum Inputs: Sendable {
    /// All at the left margin, as in the book's first graphs.
    case left
    /// Each right before what takes it.
    case nearby
  }

  /// A moment of the computation: first the inputs, then node after node forward, then the derivative of the output,
  /// which is 1, and node after node back.
  public struct Step: Sendable, Equatable {
    /// What happens in a step.
    public enum Event: Sendable, Equatable {
      /// Forward the inputs are given, backward the derivative of the output.
      case start
      /// A node computes; what stands in it.
      case node(String)
      /// A result goes to several places; backward, what comes from there is added up.
      case fork
    }

    /// Which way the computation goes.
    public let isBackward: Bool
    /// What happens.
    public let event: Event
  }

  /// What stands above it, and what readers hear who do not see it.
  public let title: String
  /// What happens step by step; ``svg(step:)`` shows each.
  public let steps: [Step]
  let scene: GraphScene

  /// - Parameters:
  ///   - graph: what is drawn; derivatives are there after a `backward()`.
  ///   - title: what stands above it; nothing where it is empty.
  ///   - folding: which groups are shown as one node.
  ///   - labels: what stands at the lines.
  ///   - inputs: where the inputs stand.
  public init(
    _ graph: Graph, title: String = "", folding: Folding = .all, labels: EdgeLabels = .values, inputs: Inputs = .left
  ) {
    self.title = title
    scene = GraphScene(graph, folding: folding, labels: labels, inputs: inputs)
    steps = scene.steps
  }

  /// The picture of the whole computation as an SVG document.
  public var svg: String { svg(step: nil) }

  /// The picture after a step, with the node that computes marked.
  ///
  /// - Parameter step: an index into ``steps``; the whole computation where it is nil.
  public func svg(step: Int?) -> String {
    var picture = SVG()
    let head = titleHeight
    picture.group([("transform", "translate(0 \(SVG.number(head)))")]) { scene.draw(step: step, into: &$0) }
    return document(picture, width: scene.width, height: head + scene.height)
  }

  var titleHeight: Double { title.isEmpty ? 0 : 30 }

  func document(_ picture: SVG, width: Double, height: Double) -> String {
    var all = SVG()
    if !title.isEmpty {
      all.add(
        "text", [("x", "16"), ("y", "26"), ("font-size", "16"), ("font-weight", "bold"), ("class", "graph-ink")],
        content: xmlEscaped(title))
    }
    let wide = max(width, SVG.width(of: title, size: 16) + 32)
    all.add("g", [], content: picture.elements)
    return all.document(
      width: wide, height: height, title: title, attributes: [("class", "computational-graph")],
      background: "<style>\(GraphStyle.css)</style>\n<rect class=\"graph-paper\" width=\"100%\" height=\"100%\"/>")
  }
}

/// How a picture of a graph looks.
enum GraphStyle {
  static let textSize = 12.5, wordSize = 14.0
  /// The variables may be set by a page; what stands here is for the picture by itself.
  static let css = """
    .computational-graph { --paper: var(--graph-paper, #ffffff); --ink: var(--graph-ink, #222222);
      --back: var(--graph-backward, #c2334d); --node: var(--graph-node, #e8f0f8); --line: var(--graph-line, #555555);
      --active: var(--graph-active, #ffe08a) }
    @media (prefers-color-scheme: dark) { .computational-graph { --paper: var(--graph-paper, #1f1f1f);
      --ink: var(--graph-ink, #e4e4e4); --back: var(--graph-backward, #ff8fa0); --node: var(--graph-node, #2b3d50);
      --line: var(--graph-line, #a8a8a8); --active: var(--graph-active, #7a5c00) } }
    .graph-paper { fill: var(--paper) } .graph-ink, .graph-forward text { fill: var(--ink) }
    .graph-line { fill: none; stroke: var(--line); stroke-width: 1.4 } .graph-head, .graph-fork { fill: var(--line) }
    .graph-node { fill: var(--node); stroke: var(--line); stroke-width: 1.4 }
    .graph-backward text, .graph-backward polygon { fill: var(--back) }
    .graph-backward line { stroke: var(--back); stroke-width: 2 }
    .graph-active .graph-node, .graph-active .graph-fork { fill: var(--active) }
    .graph-frame { fill: none; stroke: var(--line); stroke-dasharray: 5 4 }
    """
}
