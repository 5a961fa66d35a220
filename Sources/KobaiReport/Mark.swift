/// What a panel shows, in the coordinates of its axes.
public enum Mark: Sendable {
  /// A line through points; gaps where a coordinate is not a number.
  case line(Line)
  /// A marker at each point.
  case points(Points)
  /// Bars side by side, a group at each whole number from 0.
  case bars(Bars)
  /// Filled shapes, such as bands of a contour plot.
  case polygons([Polygon])
  /// Arrows from a point along a vector.
  case arrows([Arrow], color: String = "#444444")
  /// A picture over a rectangle.
  case image(PNGImage, x: ClosedRange<Double>, y: ClosedRange<Double>)
  /// A text at a point.
  case text(String, x: Double, y: Double, anchor: String = "middle", size: Double = 11)

  /// A line through points.
  public struct Line: Sendable {
    /// What the legend calls it; nil keeps it out of the legend.
    public var name: String?
    /// The points' coordinates, as many of each.
    public var x: [Double], y: [Double]
    /// The colour, as in CSS; the next one of the palette where it is nil.
    public var color: String?
    /// The width in pixels.
    public var width = 1.8
    /// The numbers of pixels drawn and left out in turn, such as "5 3"; the line is solid where it is nil.
    public var dash: String?
    /// Whether there is a dot at every point as well.
    public var dots = false
    static let dotRadius = 2.6

    /// - Parameters:
    ///   - name: what the legend calls it; nil keeps it out of the legend.
    ///   - x: the points' first coordinates.
    ///   - y: as many second ones.
    ///   - color: the next one of the palette unless given.
    ///   - width: in pixels.
    ///   - dash: pixels drawn and left out in turn, such as "5 3".
    ///   - dots: whether there is a dot at every point as well.
    public init(
      _ name: String? = nil, x: [Double], y: [Double], color: String? = nil, width: Double = 1.8, dash: String? = nil,
      dots: Bool = false
    ) {
      (self.name, self.x, self.y, self.color) = (name, x, y, color)
      (self.width, self.dash, self.dots) = (width, dash, dots)
    }

    /// A line of values at 0, 1, 2, …
    public init(_ name: String? = nil, values: [Double], color: String? = nil, dash: String? = nil, dots: Bool = false)
    {
      self.init(name, x: values.indices.map(Double.init), y: values, color: color, dash: dash, dots: dots)
    }
  }

  /// A marker at each point.
  public struct Points: Sendable {
    /// What the legend calls them; nil keeps them out of the legend.
    public var name: String?
    /// The points' coordinates, as many of each.
    public var x: [Double], y: [Double]
    /// The colour, as in CSS; the next one of the palette where it is nil.
    public var color: String?
    /// The radius in pixels.
    public var radius = 3.0

    /// Points that look alike.
    public init(_ name: String? = nil, x: [Double], y: [Double], color: String? = nil, radius: Double = 3) {
      (self.name, self.x, self.y, self.color, self.radius) = (name, x, y, color, radius)
    }
  }

  /// Bars in groups, a bar for each series.
  public struct Bars: Sendable {
    /// The names of the bars in a group.
    public var series: [String]
    /// A row for each group, a value for each series; nil where there is none.
    public var values: [[Double?]]
    /// How much of the space between groups the bars take.
    public var width = 0.8
    /// The colour of each series, as in CSS; the palette's where there are too few.
    public var colors: [String] = []

    /// The values have a row for each group, with a value for each series.
    public init(series: [String], values: [[Double?]], width: Double = 0.8, colors: [String] = []) {
      (self.series, self.values, self.width, self.colors) = (series, values, width, colors)
    }
  }

  /// A filled shape.
  public struct Polygon: Sendable {
    /// The corners in order.
    public var points: [(x: Double, y: Double)]
    /// The colour of the inside, as in CSS.
    public var fill: String
    /// The outline's colour; none where it is nil.
    public var stroke: String?

    /// A shape by its corners.
    public init(_ points: [(x: Double, y: Double)], fill: String, stroke: String? = nil) {
      (self.points, self.fill, self.stroke) = (points, fill, stroke)
    }
  }

  /// An arrow from a point along a vector.
  public struct Arrow: Sendable {
    /// The arrow's beginning, and how far it goes each way.
    public var x: Double, y: Double, dx: Double, dy: Double

    /// An arrow from (x, y) to (x + dx, y + dy).
    public init(x: Double, y: Double, dx: Double, dy: Double) {
      (self.x, self.y, self.dx, self.dy) = (x, y, dx, dy)
    }
  }
}

extension Mark {
  /// What a legend lists of it, the first colour being number `color` of the palette.
  func legend(from color: Int) -> [LegendEntry] {
    switch self {
    case .line(let line):
      line.name.map {
        [
          LegendEntry(
            name: $0, color: line.color ?? Palette.series(color),
            sample: .line(width: line.width, dash: line.dash, dots: line.dots))
        ]
      } ?? []
    case .points(let points):
      points.name.map {
        [
          LegendEntry(
            name: $0, color: points.color ?? Palette.series(color), sample: .points(radius: points.radius))
        ]
      } ?? []
    case .bars(let bars):
      bars.series.count > 1
        ? bars.series.enumerated().map { i, name in
          LegendEntry(
            name: name, color: i < bars.colors.count ? bars.colors[i] : Palette.series(color + i), sample: .bar)
        } : []
    case .polygons, .arrows, .image, .text: []
    }
  }

  /// How many of the palette's colours it takes.
  var colorsTaken: Int {
    switch self {
    case .line(let line): line.color == nil ? 1 : 0
    case .points(let points): points.color == nil ? 1 : 0
    case .bars(let bars): bars.colors.isEmpty ? bars.series.count : 0
    case .polygons, .arrows, .image, .text: 0
    }
  }

  /// The points that bound what the mark covers, for axes that fit themselves.
  var extent: [(x: Double, y: Double)] {
    switch self {
    case .line(let line): return Array(zip(line.x, line.y)).map { (x: $0.0, y: $0.1) }
    case .points(let points): return Array(zip(points.x, points.y)).map { (x: $0.0, y: $0.1) }
    case .bars(let bars):
      let values = bars.values.flatMap { $0.compactMap(\.self) }
      let last = Double(bars.values.count) - 0.5
      return [(x: -0.5, y: min(0, values.min() ?? 0)), (x: last, y: max(0, values.max() ?? 0))]
    case .polygons(let polygons): return polygons.flatMap(\.points)
    case .arrows(let arrows, _): return arrows.flatMap { [(x: $0.x, y: $0.y), (x: $0.x + $0.dx, y: $0.y + $0.dy)] }
    case .image(_, let x, let y): return [(x: x.lowerBound, y: y.lowerBound), (x: x.upperBound, y: y.upperBound)]
    case .text(_, let x, let y, _, _): return [(x: x, y: y)]
    }
  }
}
