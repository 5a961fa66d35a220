import Foundation

/// A function of two variables as a surface seen from above; what lies behind is hidden.
public struct Surface: Sendable {
  private let x: [Double], y: [Double], z: [[Double]]
  private let labels: (x: String, y: String, z: String)

  /// Samples `f` on a grid of `steps` cells each way.
  public init(
    x: ClosedRange<Double>, y: ClosedRange<Double>, steps: Int = 30, labels: (x: String, y: String, z: String),
    _ f: (_ x: Double, _ y: Double) -> Double
  ) {
    let grid = GridSamples(x: x, y: y, steps: steps, f)
    (self.x, self.y, z, self.labels) = (grid.x, grid.y, grid.z, labels)
  }

  /// A panel without axes of its own; the surface's are drawn in space.
  ///
  /// - Parameters:
  ///   - title: the title above the panel.
  ///   - turn: the rotation about the vertical axis, in degrees.
  ///   - tilt: the height of the view above the horizon, in degrees.
  ///   - size: the panel's height in pixels.
  public func panel(_ title: String = "", turn: Double = 35, tilt: Double = 28, size: Double = 380) -> Panel {
    let (low, high) = (z.joined().min() ?? 0, z.joined().max() ?? 1)
    let (turn, tilt) = (turn * .pi / 180, tilt * .pi / 180)
    // The surface is scaled into a cube of side 1 about the origin, rotated, and seen from a height.
    func project(_ px: Double, _ py: Double, _ pz: Double) -> (x: Double, y: Double, depth: Double) {
      func unit(_ value: Double, _ low: Double, _ high: Double) -> Double {
        high > low ? (value - low) / (high - low) - 0.5 : 0
      }
      let (u, v, w) = (unit(px, x[0], x[x.count - 1]), unit(py, y[0], y[y.count - 1]), unit(pz, low, high) * 0.8)
      let (a, b) = (u * cos(turn) - v * sin(turn), u * sin(turn) + v * cos(turn))
      return (a, b * sin(tilt) + w * cos(tilt), b * cos(tilt) - w * sin(tilt))
    }
    var cells: [(depth: Double, polygon: Mark.Polygon)] = []
    for j in 0..<y.count - 1 {
      for i in 0..<x.count - 1 {
        let corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)].map { project(x[$0.0], y[$0.1], z[$0.1][$0.0]) }
        let height = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)].reduce(0) { $0 + z[$1.1][$1.0] } / 4
        let share = high > low ? (height - low) / (high - low) : 0
        cells.append(
          (
            corners.reduce(0) { $0 + $1.depth },
            Mark.Polygon(
              corners.map { ($0.x, $0.y) }, fill: Palette.blue(0.1 + 0.6 * share), stroke: "#333333")
          ))
      }
    }
    cells.sort { $0.depth > $1.depth }  // the farthest first
    let (x0, x1, y0, y1) = (x[0], x[x.count - 1], y[0], y[y.count - 1])
    func edge(_ a: (Double, Double, Double), _ b: (Double, Double, Double)) -> Mark {
      let (p, q) = (project(a.0, a.1, a.2), project(b.0, b.1, b.2))
      return .line(Mark.Line(x: [p.x, q.x], y: [p.y, q.y], color: "#888888", width: 1))
    }
    func label(_ text: String, _ px: Double, _ py: Double, _ pz: Double, dx: Double = 0, dy: Double = 0) -> Mark {
      let p = project(px, py, pz)
      return .text(text, x: p.x + dx, y: p.y + dy)
    }
    let box = [
      edge((x0, y0, low), (x1, y0, low)), edge((x1, y0, low), (x1, y1, low)), edge((x0, y0, low), (x0, y1, low)),
      edge((x0, y1, low), (x1, y1, low)), edge((x1, y1, low), (x1, y1, high)), edge((x0, y1, low), (x0, y1, high)),
    ]
    func number(_ value: Double) -> String { String(format: "%g", value) }
    let words = [
      label(labels.x, (x0 + x1) / 2, y0, low, dy: -0.09), label(labels.y, x0, (y0 + y1) / 2, low, dx: -0.06, dy: -0.07),
      label(labels.z, x0, y1, high, dy: 0.07), label(number(x0), x0, y0, low, dy: -0.06),
      label(number(x1), x1, y0, low, dy: -0.06), label(number(y1), x0, y1, low, dx: -0.02, dy: -0.06),
      label(number(high), x0, y1, high, dx: -0.07), label(number(low), x0, y1, low, dx: -0.07, dy: 0.02),
    ]
    return Panel(
      title, x: Axis(range: -0.9...0.9, isHidden: true), y: Axis(range: -0.8...0.75, isHidden: true),
      size: (size * 1.8 / 1.55, size), legend: .none, showsGrid: false, box + [.polygons(cells.map(\.polygon))] + words)
  }
}
