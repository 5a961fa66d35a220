/// How often values fall into bins of equal width.
struct Bins: Equatable {
  /// The number of bins, which is that of TensorBoard's own histograms.
  static let count = 30

  /// The edges, one more than there are bins. All are the same where the values are, and zeros where there are none.
  private(set) var edges = [Double](repeating: 0, count: count + 1)
  /// How many values lie in each bin. A bin includes its lower edge, the last one its upper edge, too.
  private(set) var counts = [Int](repeating: 0, count: count)

  init(_ values: Span<Float>) {
    var (low, high) = (Float.infinity, -Float.infinity)
    for i in values.indices where values[i].isFinite { (low, high) = (min(low, values[i]), max(high, values[i])) }
    guard low <= high else { return }
    let width = (Double(high) - Double(low)) / Double(Self.count)
    edges = (0..<Self.count).map { Double(low) + Double($0) * width } + [Double(high)]
    for i in values.indices where values[i].isFinite {
      let bin = width > 0 ? (Double(values[i]) - Double(low)) / width : Double(Self.count)
      counts[min(Int(bin), Self.count - 1)] += 1
    }
  }
}
