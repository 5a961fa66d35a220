import Foundation

// Arrays as numpy prints them, so that a reader can lay both outputs side by side: columns aligned, at most eight digits
// after the point, exponents where sizes differ by more than 1,000, and only the corners of more than 1,000 elements.

extension NDArray: CustomStringConvertible {
  public var description: String { Layout.text(of: self, Numerals.init(floats:)) }

  /// The same without points, as numpy prints an array of whole numbers.
  public var integerDescription: String {
    rank == 0 ? Decimal(item).integer : Layout.text(of: self, Numerals.init(integers:))
  }
}

extension NDArray {
  /// Every number but 0 as True, as numpy prints an array of booleans.
  public var booleanDescription: String {
    rank == 0 ? Numerals.boolean(item) : Layout.text(of: self, Numerals.init(booleans:))
  }
}

/// How the numbers of one array are written: all in the same format and to the same width.
private struct Numerals {
  private enum Format { case boolean, integer, positional, scientific }
  private let format: Format
  private var before = 0  // characters before the point, of the widest number
  private var after = 0  // behind it
  private var exponent = 0  // digits of the exponent
  private static let precision = 8

  init(integers values: [Double]) {
    format = .integer
    before = values.map { Decimal($0).integer.count }.max() ?? 0
  }

  init(booleans values: [Double]) {
    format = .boolean
    before = 5  // "False", and " True" even where there is nothing else
  }

  static func boolean(_ value: Double) -> String { value == 0 ? "False" : "True" }

  init(floats values: [Double]) {
    let finite = values.filter(\.isFinite)
    let sizes = finite.filter { $0 != 0 }.map(abs)
    let (largest, smallest) = (sizes.max() ?? 1, sizes.min() ?? 1)
    let isScientific = largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1000
    format = isScientific ? .scientific : .positional
    for value in finite {
      let parts = isScientific ? Decimal(value).scientific(Self.precision) : Decimal(value).positional(Self.precision)
      before = max(before, parts.before.count)
      after = max(after, parts.after.count)
      exponent = max(exponent, parts.exponent.count - 2)
    }
    if finite.count < values.count {  // "nan" and "inf" need room too
      let hasNegative = values.contains { $0 == -.infinity }
      before = max(before, (hasNegative ? 4 : 3) - (width - before))
    }
  }

  private var width: Int {
    switch format {
    case .boolean, .integer: before
    case .positional: before + 1 + after
    case .scientific: before + 1 + after + 2 + exponent
    }
  }

  func text(_ value: Double) -> String {
    guard value.isFinite || format == .boolean else {
      return Self.pad(value.isNaN ? "nan" : value < 0 ? "-inf" : "inf", left: width)
    }
    switch format {
    case .boolean: return Self.pad(Self.boolean(value), left: width)
    case .integer: return Self.pad(Decimal(value).integer, left: width)
    case .positional:
      let parts = Decimal(value).positional(Self.precision)
      return Self.pad(parts.before, left: before) + "." + Self.pad(parts.after, right: after, with: " ")
    case .scientific:
      let parts = Decimal(value).scientific(Self.precision)
      let digits = String(parts.exponent.dropFirst(2))
      return Self.pad(parts.before, left: before) + "." + Self.pad(parts.after, right: after, with: "0")
        + parts.exponent.prefix(2) + Self.pad(digits, left: exponent, with: "0")
    }
  }

  private static func pad(_ text: String, left width: Int, with filler: String = " ") -> String {
    String(repeating: filler, count: max(0, width - text.count)) + text
  }

  private static func pad(_ text: String, right width: Int, with filler: String) -> String {
    text + String(repeating: filler, count: max(0, width - text.count))
  }
}

/// A number's shortest decimal digits: those that lead back to it and to no other.
private struct Decimal {
  typealias Parts = (before: String, after: String, exponent: String)
  private let value: Double
  private let sign: String
  private let digits: String  // d₁d₂…, meaning ± d₁.d₂… × 10^exponent
  private let exponent: Int

  init(_ value: Double) {
    self.value = value
    sign = value.sign == .minus ? "-" : ""
    let halves = "\(abs(value))".split(separator: "e")
    let parts = halves[0].split(separator: ".")
    let (whole, fraction) = (String(parts[0]), parts.count > 1 && parts[1] != "0" ? String(parts[1]) : "")
    let all = whole + fraction
    let significant = all.drop { $0 == "0" }
    let ten = halves.count > 1 ? Int(halves[1]) ?? 0 : 0
    exponent = significant.isEmpty ? 0 : ten + whole.count - 1 - (all.count - significant.count)
    digits = significant.isEmpty ? "0" : Self.trimmed(String(significant))
  }

  /// A whole number without a point.
  var integer: String { String(format: "%.0f", value == 0 ? 0 : value) }  // there is no -0 among them

  /// "12.5": at most so many digits after the point, no zeros at the end.
  func positional(_ precision: Int) -> Parts {
    let behind = digits.count - 1 - exponent
    if behind > precision { return Self.split(String(format: "%.\(precision)f", value), "") }
    if exponent < 0 { return (sign + "0", String(repeating: "0", count: -exponent - 1) + digits, "") }
    let padded = digits + String(repeating: "0", count: max(0, -behind))
    let (before, after) = (padded.prefix(exponent + 1), padded.dropFirst(exponent + 1))
    return (sign + before, after == "0" ? "" : String(after), "")
  }

  /// "1.25e-05": the same with an exponent of two digits or more.
  func scientific(_ precision: Int) -> Parts {
    if digits.count - 1 > precision {
      let halves = String(format: "%.\(precision)e", value).split(separator: "e")
      return Self.split(String(halves[0]), "e" + halves[1])
    }
    return (sign + digits.prefix(1), String(digits.dropFirst()), "e" + String(format: "%+03d", exponent))
  }

  private static func split(_ number: String, _ exponent: String) -> Parts {
    let parts = number.split(separator: ".", omittingEmptySubsequences: false)
    return (String(parts[0]), parts.count > 1 ? trimmed(String(parts[1]), to: 0) : "", exponent)
  }

  private static func trimmed(_ digits: String, to least: Int = 1) -> String {
    var digits = digits
    while digits.count > least && digits.last == "0" { digits.removeLast() }
    return digits
  }
}

/// Brackets, rows and lines.
private struct Layout {
  private static let (lineWidth, threshold, edge) = (75, 1000, 3)
  let array: NDArray
  let numerals: Numerals
  let isSummarised: Bool

  static func text(of array: NDArray, _ numerals: ([Double]) -> Numerals) -> String {
    if array.rank == 0 { return scalar(array.item) }
    if array.count == 0 { return "[]" }
    let isSummarised = array.count > threshold
    let layout = Layout(
      array: array, numerals: numerals(isSummarised ? corners(array) : array.elements), isSummarised: isSummarised)
    return layout.text(axis: 0, offset: 0, indent: " ", width: lineWidth)
  }

  /// A number alone has all its digits.
  private static func scalar(_ value: Double) -> String { value.isNaN ? "nan" : "\(value)" }

  /// The elements that a summary shows.
  private static func corners(_ array: NDArray) -> [Double] {
    guard array.rank > 0 else { return array.elements }
    return shown(array.shape[0], true).flatMap { $0.map { corners(array.row($0)) } ?? [] }
  }

  /// The indices of an axis to show; nil stands for "...".
  private static func shown(_ length: Int, _ isSummarised: Bool) -> [Int?] {
    guard isSummarised && length > 2 * edge else { return (0..<length).map { $0 } }
    return (0..<edge).map { $0 } + [nil] + (length - edge..<length).map { $0 }
  }

  private func text(axis: Int, offset: Int, indent: String, width: Int) -> String {
    let indices = Self.shown(array.shape[axis], isSummarised)
    let size = array.shape[(axis + 1)...].reduce(1, *)
    if axis == array.rank - 1 {
      let words = indices.map { $0.map { numerals.text(array.elements[offset + $0]) } ?? "..." }
      return "[" + Self.lines(words, indent: indent, width: width - 1) + "]"
    }
    let rows = indices.map { index in
      index.map { text(axis: axis + 1, offset: offset + $0 * size, indent: indent + " ", width: width - 1) } ?? "..."
    }
    let separator = String(repeating: "\n", count: array.rank - 1 - axis) + indent
    return "[" + rows.joined(separator: separator) + "]"
  }

  /// Words on lines that are no wider than `width`, the indent and the opening bracket included.
  private static func lines(_ words: [String], indent: String, width: Int) -> String {
    var (lines, line) = ([String](), indent)
    for (i, word) in words.enumerated() {
      if line.count + word.count > width && line.count > indent.count {
        while line.last == " " { line.removeLast() }
        lines.append(line)
        line = indent
      }
      line += word + (i < words.count - 1 ? " " : "")
    }
    lines.append(line)
    return String(lines.joined(separator: "\n").dropFirst(indent.count))
  }
}
