import KobaiPreconditions

/// A bar to the right of a panel that says which values the colours of its bands stand for.
public struct ColorBar: Sendable {
  /// What the values are.
  public var label: String
  /// The values at which one colour ends and the next begins, in rising order; at least one.
  public var levels: [Double]
  /// The colours, as in CSS: below the first level, between each two, above the last.
  public var colors: [String]
  /// Whether anything lies below the first level, and above the last: the bar ends in a point there.
  public var reaches: (below: Bool, above: Bool)

  /// - Parameters:
  ///   - label: what the values are.
  ///   - levels: the values at which one colour ends and the next begins, in rising order.
  ///   - colors: one more than there are levels.
  ///   - reaches: whether anything lies below the first level, and above the last.
  public init(
    _ label: String = "", levels: [Double], colors: [String], reaches: (below: Bool, above: Bool) = (true, true)
  ) {
    require(!levels.isEmpty, "a colour bar needs a level; give it one")
    require(
      colors.count == levels.count + 1, "\(levels.count) levels part \(levels.count + 1) colours, not \(colors.count)")
    (self.label, self.levels, self.colors, self.reaches) = (label, levels, colors, reaches)
  }

  // MARK: - Layout

  private static let (gap, thickness, point, textSize) = (12.0, 14.0, 12.0, 11.0)

  /// What stands beside the levels.
  private var numbers: [String] { levels.map { Axis.number($0, step: smallestStep) } }
  private var smallestStep: Double { zip(levels.dropFirst(), levels).map { $0 - $1 }.min() ?? abs(levels[0]) }

  /// How much room it takes to the right of the axes.
  var width: Double {
    let widest = numbers.map { SVG.width(of: $0, size: Self.textSize) }.max() ?? 0
    return Self.gap + Self.thickness + 8 + widest + (label.isEmpty ? 4 : 22)
  }

  // MARK: - Drawing

  /// Draws itself beside axes that end at `right`; every band takes the same height, so that close levels stay legible.
  func draw(right: Double, top: Double, height: Double, into picture: inout SVG) {
    let (low, high) = (top + height - (reaches.below ? Self.point : 0), top + (reaches.above ? Self.point : 0))
    let (left, end) = (right + Self.gap, right + Self.gap + Self.thickness)
    // With a single level there is nothing between levels: it lies where the two ends meet.
    let step = (low - high) / Double(max(levels.count - 1, 1))
    func place(_ level: Int) -> Double { levels.count == 1 ? (low + high) / 2 : low - step * Double(level) }
    let numbers = self.numbers
    picture.group([("class", "colorbar")]) { group in
      for band in 1..<levels.count {
        group.rectangle(
          left, place(band), end - left, place(band - 1) - place(band), fill: colors[band], stroke: colors[band])
      }
      var outline = [(left, place(0)), (left, place(levels.count - 1))]
      if reaches.above {
        let tip = [(left, place(levels.count - 1)), ((left + end) / 2, top), (end, place(levels.count - 1))]
        group.add("polygon", [("points", SVG.points(tip)), ("fill", colors[levels.count])])
        outline.append(tip[1])
      }
      outline += [(end, place(levels.count - 1)), (end, place(0))]
      if reaches.below {
        let tip = [(left, place(0)), ((left + end) / 2, top + height), (end, place(0))]
        group.add("polygon", [("points", SVG.points(tip)), ("fill", colors[0])])
        outline.append(tip[1])
      }
      group.add("polygon", [("points", SVG.points(outline)), ("fill", "none"), ("stroke", "#555555")])
      for level in shownLevels(step: step) {
        group.line(end, place(level), end + 4, place(level), stroke: "#555555")
        group.text(numbers[level], x: end + 7, y: place(level) + 4, size: Self.textSize)
      }
      if !label.isEmpty {
        group.text(
          label, x: right + width - 6, y: top + height / 2, anchor: "middle", size: 12, rotate: -90)
      }
    }
  }

  /// The levels that have a number: every second, third … where they stand too close.
  private func shownLevels(step: Double) -> StrideTo<Int> {
    stride(from: 0, to: levels.count, by: max(1, Int((15 / step).rounded(.up))))
  }
}
