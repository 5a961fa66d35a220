import KobaiReport

extension GraphScene {
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
      content: xmlEscaped(frame.name))
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
      $0.add("title", [], content: xmlEscaped(arrow.details))
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
        ], content: xmlEscaped(vertex.text))
    }
  }
}
