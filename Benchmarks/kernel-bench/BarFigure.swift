import KobaiReport

/// Groups of bars as a picture: one group a label, one colour a series.
func barFigure(
  title: String, axis: String, series: [String], groups: [(label: String, values: [Double?])]
) -> Figure {
  let longestName = groups.map(\.label.count).max() ?? 0
  let width = Double(max(groups.count, 1) * max(series.count * 22 + 26, longestName * 6 + 10))
  let bars = Mark.bars(.init(series: series, values: groups.map(\.values)))
  let names = groups.enumerated().map { (at: Double($0.offset), name: $0.element.label) }
  return Figure(
    title, Panel(x: Axis(names: names), y: Axis(axis), size: (max(width, 300), 300), legend: .beside, [bars]))
}
