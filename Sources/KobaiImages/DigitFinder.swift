/// Tells the digits among a picture's ink from what else is there: the shadow of a page's edge, specks, the lines of ruled
/// paper.
struct DigitFinder {
  private let width: Int
  private let height: Int

  /// The ink of a digit, and whether there is reason to doubt that it is one.
  struct Candidate {
    var ink: InkComponent
    var touchesEdge: Bool
  }

  init(width: Int, height: Int) { (self.width, self.height) = (width, height) }

  /// The components that may be digits, in no order.
  func candidates(_ components: [InkComponent]) -> [Candidate] {
    let all = components.filter { $0.extent >= max(width, height) / 64 }
      .map { Candidate(ink: $0, touchesEdge: $0.contact(width: width, height: height) > 0) }
      .filter { !liesAlongEdge($0.ink) }
    // Ink at the edge is a digit only where nothing else is large enough.
    let inner = all.filter { !$0.touchesEdge && !isLine($0.ink) }
    let largestAtEdge = all.filter(\.touchesEdge).map(\.ink.extent).max() ?? 0
    let largestInside = inner.map(\.ink.extent).max() ?? 0
    let digits = grouped(5 * largestInside >= largestAtEdge ? inner : all)
    let thinnest = digits.map(\.ink.thickness).min() ?? 0
    return digits.filter { !isBlot($0.ink, besideStrokesOf: thinnest) }
  }

  /// The same digits with their weaker ink, where that goes on as strokes do: not with the lines of ruled paper, which are
  /// thinner and reach the edge, nor with shadows, which are wider. What weaker ink joins is one digit.
  func completed(_ digits: [Candidate], by weak: [InkComponent]) -> [Candidate] {
    var digits = digits
    for whole in weak where whole.contact(width: width, height: height) == 0 {
      let pieces = digits.indices.filter { whole.surrounds(digits[$0].ink) }
      guard let first = pieces.first else { continue }
      var strong = digits[first].ink
      for i in pieces.dropFirst() { strong.merge(digits[i].ink) }
      guard whole.area >= strong.area, whole.continues(strong) else { continue }
      digits[first].ink = whole
      for i in pieces.dropFirst().reversed() { digits.remove(at: i) }
    }
    return digits
  }

  /// Whether much of the ink lies at the picture's edge, as that of a frame or of something that hung into the picture.
  private func liesAlongEdge(_ ink: InkComponent) -> Bool {
    let contact = ink.contact(width: width, height: height)
    return contact > 0 && Double(contact) > max(4 * ink.thickness, Double(ink.extent) / 4)
  }

  /// Whether ink is too thick for a stroke, beside others that are strokes, as the tip of a shadow is.
  private func isBlot(_ ink: InkComponent, besideStrokesOf thickness: Double) -> Bool {
    ink.thickness > 2.5 * thickness && ink.thickness > 0.28 * Double(ink.extent)
  }

  /// Whether ink is far too long for its thickness.
  private func isLine(_ ink: InkComponent) -> Bool {
    Double(ink.extent) > 0.6 * Double(min(width, height)) && Double(ink.extent) > 40 * ink.thickness
  }

  /// Whether ink is the sheet that others are written on: nearly as large as the picture, and full.
  func isSheet(_ ink: InkComponent) -> Bool {
    let share = min(Double(ink.columns.count) / Double(width), Double(ink.rows.count) / Double(height))
    let fullness = Double(ink.area) / Double(ink.columns.count * ink.rows.count)
    return share > 0.75 && fullness > 0.55 || share > 0.5 && fullness > 0.75
  }

  /// Merges the pieces of a digit, and drops specks.
  private func grouped(_ candidates: [Candidate]) -> [Candidate] {
    let sorted = candidates.sorted { $0.ink.rows.count > $1.ink.rows.count }
    guard let largest = sorted.map(\.ink.extent).max() else { return [] }
    var digits: [Candidate] = []
    for piece in sorted {
      if let i = digits.firstIndex(where: { belongs(piece.ink, to: $0.ink) }) {
        guard Double(piece.ink.extent) > 1.5 * digits[i].ink.thickness else { continue }
        digits[i].ink.merge(piece.ink)
        digits[i].touchesEdge = digits[i].touchesEdge || piece.touchesEdge
      } else if 20 * piece.ink.extent >= 9 * largest {
        digits.append(piece)
      }
    }
    return digits
  }

  /// Whether a piece is part of a digit that is larger.
  private func belongs(_ piece: InkComponent, to digit: InkComponent) -> Bool {
    func gap(_ a: Range<Int>, _ b: Range<Int>) -> Int { max(a.lowerBound - b.upperBound, b.lowerBound - a.upperBound) }
    let gaps = (rows: gap(piece.rows, digit.rows), columns: gap(piece.columns, digit.columns))
    let distance = max(gaps.rows, gaps.columns)
    let overlap = -Double(gaps.columns) / Double(min(piece.columns.count, digit.columns.count))
    if overlap >= 0.5 && Double(distance) <= digit.thickness { return true }  // it is a broken stroke, or one inside
    return 2 * piece.rows.count <= digit.rows.count && 5 * distance <= digit.extent
  }

  /// The digits in the order of reading: line by line, each from left to right.
  static func ordered(_ digits: [Candidate]) -> [Candidate] {
    var lines: [[Candidate]] = []
    for digit in digits.sorted(by: { $0.ink.rows.lowerBound < $1.ink.rows.lowerBound }) {
      let middle = (digit.ink.rows.lowerBound + digit.ink.rows.upperBound) / 2
      if let line = lines.indices.last, lines[line].contains(where: { $0.ink.rows.contains(middle) }) {
        lines[line].append(digit)
      } else {
        lines.append([digit])
      }
    }
    return lines.flatMap { $0.sorted { $0.ink.columns.lowerBound < $1.ink.columns.lowerBound } }
  }
}
