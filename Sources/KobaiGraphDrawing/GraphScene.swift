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
    var labelBox: Box {
      Box(
        left: label.x - labelWidth / 2, top: label.y - (forward.isEmpty ? 0 : GraphScene.above),
        right: label.x + labelWidth / 2, bottom: label.y + (backward.isEmpty ? 0 : GraphScene.below))
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

  /// Frames around the groups that are shown node by node, where nothing else stands between their nodes.
  private static func frames(
    _ graph: Graph, _ diagram: Diagram, _ vertices: [Vertex], _ arrows: [Arrow]
  ) -> [Frame] {
    let computing = diagram.vertices.indices.filter { vertices[$0].shape == .operation || vertices[$0].shape == .box }
    return graph.groups.indices.compactMap { group in
      let inside = diagram.vertices.indices.filter { diagram.vertices[$0].groups.contains(group) }
      guard !inside.isEmpty, computing.contains(where: { !inside.contains($0) }) else { return nil }
      let labels = arrows.filter { inside.contains($0.source) && inside.contains($0.target) }.map(\.labelBox)
      guard var frame = Box(around: inside.map { vertices[$0].box } + labels)?.expanded(by: 8) else { return nil }
      let others = diagram.vertices.indices.filter { !inside.contains($0) && vertices[$0].shape != .input }
      if others.contains(where: { vertices[$0].box.overlaps(frame) }) { return nil }
      frame.top -= 16  // for the name, where no line is in its way
      let name = Box(
        left: frame.left, top: frame.top, right: frame.left + 10 + SVG.width(of: graph.groups[group].name, size: 11),
        bottom: frame.top + 16)
      let isFree =
        !arrows.contains {
          $0.labelBox.overlaps(name) || zip($0.points, $0.points.dropFirst()).contains { name.touches($0, $1) }
        }
        && !vertices.contains { $0.box.overlaps(name) }
      return isFree ? Frame(name: graph.groups[group].name, box: frame) : nil
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
    private(set) var steps = [GraphDrawing.Step(isBackward: false, node: nil)]
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
        steps.append(.init(isBackward: false, node: diagram.vertices[vertex].text))
      }
      outputStep = steps.count
      steps.append(.init(isBackward: true, node: nil))
      for vertex in computing.reversed() {
        backward[vertex] = steps.count
        steps.append(.init(isBackward: true, node: diagram.vertices[vertex].text))
      }
    }
  }

  // MARK: - Drawing

  /// Draws everything that is known after a step, or everything. Groups carry the step from which on they are shown, so
  /// that a page can go through them.
  func draw(step: Int?, into picture: inout SVG) {
    for frame in frames { draw(frame, into: &picture) }
    for arrow in arrows { drawLine(arrow, into: &picture) }
    for vertex in vertices { draw(vertex, step: step, into: &picture) }
    for arrow in arrows {
      if !arrow.forward.isEmpty, step.map({ arrow.forwardStep <= $0 }) ?? true {
        picture.group([("class", "graph-forward"), ("data-step", String(arrow.forwardStep))]) {
          $0.text(
            arrow.forward, x: arrow.label.x, y: arrow.label.y - 6, anchor: "middle", size: GraphStyle.textSize)
        }
      }
      if !arrow.backward.isEmpty, step.map({ arrow.backwardStep <= $0 }) ?? true {
        picture.group([("class", "graph-backward"), ("data-step", String(arrow.backwardStep))]) {
          drawBackward(arrow, into: &$0)
        }
      }
    }
  }

  private func draw(_ frame: Frame, into picture: inout SVG) {
    let box = frame.box
    picture.add(
      "rect",
      [
        ("class", "graph-frame"), ("x", SVG.number(box.left)), ("y", SVG.number(box.top)),
        ("width", SVG.number(box.right - box.left)), ("height", SVG.number(box.bottom - box.top)), ("rx", "8"),
      ])
    picture.add(
      "text",
      [("class", "graph-ink"), ("x", SVG.number(box.left + 8)), ("y", SVG.number(box.top + 14)), ("font-size", "11")],
      content: SVG.escaped(frame.name))
  }

  private func drawLine(_ arrow: Arrow, into picture: inout SVG) {
    let points = arrow.points
    let (end, last) = (points[points.count - 1], points[points.count - 2])
    // A line into a dot goes on from there and has no head.
    let hasHead = vertices[arrow.target].shape != .fork
    let length = end.distance(to: last)
    let (ux, uy) = ((end.x - last.x) / length, (end.y - last.y) / length)
    let tip = hasHead ? Point(x: end.x - 6 * ux, y: end.y - 6 * uy) : end
    picture.group([("class", "graph-arrow")]) {
      $0.add("title", [], content: SVG.escaped(arrow.details))
      $0.add("path", [("class", "graph-line"), ("d", Self.path(Array(points.dropLast()) + [tip]))])
      guard hasHead else { return }
      let base = Point(x: end.x - 8 * ux, y: end.y - 8 * uy)
      let corners = [
        (end.x, end.y), (base.x - 3.6 * uy, base.y + 3.6 * ux), (base.x + 3.6 * uy, base.y - 3.6 * ux),
      ]
      $0.add("polygon", [("class", "graph-head"), ("points", SVG.points(corners))])
    }
  }

  /// A line with softened corners.
  private static func path(_ points: [Point]) -> String {
    func text(_ p: Point) -> String { "\(SVG.number(p.x)) \(SVG.number(p.y))" }
    var path = "M\(text(points[0]))"
    for i in points.indices.dropFirst().dropLast() {
      let (a, corner, b) = (points[i - 1], points[i], points[i + 1])
      let reach = min(7, a.distance(to: corner) / 2, b.distance(to: corner) / 2)
      path +=
        " L\(text(corner.moved(towards: a, by: reach))) Q\(text(corner)) \(text(corner.moved(towards: b, by: reach)))"
    }
    return path + " L\(text(points[points.count - 1]))"
  }

  private func drawBackward(_ arrow: Arrow, into picture: inout SVG) {
    let (x, y, half) = (arrow.label.x, arrow.label.y, arrow.labelWidth / 2 - 6)
    picture.add(
      "line",
      [
        ("x1", SVG.number(x + half)), ("y1", SVG.number(y + 6)), ("x2", SVG.number(x - half + 5)),
        ("y2", SVG.number(y + 6)),
      ])
    let head = [(x - half, y + 6), (x - half + 7, y + 2.8), (x - half + 7, y + 9.2)]
    picture.add("polygon", [("points", SVG.points(head))])
    picture.text(arrow.backward, x: x, y: y + 20, anchor: "middle", size: GraphStyle.textSize)
  }

  private func draw(_ vertex: Vertex, step: Int?, into picture: inout SVG) {
    let isActive = step != nil && (vertex.forwardStep == step || vertex.backwardStep == step)
    var attributes = [("class", isActive ? "graph-vertex graph-active" : "graph-vertex")]
    if let forward = vertex.forwardStep { attributes.append(("data-forward", String(forward))) }
    if let backward = vertex.backwardStep { attributes.append(("data-backward", String(backward))) }
    let (x, y) = (vertex.centre.x, vertex.centre.y)
    if vertex.shape == .literal { return }  // its number stands on its line
    picture.group(attributes) { group in
      switch vertex.shape {
      case .fork:
        group.add(
          "circle", [("class", "graph-fork"), ("cx", SVG.number(x)), ("cy", SVG.number(y)), ("r", "3.6")])
        return
      case .literal, .input, .output: break
      case .operation, .box:
        let radius = vertex.shape == .box ? 8 : vertex.height / 2
        group.add(
          "rect",
          [
            ("class", "graph-node"), ("x", SVG.number(x - vertex.width / 2)), ("y", SVG.number(y - vertex.height / 2)),
            ("width", SVG.number(vertex.width)), ("height", SVG.number(vertex.height)), ("rx", SVG.number(radius)),
          ])
      }
      let isWord = vertex.shape == .input || vertex.shape == .output
      let size = isWord ? GraphStyle.wordSize : vertex.text.count == 1 ? 17 : GraphStyle.textSize
      group.add(
        "text",
        [
          ("class", "graph-ink"), ("x", SVG.number(x)), ("y", SVG.number(y + size * 0.36)),
          ("font-size", SVG.number(size)), ("text-anchor", "middle"),
        ], content: SVG.escaped(vertex.text))
    }
  }
}
