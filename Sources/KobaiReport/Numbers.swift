import Foundation

extension Int {
  /// The number with commas between thousands: "60,000".
  package var grouped: String {
    var digits = Array(String(magnitude))
    for i in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: i) }
    return (self < 0 ? "-" : "") + String(digits)
  }
}

extension Double {
  /// A share as a percentage: "98.10 %" for 0.981.
  package var percent: String { String(format: "%.2f %%", self * 100) }
}
