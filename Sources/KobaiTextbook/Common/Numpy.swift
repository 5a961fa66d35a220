import Foundation

/// Numbers as numpy prints them, so that what an experiment prints can be laid beside the book.
enum Numpy {
  /// "[ 1.05 -0.2 ]": eight digits after the point at most, or exponents where the sizes need them.
  static func array(_ values: [Double]) -> String {
    let sizes = values.map(abs).filter { $0 > 0 && $0.isFinite }
    let needsExponent =
      (sizes.max() ?? 0) >= 1e8 || (sizes.min() ?? 1) < 1e-4 || (sizes.max() ?? 0) / (sizes.min() ?? 1) > 1e3
    if needsExponent {
      let digits = values.map { $0.isNaN ? "nan" : String(format: "%.8e", $0) }
      return "[\(aligned(digits))]"
    }
    let digits = values.map { value -> String in
      if value.isNaN { return "nan" }
      var text = String(format: "%.8f", value)
      while text.hasSuffix("0") { text.removeLast() }
      return text
    }
    let after = digits.map { $0.split(separator: ".", omittingEmptySubsequences: false).last?.count ?? 0 }.max() ?? 0
    return "[\(aligned(digits.map { pad($0, after) }))]"
  }

  static func rows(_ matrix: Matrix) -> String {
    let lines = (0..<matrix.rows).map { array(matrix.row($0)) }
    return "[" + lines.joined(separator: "\n ") + "]"
  }

  private static func pad(_ text: String, _ after: Int) -> String {
    let have = text.split(separator: ".", omittingEmptySubsequences: false).last?.count ?? 0
    return text + String(repeating: " ", count: after - have)
  }

  private static func aligned(_ texts: [String]) -> String {
    let width = texts.map(\.count).max() ?? 0
    return texts.map { String(repeating: " ", count: width - $0.count) + $0 }.joined(separator: " ")
  }
}

/// Values from `low` up to, but without, `high`, as numpy's arange.
func arange(_ low: Double, _ high: Double, _ step: Double) -> [Double] {
  (0..<Int(((high - low) / step).rounded(.up))).map { low + Double($0) * step }
}

extension Double {
  /// The number with so many digits after the point.
  func fixed(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }
}
