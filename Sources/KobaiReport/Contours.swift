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

  /// Bands between one level and the next, filled; ``colorBar(_:_:color:)`` says which values they stand for.
  ///
  /// - Parameters:
  ///   - levels: the heights between the bands, in rising order.
  ///   - color: the colour for 0 (below the first level) … 1 (above the last).
  public func bands(_ levels: [Double], color: (_ share: Double) -> String = Palette.blue) -> Mark {
    let colors = Self.colors(levels, color)
    let edges = [-Double.infinity] + levels + [.infinity]
    var shapes = [[[Corner]]](repeating: [], count: colors.count)  // of each band
    for j in 0..<y.count - 1 {
      var run: (band: Int, from: Int)?  // cells of one band beside each other are one rectangle
      func close(at i: Int) {
        guard let open = run else { return }
        let (left, right) = (x[open.from], x[i])
        shapes[open.band].append([(left, y[j], 0), (right, y[j], 0), (right, y[j + 1], 0), (left, y[j + 1], 0)])
        run = nil
      }
      for i in 0..<x.count - 1 {
        let corners = corners(i, j)
        let bands = corners.map { corner in levels.count { $0 < corner.z } }
        let (low, high) = (bands.min() ?? 0, bands.max() ?? 0)
        guard corners.allSatisfy(\.z.isFinite), low == high else {
          close(at: i)
          guard corners.allSatisfy(\.z.isFinite) else { continue }
          for band in low...high {
            let shape = Self.clip(
              Self.clip(corners, at: edges[band], keepAbove: true), at: edges[band + 1], keepAbove: false)
            if shape.count >= 3 { shapes[band].append(shape) }
          }
          continue
        }
        if run?.band != low { close(at: i) }
        run = run ?? (low, i)
      }
      close(at: x.count - 1)
    }
    return .polygons(
      zip(shapes, colors).flatMap { shapes, color in
        shapes.map { Mark.Polygon($0.map { ($0.x, $0.y) }, fill: color) }
      })
  }

  /// The colour bar of ``bands(_:color:)`` with the same levels and colours.
  ///
  /// - Parameters:
  ///   - label: what the heights are.
  ///   - levels: the heights between the bands.
  ///   - color: the bands' colours.
  public func colorBar(
    _ label: String = "", _ levels: [Double], color: (_ share: Double) -> String = Palette.blue
  ) -> ColorBar {
    let heights = z.joined().filter(\.isFinite)
    let reaches = (
      below: (heights.min() ?? 0) < (levels.first ?? 0), above: (heights.max() ?? 0) > (levels.last ?? 0)
    )
    return ColorBar(label, levels: levels, colors: Self.colors(levels, color), reaches: reaches)
  }

  private static func colors(_ levels: [Double], _ color: (Double) -> String) -> [String] {
    (0...levels.count).map { color(Double($0) / Double(max(levels.count, 1))) }
  }

  private typealias Corner = (x: Double, y: Double, z: Double)

  /// The corners of a cell, one after the other around it.
  private func corners(_ i: Int, _ j: Int) -> [Corner] {
    [
      (x[i], y[j], z[j][i]), (x[i + 1], y[j], z[j][i + 1]), (x[i + 1], y[j + 1], z[j + 1][i + 1]),
      (x[i], y[j + 1], z[j + 1][i]),
    ]
  }

  private func forEachCell(_ body: ([Corner]) -> Void) {
    for j in 0..<y.count - 1 {
      for i in 0..<x.count - 1 {
        let corners = corners(i, j)
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
