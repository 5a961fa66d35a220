import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// What a test wants to know of a page: its elements, ids and words. Only well-formed XML can be read.
final class PageDocument: NSObject, XMLParserDelegate {
  struct Element {
    let name: String
    let attributes: [String: String]
    /// All words inside, those of elements in it too.
    var text = ""
  }

  struct Malformed: Error { let reason: String }

  private(set) var elements: [Element] = []
  private var open: [Int] = []

  init(_ html: String) throws {
    super.init()
    let parser = XMLParser(data: Data(html.utf8))
    parser.delegate = self
    // On Linux, parse() is true where the parser has gone on after an error.
    guard parser.parse(), parser.parserError == nil else {
      throw Malformed(reason: "line \(parser.lineNumber): \(parser.parserError as Any)")
    }
  }

  func all(_ name: String) -> [Element] { elements.filter { $0.name == name } }
  func texts(_ name: String) -> [String] { all(name).map(\.text) }
  func all(class name: String) -> [Element] { elements.filter { $0.attributes["class"] == name } }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    open.append(elements.count)
    elements.append(Element(name: name, attributes: attributes))
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    for index in open { elements[index].text += string }
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    open.removeLast()
  }
}
