import KobaiReport

/// Swift source as HTML, with comments, strings, keywords, numbers and types marked: `<i class="keyword">let</i>`.
func highlighted(_ source: String) -> String {
  var lexer = SwiftLexer(source)
  var html = ""
  while let (kind, text) = lexer.next() {
    let escaped = xmlEscaped(text)
    html += kind.map { "<i class=\"\($0.rawValue)\">\(escaped)</i>" } ?? escaped
  }
  return html
}

/// Cuts Swift source into pieces that look alike. It knows as much of the language as a reader sees at a glance.
private struct SwiftLexer {
  enum Kind: String {
    case comment, string, keyword, number, type
  }

  private static let keywords: Set<String> = [
    "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer", "do", "else", "enum",
    "extension", "false", "fileprivate", "for", "func", "guard", "if", "import", "in", "init", "inout", "internal",
    "is",
    "let", "mutating", "nil", "private", "protocol", "public", "repeat", "return", "self", "Self", "set", "get", "some",
    "any", "static", "struct", "subscript", "super", "switch", "throw", "throws", "true", "try", "typealias", "unsafe",
    "var", "where", "while",
  ]

  private let characters: [Character]
  private var position = 0

  init(_ source: String) { characters = Array(source) }

  mutating func next() -> (kind: Kind?, text: String)? {
    guard position < characters.count else { return nil }
    let start = position
    let kind = advance()
    return (kind, String(characters[start..<position]))
  }

  private func starts(with text: String) -> Bool { characters[position...].starts(with: Array(text)) }

  /// Moves behind the next piece, and says what it is.
  private mutating func advance() -> Kind? {
    let first = characters[position]
    if starts(with: "//") {
      skip { $0 != "\n" }
      return .comment
    }
    if first == "\"" {
      skipString(delimiter: starts(with: "\"\"\"") ? "\"\"\"" : "\"")
      return .string
    }
    if first.isNumber {
      skip { $0.isHexDigit || $0 == "." || $0 == "_" || $0 == "x" || $0 == "p" }
      return .number
    }
    if first.isLetter || first == "_" || first == "@" || first == "#" {
      let start = position
      position += 1
      skip { $0.isLetter || $0.isNumber || $0 == "_" }
      let word = String(characters[start..<position])
      if Self.keywords.contains(word) || first == "@" || first == "#" { return .keyword }
      return first.isUppercase ? .type : nil
    }
    position += 1
    return nil
  }

  private mutating func skip(while belongs: (Character) -> Bool) {
    while position < characters.count, belongs(characters[position]) { position += 1 }
  }

  private mutating func skipString(delimiter: String) {
    position += delimiter.count
    while position < characters.count, !starts(with: delimiter) {
      position += characters[position] == "\\" ? 2 : 1
      if delimiter.count == 1, position < characters.count, characters[position] == "\n" { return }
    }
    position = min(position + delimiter.count, characters.count)
  }
}
