import Foundation

/// Collects the elements of an SVG picture.
package struct SVG {
  private var body = ""

  /// A picture without elements.
  package init() {}

  /// The elements that were added so far.
  package var elements: String { body }

  /// A number with at most two digits after the point: a hundredth of a pixel is finer than anyone sees.
  package static func number(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    let rounded = (value * 100).rounded() / 100
    return rounded == rounded.rounded() && abs(rounded) < 1e15 ? String(Int(rounded)) : String(rounded)
  }

  /// An element with nothing inside, or with `content`, which is SVG already.
  package mutating func add(_ element: String, _ attributes: [(String, String)], content: String? = nil) {
    body += "<\(element)"
    for (name, value) in attributes { body += " \(name)=\"\(xmlEscaped(value))\"" }
    body += content.map { ">\($0)</\(element)>\n" } ?? "/>\n"
  }

  package mutating func text(
    _ text: String, x: Double, y: Double, anchor: String = "start", size: Double = 12, rotate: Double? = nil,
    bold: Bool = false
  ) {
    var attributes = [("x", Self.number(x)), ("y", Self.number(y)), ("font-size", Self.number(size))]
    if anchor != "start" { attributes.append(("text-anchor", anchor)) }
    if bold { attributes.append(("font-weight", "bold")) }
    if let rotate {
      attributes.append(("transform", "rotate(\(Self.number(rotate)) \(Self.number(x)) \(Self.number(y)))"))
    }
    add("text", attributes, content: xmlEscaped(text))
  }

  mutating func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, stroke: String, width: Double = 1, dash: String? = nil
  ) {
    var attributes = [
      ("x1", Self.number(x1)), ("y1", Self.number(y1)), ("x2", Self.number(x2)), ("y2", Self.number(y2)),
      ("stroke", stroke), ("stroke-width", Self.number(width)),
    ]
    if let dash { attributes.append(("stroke-dasharray", dash)) }
    add("line", attributes)
  }

  mutating func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, fill: String, stroke: String? = nil,
    title: String? = nil
  ) {
    var attributes = [
      ("x", Self.number(x)), ("y", Self.number(y)), ("width", Self.number(max(0, width))),
      ("height", Self.number(max(0, height))), ("fill", fill),
    ]
    if let stroke { attributes.append(("stroke", stroke)) }
    add("rect", attributes, content: title.map { "<title>\(xmlEscaped($0))</title>" })
  }

  /// Points as the attribute of a polyline or polygon.
  package static func points(_ points: [(Double, Double)]) -> String {
    points.map { "\(number($0.0)),\(number($0.1))" }.joined(separator: " ")
  }

  /// Adds a group of what `draw` adds.
  package mutating func group(_ attributes: [(String, String)], _ draw: (inout SVG) -> Void) {
    var inner = SVG()
    draw(&inner)
    add("g", attributes, content: "\n\(inner.body)")
  }

  /// The whole picture as a document, on white.
  func document(width: Double, height: Double, title: String) -> String {
    document(
      width: width, height: height, title: title, attributes: [("fill", "#222")],
      background: "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>")
  }

  /// The whole picture.
  ///
  /// - Parameters:
  ///   - attributes: more of the root element, such as a class.
  ///   - background: elements below all others, as SVG.
  package func document(
    width: Double, height: Double, title: String, attributes: [(String, String)], background: String
  ) -> String {
    let more = attributes.map { " \($0.0)=\"\(xmlEscaped($0.1))\"" }.joined()
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(Self.number(width))" height="\(Self.number(height))" \
      viewBox="0 0 \(Self.number(width)) \(Self.number(height))" role="img" \
      font-family="Helvetica, Arial, 'Noto Sans CJK JP', 'Hiragino Sans', 'Yu Gothic', sans-serif"\(more)>
      <title>\(xmlEscaped(title))</title>
      \(background)
      \(body)</svg>

      """
  }
}
