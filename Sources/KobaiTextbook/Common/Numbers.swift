import Foundation

extension Double {
  /// The number with so many digits after the point.
  func fixed(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }

  /// The number with ten digits at most, without zeros at the end: "220" for 220.00000000000003.
  var rounded10: String { String(format: "%.10g", self) }

  /// The exact number with no more digits than it needs: "4" and "0.95".
  var short: String { Double(rounded10) == self ? rounded10 : "\(self)" }
}
