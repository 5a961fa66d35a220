import KobaiReport

/// A narrow panel that says which number has which colour.
func colourBar(_ title: String, _ range: ClosedRange<Double>, height: Double) -> Panel {
  let steps = 40
  let width = (range.upperBound - range.lowerBound) / Double(steps)
  let cells = (0..<steps).map { i in
    let (low, high) = (range.lowerBound + Double(i) * width, range.lowerBound + Double(i + 1) * width)
    return Mark.Polygon(
      [(0, low), (1, low), (1, high), (0, high)], fill: Palette.blue(Double(i) / Double(steps - 1)))
  }
  return Panel(
    title, x: Axis(range: 0...1, isHidden: true), y: Axis(range: range), size: (14, height), legend: .none,
    showsGrid: false, [.polygons(cells)])
}
