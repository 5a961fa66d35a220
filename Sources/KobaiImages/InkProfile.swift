/// The distribution of a picture's ink along one direction: how much each row, or each column, has.
struct InkProfile {
  /// The strongest ink of each row.
  private(set) var peaks: [Float]
  private var sums: [Double]

  init(count: Int) {
    peaks = [Float](repeating: 0, count: count)
    sums = [Double](repeating: 0, count: count)
  }

  mutating func add(_ share: Float, at index: Int) {
    peaks[index] = max(peaks[index], share)
    sums[index] += Double(share)
  }

  /// The centre of mass, in pixels from the picture's edge.
  var center: Double {
    sums.indices.reduce(0) { $0 + sums[$1] * (Double($1) + 0.5) } / sums.reduce(0, +)
  }

  /// The rows with any ink.
  var inked: Range<Int> {
    (peaks.firstIndex { $0 > 0 } ?? 0)..<(peaks.lastIndex { $0 > 0 } ?? -1) + 1
  }

  /// Where ink as strong as `level` begins and ends, to a fraction of a pixel: the strength changes linearly from the middle
  /// of one pixel to the middle of the next.
  func extent(at level: Float) -> ClosedRange<Double> {
    func depth(_ peaks: [Float]) -> Double {
      guard let first = peaks.firstIndex(where: { $0 >= level }) else { return 0 }
      let before = first > 0 ? peaks[first - 1] : 0
      return Double(first) - 0.5 + Double((level - before) / (peaks[first] - before))
    }
    return depth(peaks)...Double(peaks.count) - depth(peaks.reversed())
  }
}
