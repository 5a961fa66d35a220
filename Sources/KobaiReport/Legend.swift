import Foundation

/// One line of a legend: a name beside a sample of what it names.
struct LegendEntry {
  /// What the sample looks like: the mark's own dashes, dots and shapes, so that a legend in black and white can be read.
  enum Sample {
    case line(width: Double, dash: String?, dots: Bool)
    case points(radius: Double)
    case bar
  }

  let name: String
  let color: String
  let sample: Sample
}

/// A legend before it has a place: its size, where it may stand, and how it is drawn.
struct LegendBox {
  private static let (sampleWidth, lineHeight, inset, air) = (26.0, 17.0, 8.0, 4.0)
  let entries: [LegendEntry]

  var width: Double {
    (entries.map { SVG.width(of: $0.name, size: 11) }.max() ?? 0) + Self.sampleWidth + 18
  }
  var height: Double { Double(entries.count) * Self.lineHeight + 8 }

  /// The top left point of the legend in the first corner of the axes where nothing is drawn; nil where each has something.
  func freeCorner(of marks: [Mark], _ scale: PanelScale) -> (left: Double, top: Double)? {
    guard width + 2 * Self.inset < scale.width, height + 2 * Self.inset < scale.height else { return nil }
    let (left, right) = (scale.left + Self.inset, scale.left + scale.width - width - Self.inset)
    let (top, bottom) = (scale.top + Self.inset, scale.top + scale.height - height - Self.inset)
    return [(right, top), (right, bottom), (left, top), (left, bottom)].first { corner in
      let box = PixelBox(left: corner.0, top: corner.1, right: corner.0 + width, bottom: corner.1 + height)
      return !marks.contains { $0.covers(box.grown(by: Self.air), scale) }
    }
  }

  func draw(left: Double, top: Double, into picture: inout SVG) {
    picture.group([("class", "legend")]) { group in
      group.add(
        "rect",
        [
          ("x", SVG.number(left)), ("y", SVG.number(top)), ("width", SVG.number(width)),
          ("height", SVG.number(height)), ("fill", "white"), ("fill-opacity", "0.85"), ("stroke", "#cccccc"),
        ])
      for (i, entry) in entries.enumerated() {
        let y = top + 16 + Double(i) * Self.lineHeight
        entry.draw(from: left + 6, to: left + 6 + Self.sampleWidth, y: y - 4, into: &group)
        group.text(entry.name, x: left + Self.sampleWidth + 11, y: y, size: 11)
      }
    }
  }
}

extension LegendEntry {
  fileprivate func draw(from left: Double, to right: Double, y: Double, into group: inout SVG) {
    func dot(_ radius: Double) {
      group.add(
        "circle",
        [
          ("cx", SVG.number((left + right) / 2)), ("cy", SVG.number(y)), ("r", SVG.number(radius)), ("fill", color),
        ])
    }
    switch sample {
    case .line(let width, let dash, let dots):
      group.line(left, y, right, y, stroke: color, width: max(width, 1.8), dash: dash)
      if dots { dot(Mark.Line.dotRadius) }
    case .points(let radius): dot(min(radius, 6))
    case .bar: group.rectangle(left + 7, y - 5, right - left - 14, 10, fill: color)
    }
  }
}

/// A rectangle of the picture, in pixels.
struct PixelBox {
  let left: Double, top: Double, right: Double, bottom: Double

  func grown(by air: Double) -> PixelBox {
    PixelBox(left: left - air, top: top - air, right: right + air, bottom: bottom + air)
  }

  func overlaps(_ other: PixelBox) -> Bool {
    left < other.right && other.left < right && top < other.bottom && other.top < bottom
  }

  /// Whether a straight line has a point inside (Liang and Barsky, 1984).
  func meets(_ a: (x: Double, y: Double), _ b: (x: Double, y: Double)) -> Bool {
    var (first, last) = (0.0, 1.0)  // the share of the line that is inside of all edges so far
    for (start, step, low, high) in [(a.x, b.x - a.x, left, right), (a.y, b.y - a.y, top, bottom)] {
      if step == 0 {
        if start < low || start > high { return false }
        continue
      }
      let (enters, leaves) = ((low - start) / step, (high - start) / step)
      first = max(first, min(enters, leaves))
      last = min(last, max(enters, leaves))
    }
    return first <= last
  }
}

extension Mark {
  /// Whether it draws anything inside a rectangle of the picture.
  func covers(_ box: PixelBox, _ scale: PanelScale) -> Bool {
    func pixel(_ x: Double, _ y: Double) -> (x: Double, y: Double) { (scale.x(x), scale.y(y)) }
    func area(_ points: [(x: Double, y: Double)]) -> PixelBox {
      let (xs, ys) = (points.map { scale.x($0.x) }, points.map { scale.y($0.y) })
      return PixelBox(left: xs.min() ?? 0, top: ys.min() ?? 0, right: xs.max() ?? 0, bottom: ys.max() ?? 0)
    }
    switch self {
    case .line(let line):
      let points = zip(line.x, line.y).map { $0.isFinite && $1.isFinite ? pixel($0, $1) : nil }
      let near = box.grown(by: line.dots ? Line.dotRadius : line.width / 2)
      return zip([nil] + points, points).contains { before, point in
        point.map { near.meets(before ?? $0, $0) } ?? false
      }
    case .points(let points):
      let near = box.grown(by: points.radius)
      return zip(points.x, points.y).contains { x, y in
        x.isFinite && y.isFinite && near.meets(pixel(x, y), pixel(x, y))
      }
    case .bars(let bars):
      return bars.values.enumerated().contains { group, row in
        row.compactMap(\.self).contains { value in
          let (middle, half) = (Double(group), bars.width / 2)
          return value.isFinite && box.overlaps(area([(middle - half, 0), (middle + half, value)]))
        }
      }
    case .polygons(let polygons): return polygons.contains { box.overlaps(area($0.points)) }
    case .arrows(let arrows, _):
      return arrows.contains { box.meets(pixel($0.x, $0.y), pixel($0.x + $0.dx, $0.y + $0.dy)) }
    case .image(_, let x, let y):
      return box.overlaps(area([(x.lowerBound, y.lowerBound), (x.upperBound, y.upperBound)]))
    case .text(let text, let x, let y, let anchor, let size):
      let (at, width) = (pixel(x, y), SVG.width(of: text, size: size))
      let left = anchor == "middle" ? at.x - width / 2 : anchor == "end" ? at.x - width : at.x
      return box.overlaps(PixelBox(left: left, top: at.y - size / 2, right: left + width, bottom: at.y + size / 2))
    }
  }
}
