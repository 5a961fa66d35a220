/// A point of a picture, in pixels from the upper left corner.
struct Point: Equatable, Sendable {
  var x: Double, y: Double

  static func + (a: Point, b: Point) -> Point { Point(x: a.x + b.x, y: a.y + b.y) }

  func distance(to other: Point) -> Double {
    ((x - other.x) * (x - other.x) + (y - other.y) * (y - other.y)).squareRoot()
  }

  func moved(towards other: Point, by length: Double) -> Point {
    let share = length / Swift.max(distance(to: other), 1e-9)
    return Point(x: x + (other.x - x) * share, y: y + (other.y - y) * share)
  }
}

/// A rectangle of a picture.
struct Box: Equatable, Sendable {
  var left: Double, top: Double, right: Double, bottom: Double

  init(left: Double, top: Double, right: Double, bottom: Double) {
    (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
  }

  /// The smallest one around others; nil where there is none.
  init?(around boxes: [Box]) {
    guard let left = boxes.map(\.left).min(), let top = boxes.map(\.top).min(),
      let right = boxes.map(\.right).max(), let bottom = boxes.map(\.bottom).max()
    else { return nil }
    self.init(left: left, top: top, right: right, bottom: bottom)
  }

  func expanded(by distance: Double) -> Box {
    Box(left: left - distance, top: top - distance, right: right + distance, bottom: bottom + distance)
  }

  func overlaps(_ other: Box) -> Bool {
    left < other.right && other.left < right && top < other.bottom && other.top < bottom
  }

  /// Whether a part of the line from a to b is inside (Liang & Barsky, 1984).
  func touches(_ a: Point, _ b: Point) -> Bool {
    var (from, to) = (0.0, 1.0)
    for (start, change, low, high) in [(a.x, b.x - a.x, left, right), (a.y, b.y - a.y, top, bottom)] {
      if change == 0 {
        if start <= low || start >= high { return false }
      } else {
        let (enter, leave) = ((low - start) / change, (high - start) / change)
        (from, to) = (max(from, min(enter, leave)), min(to, max(enter, leave)))
      }
    }
    return from < to
  }
}
