/// A function of two variables, sampled on a grid, as lines and bands of equal height.
public struct Contours: Sendable {
  /// The points along x at which the function was sampled.
  public let x: [Double]
  /// The points along y.
  public let y: [Double]
  private let z: [[Double]]  // a row for each y with a column for each x

  /// Samples `f` on a grid of `steps` cells each way.
  public init(
    x: ClosedRange<Double>, y: ClosedRange<Double>, steps: Int = 60, _ f: (_ x: Double, _ y: Double) -> Double
  ) {
    let grid = GridSamples(x: x, y: y, steps: steps, f)
    (self.x, self.y, z) = (grid.x, grid.y, grid.z)
  }

  /// Lines along which the function has each of the levels (marching squares).
  public func lines(_ levels: [Double], color: (Int) -> String = { _ in "#999999" }) -> [Mark] {
    levels.enumerated().map { i, level in
      var (xs, ys) = ([Double](), [Double]())
      forEachCell { corners in
        // Where the level crosses the cell's edges; each pair of crossings is a piece of the line.
        var crossings: [(Double, Double)] = []
        for e in 0..<4 {
          let (a, b) = (corners[e], corners[(e + 1) % 4])
          guard (a.z < level) != (b.z < level) else { continue }
          let t = (level - a.z) / (b.z - a.z)
          crossings.append((a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t))
        }
        for pair in stride(from: 0, to: crossings.count - 1, by: 2) {
          xs += [crossings[pair].0, crossings[pair + 1].0, .nan]
          ys += [crossings[pair].1, crossings[pair + 1].1, .nan]
        }
      }
      return .line(Mark.Line(x: xs, y: ys, color: color(i), width: 1))
    }
  }

  /// Bands between one level and the next, filled.
  public func bands(_ levels: [Double], color: (_ share: Double) -> String = Palette.blue) -> Mark {
    var polygons: [Mark.Polygon] = []
    let edges = [-Double.infinity] + levels + [.infinity]
    forEachCell { corners in
      for band in 0..<edges.count - 1 {
        let shape = Self.clip(
          Self.clip(corners, at: edges[band], keepAbove: true), at: edges[band + 1], keepAbove: false)
        guard shape.count >= 3 else { continue }
        polygons.append(
          Mark.Polygon(shape.map { ($0.x, $0.y) }, fill: color(Double(band) / Double(max(edges.count - 2, 1)))))
      }
    }
    return .polygons(polygons)
  }

  private typealias Corner = (x: Double, y: Double, z: Double)

  private func forEachCell(_ body: ([Corner]) -> Void) {
    for j in 0..<y.count - 1 {
      for i in 0..<x.count - 1 {
        let corners: [Corner] = [
          (x[i], y[j], z[j][i]), (x[i + 1], y[j], z[j][i + 1]), (x[i + 1], y[j + 1], z[j + 1][i + 1]),
          (x[i], y[j + 1], z[j + 1][i]),
        ]
        if corners.allSatisfy(\.z.isFinite) { body(corners) }
      }
    }
  }

  /// The part of a polygon whose height is above (or below) a level (Sutherland & Hodgman, 1974).
  private static func clip(_ polygon: [Corner], at level: Double, keepAbove: Bool) -> [Corner] {
    guard level.isFinite else { return polygon }
    var result: [Corner] = []
    for i in polygon.indices {
      let (a, b) = (polygon[i], polygon[(i + 1) % polygon.count])
      let (aIn, bIn) = (keepAbove ? a.z >= level : a.z <= level, keepAbove ? b.z >= level : b.z <= level)
      if aIn { result.append(a) }
      if aIn != bIn {
        let t = (level - a.z) / (b.z - a.z)
        result.append((a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t, level))
      }
    }
    return result
  }
}
