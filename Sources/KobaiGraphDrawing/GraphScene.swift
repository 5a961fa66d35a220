import KobaiReport
import KobaiScratch

/// What a picture of a graph consists of, placed and ready to be drawn.
struct GraphScene: Sendable {
  let width: Double, height: Double
  let steps: [GraphDrawing.Step]
  private(set) var vertices: [Vertex] = []
  private(set) var arrows: [Arrow] = []
  private(set) var frames: [Frame] = []

  struct Vertex: Sendable {
    let shape: Diagram.Shape
    let text: String
    var centre: Point
    let width: Double, height: Double
    /// The steps in which it computes.
    var forwardStep: Int?, backwardStep: Int?

    var box: Box {
      Box(
        left: centre.x - width / 2, top: centre.y - height / 2, right: centre.x + width / 2,
        bottom: centre.y + height / 2)
    }
  }

  struct Arrow: Sendable {
    var points: [Point]
    /// The middle of the label, on the line.
    var label: Point
    let labelWidth: Double
    let forward: String, backward: String, details: String
    /// The vertices at its ends.
    let source: Int, target: Int
    /// The steps from which on both are known.
    let forwardStep: Int, backwardStep: Int

    /// Around the words above and below.
    var wordsBox: Box {
      let half =
        max(SVG.width(of: forward, size: GraphStyle.textSize), SVG.width(of: backward, size: GraphStyle.textSize)) / 2
      return Box(
        left: label.x - half, top: label.y - (forward.isEmpty ? 0 : GraphScene.above),
        right: label.x + half, bottom: label.y + (backward.isEmpty ? 0 : GraphScene.below))
    }
  }

  /// Around the nodes of a group that is shown node by node.
  struct Frame: Sendable {
    let name: String
    var box: Box
  }

  static let margin = 16.0
  static let above = 19.0, below = 24.0

  init(_ graph: Graph, folding: GraphDrawing.Folding, labels: EdgeLabels, inputs: GraphDrawing.Inputs) {
    let diagram = Diagram(graph, isFolded: folding.isFolded)
    let texts = LabelTexts(diagram, of: graph, labels)
    let sizes = diagram.vertices.indices.map { Self.size(of: $0, in: diagram) }
    let labelWidths = zip(texts.forward, texts.backward).map { above, below in
      max(
        28, max(SVG.width(of: above, size: GraphStyle.textSize), SVG.width(of: below, size: GraphStyle.textSize)) + 16)
    }
    let layout = GraphLayout(Self.layoutGraph(diagram, texts, sizes, labelWidths, inputs))
    let numbering = Numbering(diagram)
    steps = numbering.steps
    let shift = Point(x: Self.margin, y: Self.margin)
    vertices = diagram.vertices.enumerated().map { i, vertex in
      Vertex(
        shape: vertex.shape, text: vertex.text, centre: layout.centres[i] + shift, width: sizes[i].width,
        height: sizes[i].height, forwardStep: numbering.forward[i], backwardStep: numbering.backward[i])
    }
    arrows = diagram.arrows.enumerated().map { i, arrow in
      Arrow(
        points: layout.routes[i].map { $0 + shift }, label: layout.labels[i] + shift, labelWidth: labelWidths[i],
        forward: texts.forward[i], backward: texts.backward[i], details: texts.details[i], source: arrow.source,
        target: arrow.target, forwardStep: numbering.forward[arrow.source] ?? 0,
        backwardStep: numbering.backward[arrow.target] ?? numbering.outputStep)
    }
    frames = Self.frames(graph, diagram, vertices, arrows)
    let top = min(0, (frames.map(\.box.top).min() ?? 0) - 4)
    (width, height) = (layout.width + 2 * Self.margin, layout.height + 2 * Self.margin - top)
    if top < 0 { moveDown(-top) }
  }

  private mutating func moveDown(_ distance: Double) {
    let shift = Point(x: 0, y: distance)
    for i in vertices.indices { vertices[i].centre = vertices[i].centre + shift }
    for i in arrows.indices {
      arrows[i].points = arrows[i].points.map { $0 + shift }
      arrows[i].label = arrows[i].label + shift
    }
    for i in frames.indices {
      frames[i].box.top += distance
      frames[i].box.bottom += distance
    }
  }

  /// Frames around the groups that are shown node by node, where nothing else is in their way.
  private static func frames(
    _ graph: Graph, _ diagram: Diagram, _ vertices: [Vertex], _ arrows: [Arrow]
  ) -> [Frame] {
    let computing = diagram.vertices.indices.filter { vertices[$0].shape == .operation || vertices[$0].shape == .box }
    return graph.groups.indices.compactMap { group in
      let nodes = Set(diagram.vertices.indices.filter { diagram.vertices[$0].groups.contains(group) })
      guard !nodes.isEmpty, computing.contains(where: { !nodes.contains($0) }) else { return nil }
      // Labels and other constants that only the group takes stand among its nodes.
      let inside = nodes.union(
        diagram.vertices.indices.filter { vertex in
          diagram.vertices[vertex].isConstant
            && arrows.allSatisfy { $0.source != vertex || nodes.contains($0.target) }
        })
      let words = arrows.map(\.wordsBox)
      let isInside = arrows.map { inside.contains($0.source) && inside.contains($0.target) }
      let innerWords = arrows.indices.filter { isInside[$0] }.map { words[$0] }
      guard var box = Box(around: inside.map { vertices[$0].box } + innerWords)?.expanded(by: 8) else { return nil }
      box.top -= 16  // for the name
      let name = Box(
        left: box.left, top: box.top, right: box.left + 10 + SVG.width(of: graph.groups[group].name, size: 11),
        bottom: box.top + 16)
      let isBlocked =
        vertices.indices.contains { !inside.contains($0) && vertices[$0].box.overlaps(box) }
        || arrows.indices.contains { !isInside[$0] && words[$0].overlaps(box) }
        || arrows.contains { arrow in zip(arrow.points, arrow.points.dropFirst()).contains { name.touches($0, $1) } }
      return isBlocked ? nil : Frame(name: graph.groups[group].name, box: box)
    }
  }

  // MARK: - Sizes

  private static func size(of vertex: Int, in diagram: Diagram) -> (width: Double, height: Double) {
    let text = SVG.width(of: diagram.vertices[vertex].text, size: GraphStyle.textSize)
    switch diagram.vertices[vertex].shape {
    case .literal: return (0, 4)
    case .fork: return (8, 8)
    case .input, .output: return (SVG.width(of: diagram.vertices[vertex].text, size: GraphStyle.wordSize) + 6, 18)
    case .operation: return (max(34, text + 12), 34)
    case .box:
      let (arriving, leaving) = (
        diagram.arrows.count { $0.target == vertex }, diagram.arrows.count { $0.source == vertex }
      )
      return (text + 24, max(40, Double(max(arriving, leaving)) * portDistance))
    }
  }

  private static let portDistance = above + below + 6

  private static func layoutGraph(
    _ diagram: Diagram, _ texts: LabelTexts, _ sizes: [(width: Double, height: Double)], _ widths: [Double],
    _ inputs: GraphDrawing.Inputs
  ) -> LayoutGraph {
    // As the expression has them: the first input of an operation above its second.
    let uses = diagram.arrows.indices.sorted {
      let (a, b) = (diagram.arrows[$0].edges.first, diagram.arrows[$1].edges.first)
      return (a?.target ?? .max, a?.index ?? 0) < (b?.target ?? .max, b?.index ?? 0)
    }
    var order = diagram.arrows.map { _ in 0 }
    for (i, arrow) in uses.enumerated() { order[arrow] = i }
    func isOnly(_ arrow: Diagram.Arrow) -> Bool {
      diagram.arrows.count { $0.target == arrow.target && diagram.vertices[$0.source].shape != .literal } == 1
    }
    return LayoutGraph(
      vertices: diagram.vertices.enumerated().map { i, vertex in
        LayoutGraph.Vertex(
          width: sizes[i].width, height: sizes[i].height, portDistance: vertex.shape == .box ? portDistance : 0,
          isNearTarget: vertex.isConstant || vertex.shape == .input && inputs == .nearby,
          isSecondary: vertex.isConstant)
      },
      arrows: diagram.arrows.enumerated().map { i, arrow in
        // A number's line bends so that the main line does not; a vertex with one line stands at its height.
        let source = diagram.vertices[arrow.source].shape
        return LayoutGraph.Arrow(
          source: arrow.source, target: arrow.target, order: order[i], width: widths[i],
          above: texts.forward[i].isEmpty ? 6 : above,
          below: texts.backward[i].isEmpty ? 6 : below,
          sourceWeight: source == .fork ? 1 : 200,
          targetWeight: source == .literal ? 0.02 : isOnly(arrow) ? 200 : 1)
      })
  }

  // MARK: - Steps

  /// Which vertex computes in which step.
  private struct Numbering {
    private(set) var steps = [GraphDrawing.Step(isBackward: false, event: .start)]
    private(set) var forward: [Int?]
    private(set) var backward: [Int?]
    let outputStep: Int

    init(_ diagram: Diagram) {
      (forward, backward) = (diagram.vertices.map { _ in nil }, diagram.vertices.map { _ in nil })
      let computing = diagram.vertices.indices.filter {
        [.operation, .box, .fork].contains(diagram.vertices[$0].shape)
      }
      for vertex in computing {
        forward[vertex] = steps.count
        steps.append(.init(isBackward: false, event: Self.event(diagram.vertices[vertex])))
      }
      outputStep = steps.count
      steps.append(.init(isBackward: true, event: .start))
      for vertex in computing.reversed() {
        backward[vertex] = steps.count
        steps.append(.init(isBackward: true, event: Self.event(diagram.vertices[vertex])))
      }
    }

    private static func event(_ vertex: Diagram.Vertex) -> GraphDrawing.Step.Event {
      vertex.shape == .fork ? .fork : .node(vertex.text)
    }
  }
}
