import Foundation

extension Mark {
  /// Draws itself; `color` is the number of the palette's next colour.
  func draw(_ scale: PanelScale, color: Int, into picture: inout SVG) {
    switch self {
    case .line(let line): line.draw(scale, color: line.color ?? Palette.series(color), into: &picture)
    case .points(let points):
      let fill = points.color ?? Palette.series(color)
      picture.group([("fill", fill), ("data-series", points.name ?? "")]) { group in
        for (x, y) in zip(points.x, points.y) where x.isFinite && y.isFinite {
          group.add(
            "circle",
            [("cx", SVG.number(scale.x(x))), ("cy", SVG.number(scale.y(y))), ("r", SVG.number(points.radius))])
        }
      }
    case .bars(let bars): bars.draw(scale, color: color, into: &picture)
    case .polygons(let polygons):
      // Shapes of one look that follow each other are one element: the bands of a contour plot have hundreds of them.
      var (outline, look) = ("", (fill: "", stroke: ""))
      func draw(into picture: inout SVG) {
        guard !outline.isEmpty else { return }
        picture.add(
          "path", [("d", outline), ("fill", look.fill), ("stroke", look.stroke), ("stroke-width", "0.6")])
        outline = ""
      }
      for polygon in polygons {
        let next = (fill: polygon.fill, stroke: polygon.stroke ?? polygon.fill)  // its own colour closes the seams
        if next != look { draw(into: &picture) }
        look = next
        outline += "M\(SVG.points(polygon.points.map { (scale.x($0.x), scale.y($0.y)) }))Z"
      }
      draw(into: &picture)
    case .arrows(let arrows, let color):
      picture.group([("stroke", color), ("fill", color), ("stroke-width", "1.1")]) { group in
        for arrow in arrows { arrow.draw(scale, into: &group) }
      }
    case .image(let image, let x, let y):
      let (left, top) = (scale.x(x.lowerBound), scale.y(y.upperBound))
      picture.add(
        "image",
        [
          ("x", SVG.number(left)), ("y", SVG.number(top)), ("width", SVG.number(scale.x(x.upperBound) - left)),
          ("height", SVG.number(scale.y(y.lowerBound) - top)), ("preserveAspectRatio", "none"),
          ("style", "image-rendering:pixelated"), ("href", image.dataURL),
        ])
    case .text(let text, let x, let y, let anchor, let size):
      picture.text(text, x: scale.x(x), y: scale.y(y) + size * 0.35, anchor: anchor, size: size)
    }
  }
}

extension Mark.Line {
  fileprivate func draw(_ scale: PanelScale, color: String, into picture: inout SVG) {
    var runs: [[(Double, Double)]] = [[]]
    for (x, y) in zip(x, y) {
      if x.isFinite && y.isFinite {
        runs[runs.count - 1].append((scale.x(x), scale.y(y)))
      } else if runs.last?.isEmpty == false {
        runs.append([])
      }
    }
    for run in runs where !run.isEmpty {
      var attributes = [
        ("points", SVG.points(run)), ("fill", "none"), ("stroke", color), ("stroke-width", SVG.number(width)),
        ("stroke-linejoin", "round"), ("data-series", name ?? ""),
      ]
      if let dash { attributes.append(("stroke-dasharray", dash)) }
      picture.add("polyline", attributes)
      if dots || run.count == 1 {  // of a single point a polyline paints nothing
        for (x, y) in run {
          picture.add(
            "circle",
            [("cx", SVG.number(x)), ("cy", SVG.number(y)), ("r", SVG.number(Self.dotRadius)), ("fill", color)])
        }
      }
    }
  }
}

extension Mark.Bars {
  fileprivate func draw(_ scale: PanelScale, color: Int, into picture: inout SVG) {
    let one = width / Double(max(series.count, 1))
    for (i, name) in series.enumerated() {
      let fill = i < colors.count ? colors[i] : Palette.series(color + i)
      picture.group([("data-series", name)]) { group in
        for (g, row) in values.enumerated() {
          guard i < row.count, let value = row[i], value.isFinite else { continue }
          let left = scale.x(Double(g) - width / 2 + one * Double(i))
          let right = scale.x(Double(g) - width / 2 + one * Double(i + 1))
          let (a, b) = (scale.y(max(value, 0)), scale.y(min(value, 0)))
          let gap = min(1, (right - left) * 0.1)
          group.rectangle(left, a, right - left - gap, b - a, fill: fill, title: "\(name): \(value)")
        }
      }
    }
  }
}

extension Mark.Arrow {
  /// Draws a shaft and a head of fixed size, smaller for short arrows.
  fileprivate func draw(_ scale: PanelScale, into group: inout SVG) {
    let (x0, y0, x1, y1) = (scale.x(x), scale.y(y), scale.x(x + dx), scale.y(y + dy))
    let length = hypot(x1 - x0, y1 - y0)
    guard length > 0.3, length.isFinite else { return }
    let (ux, uy) = ((x1 - x0) / length, (y1 - y0) / length)
    let head = min(6, length * 0.5)
    let (bx, by) = (x1 - ux * head, y1 - uy * head)
    group.add(
      "line", [("x1", SVG.number(x0)), ("y1", SVG.number(y0)), ("x2", SVG.number(bx)), ("y2", SVG.number(by))])
    let wing = head * 0.42
    group.add(
      "polygon",
      [("points", SVG.points([(x1, y1), (bx - uy * wing, by + ux * wing), (bx + uy * wing, by - ux * wing)]))])
  }
}
