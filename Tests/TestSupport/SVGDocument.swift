import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// What a test wants to know of an SVG picture: its series, its words, and where they stand.
public struct SVGDocument: Sendable {
  /// Words and the box they fill, in the picture's pixels; the box is nil where the words are turned.
  public struct Label: Sendable {
    public let text: String
    public let left: Double, right: Double, top: Double, bottom: Double
    public let isTurned: Bool

    public func overlaps(_ other: Label) -> Bool {
      !isTurned && !other.isTurned && left < other.right && other.left < right && top < other.bottom
        && other.top < bottom
    }
  }

  public private(set) var width = 0.0
  public private(set) var height = 0.0
  public private(set) var labels: [Label] = []
  /// The names of the lines, points and bars drawn, each once, in their order.
  public private(set) var series: [String] = []
  /// How many elements of each kind there are.
  public private(set) var counts: [String: Int] = [:]

  /// The number of points of lines and markers that a legend hides.
  public private(set) var pointsUnderLegends = 0

  public var texts: [String] { labels.map(\.text) }

  /// Pairs of words that stand on each other.
  public var collisions: [String] {
    labels.indices.flatMap { i in
      labels[(i + 1)...].filter { labels[i].overlaps($0) }.map { "\"\(labels[i].text)\" and \"\($0.text)\"" }
    }
  }

  /// Words that stand out of the picture.
  public var clipped: [String] {
    labels.filter { !$0.isTurned && ($0.left < 0 || $0.top < 0 || $0.right > width || $0.bottom > height) }.map(\.text)
  }

  /// - Throws: where the text is no well-formed XML or no SVG.
  public init(_ svg: String) throws {
    let reader = Reader()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = reader
    // On Linux, parse() is true where the parser has gone on after an error.
    guard parser.parse(), parser.parserError == nil else { throw Malformed(reason: "\(parser.parserError as Any)") }
    guard reader.counts["svg"] == 1, reader.isNamespaced else { throw Malformed(reason: "no <svg>") }
    (width, height, labels) = (reader.width, reader.height, reader.labels)
    (series, counts) = (reader.series, reader.counts)
    pointsUnderLegends = reader.points.count { point in reader.legends.contains { $0.contains(point) } }
  }

  public struct Malformed: Error {
    public let reason: String
  }

  private struct Box {
    let left: Double, right: Double, top: Double, bottom: Double

    func contains(_ point: (x: Double, y: Double)) -> Bool {
      point.x > left && point.x < right && point.y > top && point.y < bottom
    }
  }

  private final class Reader: NSObject, XMLParserDelegate {
    var (width, height) = (0.0, 0.0)
    var labels: [Label] = []
    var series: [String] = []
    var counts: [String: Int] = [:]
    var isNamespaced = false
    private var offsets: [(x: Double, y: Double)] = [(0, 0)]
    private var words: String?
    /// What is drawn inside of axes, a point at least every two pixels, and the boxes of legends.
    var points: [(x: Double, y: Double)] = []
    var legends: [Box] = []
    private var clips: [String: Box] = [:]
    private var (clipName, clip): (String?, Box?)
    private var isLegend = false
    private var attributes: [String: String] = [:]

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      counts[name, default: 0] += 1
      if let one = attributes["data-series"], !one.isEmpty, !series.contains(one) { series.append(one) }
      switch name {
      case "svg":
        (width, height) = (number(attributes["width"]), number(attributes["height"]))
        isNamespaced = attributes["xmlns"] == "http://www.w3.org/2000/svg"
      case "g":
        let last = offsets[offsets.count - 1]
        let shift = (attributes["transform"] ?? "").dropFirst("translate(".count).dropLast().split(separator: " ")
        offsets.append((last.x + number(shift.first.map(String.init)), last.y + number(shift.last.map(String.init))))
        if let url = attributes["clip-path"] { clip = clips[String(url.dropFirst("url(#".count).dropLast())] }
        if attributes["class"] == "legend" { (isLegend, clip) = (true, nil) }
      case "clipPath": clipName = attributes["id"]
      case "rect":
        let box = self.box(attributes)
        if let name = clipName { clips[name] = box } else if isLegend { legends.append(box) }
        (clipName, isLegend) = (nil, false)
      case "polyline": collect(attributes["points"] ?? "")
      case "circle": collect("\(attributes["cx"] ?? ""),\(attributes["cy"] ?? "")")
      case "text": (words, self.attributes) = ("", attributes)
      default: break
      }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { words? += string }

    func parser(
      _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
    ) {
      if name == "g" { offsets.removeLast() }
      guard name == "text", let text = words else { return }
      words = nil
      let size = number(attributes["font-size"])
      // Narrower than a browser would draw it: what overlaps even so, overlaps everywhere.
      let wide = text.unicodeScalars.reduce(0) { $0 + ($1.value > 0x2e80 ? 0.9 : 0.45) } * size
      let offset = offsets[offsets.count - 1]
      let (x, y) = (number(attributes["x"]) + offset.x, number(attributes["y"]) + offset.y)
      let left =
        attributes["text-anchor"] == "middle" ? x - wide / 2 : attributes["text-anchor"] == "end" ? x - wide : x
      labels.append(
        Label(
          text: text, left: left, right: left + wide, top: y - size * 0.7, bottom: y,
          isTurned: attributes["transform"] != nil))
    }

    private func box(_ attributes: [String: String]) -> Box {
      let offset = offsets[offsets.count - 1]
      let (left, top) = (number(attributes["x"]) + offset.x, number(attributes["y"]) + offset.y)
      return Box(
        left: left, right: left + number(attributes["width"]), top: top, bottom: top + number(attributes["height"]))
    }

    /// Points along a line, as far as its axes show it.
    private func collect(_ text: String) {
      guard let clip else { return }
      let offset = offsets[offsets.count - 1]
      let corners = text.split(separator: " ").map { pair in
        let numbers = pair.split(separator: ",").map { number(String($0)) }
        return (x: numbers[0] + offset.x, y: numbers[1] + offset.y)
      }
      for (a, b) in zip(corners.prefix(1) + corners, corners) {
        let steps = max(1, Int(min(abs(b.x - a.x) + abs(b.y - a.y), 10_000) / 2))
        points += (1...steps).map { step in
          let share = Double(step) / Double(steps)
          return (a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share)
        }.filter(clip.contains)
      }
    }

    private func number(_ text: String?) -> Double { text.flatMap(Double.init) ?? 0 }
  }
}
