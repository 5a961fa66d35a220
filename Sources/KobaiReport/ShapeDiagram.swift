import Foundation

/// Arrays as boxes in a row, with their shapes and the lengths that have to match, as the book draws matrix products
/// (figure 3-11) and networks (figures 3-26 and 3-27). ``panel(_:)`` is the drawing.
public struct ShapeDiagram: Sendable {
  /// What stands in the row.
  public enum Item: Sendable {
    /// What comes in, and what layers make of it.
    case data(String, [Int])
    /// What is learned.
    case weights(String, [Int])
    /// A sign between two arrays, and the lengths that it joins.
    case sign(String, Match = .nothing)

    /// The matrix product: the last length on the left has to be the first on the right.
    public static let dot = Item.sign("·", .inner)
    /// The way through a network: into weights as the product, out of them to data whose last length is theirs.
    public static let arrow = Item.sign("→", .flow)
    /// The sum, which broadcasts.
    public static let plus = Item.sign("+")
    /// The result.
    public static let equals = Item.sign("=")
  }

  /// Which lengths beside a sign have to be the same.
  public enum Match: Sendable {
    /// None.
    case nothing
    /// The last one on the left and the first one on the right.
    case inner
    /// The last one on the left, and on the right the first one of weights or the last one of data.
    case flow
  }

  /// What stands in the row, from left to right.
  public let items: [Item]

  /// Arrays and the signs between them.
  public init(_ items: [Item]) { self.items = items }

  // MARK: - Layout, in pixels from the middle of the row

  private static let (textSize, gap, signWidth) = (12.0, 9.0, 16.0)

  private struct Array {
    let name: String, shape: [Int], isWeights: Bool
    let middle: Double
    var text: String { shape.count == 1 ? "(\(shape[0]),)" : "(\(shape.map(String.init).joined(separator: ", ")))" }
    /// One axis makes a strip: it has a length but is neither a row nor a column.
    var size: (width: Double, height: Double) {
      (Self.side(shape.last ?? 1), shape.count < 2 ? 10 : Self.side(shape[shape.count - 2]))
    }
    /// Twice the length is a step longer, so that 10 and 784 fit into one picture.
    static func side(_ length: Int) -> Double { 16 + 9 * log2(Double(max(length, 1))) }
    var room: Double {
      max(size.width, SVG.width(of: text, size: textSize), SVG.width(of: name, size: textSize))
    }
  }

  private struct Layout {
    var arrays: [Array] = []
    var signs: [(text: String, middle: Double)] = []
    /// The places in `arrays` that are joined, each with the one after it.
    var links: [(left: Int, match: Match)] = []
    var width = ShapeDiagram.gap
  }

  private var layout: Layout {
    var layout = Layout()
    func add(_ name: String, _ shape: [Int], isWeights: Bool) {
      let room = Array(name: name, shape: shape, isWeights: isWeights, middle: 0).room
      layout.arrays.append(
        Array(name: name, shape: shape, isWeights: isWeights, middle: layout.width + room / 2))
      layout.width += room + Self.gap
    }
    for item in items {
      switch item {
      case .data(let name, let shape): add(name, shape, isWeights: false)
      case .weights(let name, let shape): add(name, shape, isWeights: true)
      case .sign(let text, let match):
        layout.signs.append((text, layout.width + Self.signWidth / 2))
        if match != .nothing { layout.links.append((layout.arrays.count - 1, match)) }
        layout.width += Self.signWidth + Self.gap
      }
    }
    return layout
  }

  // MARK: - Drawing

  /// The drawing, without axes.
  public func panel(_ title: String = "") -> Panel {
    let layout = layout
    let half = (layout.arrays.map(\.size.height).max() ?? 0) / 2
    let shapes = -half - 14
    var marks: [Mark] = []
    for array in layout.arrays {
      let (x, y) = (array.size.width / 2, array.size.height / 2)
      let colors = array.isWeights ? ("#fbe6cf", "#a65e12") : ("#dce9f5", "#4477aa")
      let corners = [(-x, -y), (x, -y), (x, y), (-x, y)].map { (x: array.middle + $0.0, y: $0.1) }
      marks.append(.polygons([.init(corners, fill: colors.0, stroke: array.shape.count < 2 ? nil : colors.1)]))
      if array.shape.count < 2 {
        let closed = corners + corners.prefix(1)
        marks.append(.line(.init(x: closed.map(\.x), y: closed.map(\.y), color: colors.1, width: 1.2, dash: "4 2")))
      }
      marks.append(.text(array.name, x: array.middle, y: y + 11, size: Self.textSize))
      marks.append(.text(array.text, x: array.middle, y: shapes, size: Self.textSize))
    }
    for sign in layout.signs { marks.append(.text(sign.text, x: sign.middle, y: 0, size: 16)) }
    for link in layout.links where link.left >= 0 && link.left + 1 < layout.arrays.count {
      marks += bracket(layout.arrays[link.left], layout.arrays[link.left + 1], link.match, below: shapes - 10)
    }
    let (low, high) = (shapes - (layout.links.isEmpty ? 12 : 42), half + 22)
    let width = max(layout.width, SVG.width(of: title, size: 13))
    let left = (layout.width - width) / 2  // a title that is wider has the row below its middle
    return Panel(
      title, x: Axis(range: left...left + width, isHidden: true), y: Axis(range: low...high, isHidden: true),
      size: (width, high - low), legend: .none, showsGrid: false, marks)
  }

  /// The two lengths that have to match, joined from below; in red where they do not.
  private func bracket(_ left: Array, _ right: Array, _ match: Match, below y: Double) -> [Mark] {
    let toLast = match == .flow && !right.isWeights
    guard let last = left.shape.last, let first = toLast ? right.shape.last : right.shape.first else { return [] }
    let matches = last == first
    func inward(_ array: Array) -> Double {
      array.shape.count < 2 ? 0 : SVG.width(of: array.text, size: Self.textSize) / 4
    }
    let (from, to) = (left.middle + inward(left), right.middle + inward(right) * (toLast ? 1 : -1))
    let line = Mark.Line(
      x: [from, from, to, to], y: [y, y - 8, y - 8, y], color: matches ? "#228833" : "#cc3344", width: 1.6)
    return [
      .line(line), .text("\(last) \(matches ? "=" : "≠") \(first)", x: (from + to) / 2, y: y - 18, size: Self.textSize),
    ]
  }
}
