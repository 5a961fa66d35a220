/// What can be shown as an SVG document.
public protocol Drawable: Sendable {
  /// The document.
  var svg: String { get }
}

/// A picture: one panel, or several in a grid under a common title. ``svg`` is what a browser shows.
public struct Figure: Drawable {
  /// The title above all panels; nothing where it is empty.
  public var title: String
  /// The panels row by row, from left to right.
  public var panels: [Panel]
  /// The number of panels in a row of the grid.
  public var columns: Int

  /// Several panels, at most four in a row unless said otherwise.
  public init(_ title: String, _ panels: [Panel], columns: Int? = nil) {
    (self.title, self.panels) = (title, panels)
    self.columns = columns ?? min(panels.count, 4)
  }

  /// A picture of one panel.
  public init(_ title: String, _ panel: Panel) { self.init(title, [panel]) }

  /// The picture as an SVG document.
  public var svg: String { svg() }

  /// The picture for a page that has others.
  ///
  /// - Parameters:
  ///   - name: the beginning of its ids, which must differ from those of the page's other pictures.
  ///   - description: the description for readers who do not see the picture; the title unless given.
  func svg(name: String = "clip", description: String? = nil) -> String {
    var picture = SVG()
    let head = title.isEmpty ? 0.0 : 34
    let rows = stride(from: 0, to: panels.count, by: max(columns, 1)).map { start in
      Array(panels[start..<min(start + columns, panels.count)])
    }
    var (top, widest, drawn) = (head, SVG.width(of: title, size: 16) + 32, 0)
    for row in rows {
      var left = 0.0
      for panel in row {
        let transform = "translate(\(SVG.number(left)) \(SVG.number(top)))"
        drawn += 1
        picture.group([("transform", transform)]) { panel.draw(into: &$0, clip: "\(name)-\(drawn)") }
        left += panel.outerSize.width
      }
      widest = max(widest, left)
      top += row.map(\.outerSize.height).max() ?? 0
    }
    if !title.isEmpty { picture.text(title, x: 16, y: 24, size: 16, bold: true) }
    return picture.document(width: widest, height: top, title: description ?? title)
  }
}

extension SVG {
  /// About how wide a text is, in a font that is not known yet: Japanese characters are square, and Latin ones about half as
  /// wide, an m more and an i less.
  package static func width(of text: String, size: Double) -> Double {
    text.unicodeScalars.reduce(0) { sum, character in
      switch character {
      case "i", "j", "l", "t", "f", "r", "I", " ", ".", ",", ":", "(", ")", "-", "'": sum + 0.38
      case "m", "w", "M", "W", "=", "+", "−", "→": sum + 0.9
      case "A"..."Z": sum + 0.7
      default: sum + (character.value > 0x2e80 ? 1 : 0.58)
      }
    } * size
  }
}
