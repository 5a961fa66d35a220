import Foundation

/// One axis of a panel: its label, the values it covers, and where its ticks are.
public struct Axis: Sendable {
  /// How values become positions.
  public enum Scale: Sendable {
    /// Equal differences are equally far apart.
    case linear
    /// Equal ratios are equally far apart; for positive values.
    case logarithmic
  }

  /// The label beside the axis.
  public var label: String
  /// The values that the axis covers; fitted to the marks unless given.
  public var range: ClosedRange<Double>?
  /// The scale; linear unless set.
  public var scale: Scale
  /// Names of values, which stand at the ticks instead of numbers.
  public var names: [(at: Double, name: String)]
  /// Whether the axis has no ticks and no numbers.
  public var isHidden: Bool

  /// An axis that fits itself to what is drawn, but for what is given.
  public init(
    _ label: String = "", range: ClosedRange<Double>? = nil, scale: Scale = .linear,
    names: [(at: Double, name: String)] = [], isHidden: Bool = false
  ) {
    (self.label, self.range, self.scale) = (label, range, scale)
    (self.names, self.isHidden) = (names, isHidden)
  }

  /// The range that shows `values` with a little air around them, which never reaches 0 or infinity: what diverges may come
  /// close to the largest number there is.
  func fitted(to values: [Double]) -> ClosedRange<Double> {
    if let range { return range }
    let usable = values.filter { $0.isFinite && (scale == .linear || $0 >= .leastNormalMagnitude) }
    guard let low = usable.min(), let high = usable.max() else { return scale == .linear ? 0...1 : 1...10 }
    if scale == .logarithmic {
      let (a, b) = (log10(low), log10(high))
      let air = max((b - a) * 0.04, 0.05)
      return pow(10, max(a - air, -320))...pow(10, min(b + air, 308.25))
    }
    let air = high > low ? (high - low) * 0.04 : max(abs(high) * 0.1, 0.5)
    return max(low - air, -.greatestFiniteMagnitude)...min(high + air, .greatestFiniteMagnitude)
  }

  /// Where the ticks are, and what stands beside them.
  func ticks(in range: ClosedRange<Double>, about count: Int) -> [(value: Double, label: String)] {
    if isHidden { return [] }
    if !names.isEmpty { return names.filter { range.contains($0.at) }.map { ($0.at, $0.name) } }
    switch scale {
    case .linear: return Self.linearTicks(range, about: count)
    case .logarithmic: return Self.logarithmicTicks(range, about: count)
    }
  }

  /// Ticks at multiples of 1, 2 or 5 times a power of ten.
  private static func linearTicks(_ range: ClosedRange<Double>, about count: Int) -> [(value: Double, label: String)] {
    let span = range.upperBound - range.lowerBound
    guard span > 0, span.isFinite else { return [(range.lowerBound, number(range.lowerBound, step: 1))] }
    let rough = span / Double(max(count, 1))
    let power = pow(10, floor(log10(rough)))
    let steps = [0.5, 1, 2, 5, 10].map { $0 * power }
    let chosen = steps.dropFirst().firstIndex { $0 >= rough * 0.999 } ?? steps.count - 1
    func places(_ step: Double) -> (first: Int, last: Int) {
      (Int((range.lowerBound / step - 1e-9).rounded(.up)), Int((range.upperBound / step + 1e-9).rounded(.down)))
    }
    // Two ticks or fewer say little: then the next finer step.
    let wide = places(steps[chosen])
    let step = wide.last - wide.first < 2 ? steps[chosen - 1] : steps[chosen]
    let (first, last) = places(step)
    guard first <= last else { return [] }
    return (first...last).map { (Double($0) * step, number(Double($0) * step, step: step)) }
  }

  /// Ticks at powers of ten, at every other one and so on where there are too many.
  private static func logarithmicTicks(
    _ range: ClosedRange<Double>, about count: Int
  ) -> [(value: Double, label: String)] {
    let first = Int((log10(range.lowerBound) - 1e-9).rounded(.up))
    let last = Int((log10(range.upperBound) + 1e-9).rounded(.down))
    guard first <= last else { return linearTicks(range, about: count) }
    let step = max(1, (last - first + max(count, 1) - 1) / max(count, 1))
    return stride(from: first, through: last, by: step).map { exponent in
      let value = pow(10, Double(exponent))
      return (value, abs(exponent) <= 3 ? number(value, step: value) : "1e\(exponent)")
    }
  }

  /// A number with just the digits that tell ticks apart.
  static func number(_ value: Double, step: Double) -> String {
    if value == 0 { return "0" }
    if abs(value) >= 1e6 || abs(value) < 1e-4 {
      return String(format: "%.3g", value).replacingOccurrences(of: "e+0", with: "e").replacingOccurrences(
        of: "e-0", with: "e-")
    }
    let digits = max(0, -Int(floor(log10(step) + 1e-9)))
    return String(format: "%.\(min(digits, 8))f", value)
  }
}
