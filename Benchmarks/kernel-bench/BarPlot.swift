import Foundation

/// Groups of bars as an SVG picture: one group a label, one colour a series.
struct BarPlot {
  var title: String
  var axis: String
  var series: [String]
  /// A group: its label and one value for each series, nil where there is none.
  var groups: [(label: String, values: [Double?])]
  /// A line across, such as the machine's peak.
  var line: (name: String, value: Double)?

  private static let colors = ["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bbbbbb"]

  var svg: String {
    let (left, top, barWidth, height) = (70.0, 70.0, 22.0, 300.0)
    let groupWidth = Double(series.count) * barWidth + 26
    let width = left + Double(groups.count) * groupWidth + 20
    let longest = Double(groups.map(\.label.count).max() ?? 0) * 6.2
    let total = max(width + longest * 0.8, 420)  // the last label leans out to the right
    let largest = max(groups.flatMap(\.values).compactMap(\.self).max() ?? 1, line?.value ?? 0)
    let step = Self.roundStep(largest / 5)
    let top1 = (largest / step).rounded(.up) * step
    func y(_ value: Double) -> Double { top + height * (1 - value / top1) }
    func number(_ value: Double) -> String { String(format: "%.1f", value) }
    let labelSpace = 14 + longest * 0.6
    var parts = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(number(total))\" height=\"\(number(top + height + labelSpace + 30))\" "
        + "font-family=\"sans-serif\" font-size=\"12\">",
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
      "<text x=\"\(number(left))\" y=\"24\" font-size=\"16\">\(Self.escaped(title))</text>",
    ]
    var legendX = left
    for (i, name) in series.enumerated() {
      parts.append(
        "<rect x=\"\(number(legendX))\" y=\"38\" width=\"12\" height=\"12\" fill=\"\(Self.colors[i % 7])\"/>")
      parts.append("<text x=\"\(number(legendX + 17))\" y=\"48\">\(Self.escaped(name))</text>")
      legendX += 34 + 7 * Double(name.count)
    }
    for tick in stride(from: 0, through: top1 + step / 2, by: step) {
      parts.append(
        "<line x1=\"\(number(left))\" x2=\"\(number(width - 15))\" y1=\"\(number(y(tick)))\" y2=\"\(number(y(tick)))\" stroke=\"#ddd\"/>"
      )
      parts.append(
        "<text x=\"\(number(left - 6))\" y=\"\(number(y(tick) + 4))\" text-anchor=\"end\">\(tick.short.replacingOccurrences(of: ".000", with: ""))</text>"
      )
    }
    parts.append(
      "<text transform=\"translate(16 \(number(top + height / 2))) rotate(-90)\" text-anchor=\"middle\">\(Self.escaped(axis))</text>"
    )
    for (g, group) in groups.enumerated() {
      let start = left + 13 + Double(g) * groupWidth
      for (i, value) in group.values.enumerated() {
        guard let value, value.isFinite else { continue }
        let x = start + Double(i) * barWidth
        parts.append(
          "<rect x=\"\(number(x))\" y=\"\(number(y(value)))\" width=\"\(number(barWidth - 3))\" "
            + "height=\"\(number(max(0, top + height - y(value))))\" fill=\"\(Self.colors[i % 7])\">"
            + "<title>\(Self.escaped("\(group.label), \(series[i]): \(value.short) \(axis)"))</title></rect>")
      }
      let middle = start + Double(series.count) * barWidth / 2
      parts.append(
        "<text transform=\"translate(\(number(middle)) \(number(top + height + 14))) rotate(35)\">\(Self.escaped(group.label))</text>"
      )
    }
    if let line {
      parts.append(
        "<line x1=\"\(number(left))\" x2=\"\(number(width - 15))\" y1=\"\(number(y(line.value)))\" y2=\"\(number(y(line.value)))\" "
          + "stroke=\"#333\" stroke-dasharray=\"5 3\"/>")
      parts.append(
        "<text x=\"\(number(width - 18))\" y=\"\(number(y(line.value) - 4))\" text-anchor=\"end\">\(Self.escaped(line.name))</text>"
      )
    }
    return parts.joined(separator: "\n") + "\n</svg>\n"
  }

  /// 1, 2 or 5 times a power of ten, at least `step`.
  private static func roundStep(_ step: Double) -> Double {
    guard step > 0 else { return 1 }
    let power = pow(10, log10(step).rounded(.down))
    return [1, 2, 5, 10].map { $0 * power }.first { $0 >= step * 0.999 } ?? step
  }

  private static func escaped(_ text: String) -> String {
    text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
      .replacingOccurrences(of: ">", with: "&gt;")
  }
}
