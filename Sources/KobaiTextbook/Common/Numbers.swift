import Foundation

extension Double {
  /// The number with so many digits after the point.
  func fixed(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }

  /// The number with ten digits at most, without zeros at the end: "220" for 220.00000000000003.
  var rounded10: String { String(format: "%.10g", self) }

  /// The number with six significant digits at most: "2" for 2.0000000000001.
  var rounded6: String { String(format: "%.6g", self) }

  /// The exact number with no more digits than it needs: "4" and "0.95".
  var short: String { Double(rounded10) == self ? rounded10 : "\(self)" }
}

/// The mean of the last hundred losses, or of all where there are fewer.
func meanOfLast(_ losses: [Double]) -> Double {
  let last = losses.suffix(100)
  return last.reduce(0, +) / Double(max(last.count, 1))
}

/// The steps of a path that are worth a line: the first ten, then about ten more, the last among them.
func printedSteps(of count: Int) -> [Int] {
  (0...count).filter { $0 <= 10 || $0 % max(10, count / 10) == 0 || $0 == count }
}
