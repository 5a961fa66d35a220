/// How often values fall into bins of equal width.
public struct Histogram: Sendable, Equatable {
  /// The range from the first bin's left edge to the last one's right.
  public let range: ClosedRange<Double>
  /// The number of values in each bin.
  public let counts: [Int]

  /// Counts the values inside `range`; the others are left out.
  public init(_ values: some Sequence<Double>, bins: Int, range: ClosedRange<Double>) {
    var counts = [Int](repeating: 0, count: bins)
    let span = range.upperBound - range.lowerBound
    for value in values where range.contains(value) {
      counts[min(bins - 1, Int((value - range.lowerBound) / span * Double(bins)))] += 1
    }
    (self.range, self.counts) = (range, counts)
  }

  /// The histogram as bars over its range.
  public func mark(color: String = Palette.series(0)) -> Mark {
    let width = (range.upperBound - range.lowerBound) / Double(counts.count)
    return .polygons(
      counts.enumerated().filter { $0.element > 0 }.map { i, count in
        let (a, b) = (range.lowerBound + Double(i) * width, range.lowerBound + Double(i + 1) * width)
        return Mark.Polygon([(a, 0), (a, Double(count)), (b, Double(count)), (b, 0)], fill: color)
      })
  }
}
