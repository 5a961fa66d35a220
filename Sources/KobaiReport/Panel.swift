import Foundation

/// A pair of axes and what is drawn on them.
public struct Panel: Sendable {
  /// The position of the legend.
  public enum Legend: Sendable {
    /// There is no legend.
    case none
    /// The legend is in a corner of the panel where nothing is drawn, and to the right of the panel where there is none.
    case automatic
    /// The legend is to the right of the panel.
    case beside
  }

  /// The title above the panel.
  public var title: String
  /// The horizontal axis.
  public var x: Axis
  /// The vertical axis.
  public var y: Axis
  /// The marks that are drawn, the first at the bottom.
  public var marks: [Mark]
  /// The position of the names of the marks.
  public var legend: Legend
  /// The size of the area inside the axes, in pixels.
  public var size: (width: Double, height: Double)
  /// Whether lines lead from the ticks across the panel.
  public var showsGrid: Bool
  /// What the colours of filled contours stand for, between the panel and a legend beside it.
  public var colorBar: ColorBar?

  /// Axes that are not given fit themselves to the marks.
  public init(
    _ title: String = "", x: Axis = Axis(), y: Axis = Axis(), size: (width: Double, height: Double) = (420, 280),
    legend: Legend = .automatic, showsGrid: Bool = true, colorBar: ColorBar? = nil, _ marks: [Mark]
  ) {
    (self.title, self.x, self.y, self.marks) = (title, x, y, marks)
    (self.size, self.legend, self.showsGrid, self.colorBar) = (size, legend, showsGrid, colorBar)
  }

  // MARK: - Layout

  private var legendBox: LegendBox {
    var color = 0
    return LegendBox(
      entries: marks.flatMap { mark in
        defer { color += mark.colorsTaken }
        return mark.legend(from: color)
      })
  }

  private struct Frame {
    let left: Double, top: Double, right: Double, bottom: Double
    let xRange: ClosedRange<Double>, yRange: ClosedRange<Double>
    let xTicks: [(value: Double, label: String)], yTicks: [(value: Double, label: String)]
    /// The top left point of the legend; nil without one.
    let legend: (left: Double, top: Double)?
  }

  private var frame: Frame {
    let extent = marks.flatMap(\.extent)
    let xRange = x.fitted(to: extent.map(\.x))
    let yRange = y.fitted(to: extent.map(\.y))
    let xTicks = x.ticks(in: xRange, about: Int(size.width / 70))
    let yTicks = y.ticks(in: yRange, about: Int(size.height / 45))
    let yNumbers = yTicks.map { SVG.width(of: $0.label, size: 11) }.max() ?? 0
    let slanted = Self.overlap(xTicks, width: size.width)
    let xNumbers = xTicks.map { SVG.width(of: $0.label, size: 11) }.max() ?? 0
    let left = 12 + yNumbers + (yTicks.isEmpty ? 0 : 8) + (y.label.isEmpty ? 0 : 20)
    let bottom = 8 + (xTicks.isEmpty ? 0 : slanted ? 14 + xNumbers * 0.6 : 18) + (x.label.isEmpty ? 0 : 20)
    let top: Double = title.isEmpty ? 14 : 30
    let box = legendBox
    let hasLegend = legend != .none && !box.entries.isEmpty
    let corner =
      hasLegend && legend == .automatic
      ? box.freeCorner(of: marks, scale(left: left, top: top, xRange: xRange, yRange: yRange)) : nil
    let beside = hasLegend && corner == nil ? box.width + 14 : 0
    let bar = colorBar?.width ?? 0
    let right = max(
      16, bar + beside, slanted ? xNumbers * 0.8 : (xTicks.last.map { SVG.width(of: $0.label, size: 11) } ?? 0) / 2 + 4)
    return Frame(
      left: left, top: top, right: right, bottom: bottom, xRange: xRange, yRange: yRange, xTicks: xTicks,
      yTicks: yTicks, legend: hasLegend ? corner ?? (left + size.width + bar + 10, top) : nil)
  }

  private func scale(
    left: Double, top: Double, xRange: ClosedRange<Double>, yRange: ClosedRange<Double>
  ) -> PanelScale {
    PanelScale(
      left: left, top: top, width: size.width, height: size.height, xRange: xRange, yRange: yRange, xScale: x.scale,
      yScale: y.scale)
  }

  private static func overlap(_ ticks: [(value: Double, label: String)], width: Double) -> Bool {
    ticks.reduce(0) { $0 + SVG.width(of: $1.label, size: 11) + 8 } > width
  }

  /// The size with everything around the axes.
  var outerSize: (width: Double, height: Double) {
    let frame = frame
    return (frame.left + size.width + frame.right, frame.top + size.height + frame.bottom)
  }

  // MARK: - Drawing

  /// Draws itself; `clip` is an id of its own for the area inside the axes.
  func draw(into picture: inout SVG, clip: String) {
    let frame = frame
    let scale = scale(left: frame.left, top: frame.top, xRange: frame.xRange, yRange: frame.yRange)
    drawAxes(frame, scale, into: &picture)
    var area = SVG()
    area.rectangle(frame.left, frame.top, size.width, size.height, fill: "white")
    picture.add("clipPath", [("id", clip)], content: area.elements)
    picture.group([("clip-path", "url(#\(clip))")]) { inner in
      var color = 0
      for mark in marks {
        mark.draw(scale, color: color, into: &inner)
        color += mark.colorsTaken
      }
    }
    colorBar?.draw(right: frame.left + size.width, top: frame.top, height: size.height, into: &picture)
    if let place = frame.legend { legendBox.draw(left: place.left, top: place.top, into: &picture) }
  }

  private func drawAxes(_ frame: Frame, _ scale: PanelScale, into picture: inout SVG) {
    let (right, bottom) = (frame.left + size.width, frame.top + size.height)
    let slanted = Self.overlap(frame.xTicks, width: size.width)
    for tick in frame.xTicks {
      let at = scale.x(tick.value)
      if showsGrid && x.names.isEmpty { picture.line(at, frame.top, at, bottom, stroke: "#e4e4e4") }
      picture.line(at, bottom, at, bottom + 4, stroke: "#555555")
      if slanted {
        picture.text(tick.label, x: at, y: bottom + 14, size: 11, rotate: 35)
      } else {
        picture.text(tick.label, x: at, y: bottom + 16, anchor: "middle", size: 11)
      }
    }
    for tick in frame.yTicks {
      let at = scale.y(tick.value)
      if showsGrid { picture.line(frame.left, at, right, at, stroke: "#e4e4e4") }
      picture.line(frame.left - 4, at, frame.left, at, stroke: "#555555")
      picture.text(tick.label, x: frame.left - 7, y: at + 4, anchor: "end", size: 11)
    }
    if !x.isHidden || !y.isHidden {
      picture.rectangle(frame.left, frame.top, size.width, size.height, fill: "none", stroke: "#555555")
    }
    let middle = frame.left + size.width / 2
    if !title.isEmpty { picture.text(title, x: middle, y: frame.top - 9, anchor: "middle", size: 13) }
    if !x.label.isEmpty {
      picture.text(x.label, x: middle, y: bottom + frame.bottom - 8, anchor: "middle", size: 12)
    }
    if !y.label.isEmpty {
      picture.text(y.label, x: 16, y: frame.top + size.height / 2, anchor: "middle", size: 12, rotate: -90)
    }
  }
}

/// The mapping from the axes' values to pixels.
struct PanelScale {
  let left: Double, top: Double, width: Double, height: Double
  let xRange: ClosedRange<Double>, yRange: ClosedRange<Double>
  let xScale: Axis.Scale, yScale: Axis.Scale

  func x(_ value: Double) -> Double { left + width * share(value, xRange, xScale) }
  func y(_ value: Double) -> Double { top + height * (1 - share(value, yRange, yScale)) }

  private func share(_ value: Double, _ range: ClosedRange<Double>, _ scale: Axis.Scale) -> Double {
    let (v, low, high) =
      scale == .linear
      ? (value, range.lowerBound, range.upperBound)
      : (log10OrLow(value), log10OrLow(range.lowerBound), log10OrLow(range.upperBound))
    return high > low ? (v - low) / (high - low) : 0.5
  }

  private func log10OrLow(_ value: Double) -> Double { value > 0 ? log10(value) : -400 }
}
