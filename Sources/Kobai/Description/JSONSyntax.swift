/// Looks for the place where a text stops being JSON (RFC 8259), which Foundation's decoder does not tell.
struct JSONSyntax {
  /// What is wrong, and where: lines and columns count from 1.
  struct Fault: Error, CustomStringConvertible {
    let line: Int, column: Int
    let reason: String
    var description: String { "line \(line), column \(column): \(reason)" }
  }

  private let bytes: [UInt8]
  private var at = 0
  private static let deepest = 200

  private init(_ text: String) { bytes = Array(text.utf8) }

  /// The first fault of a text; nil where it is JSON.
  static func fault(in text: String) -> Fault? {
    var syntax = JSONSyntax(text)
    do throws(Fault) {
      try syntax.value(depth: 0)
      if syntax.next != nil { throw syntax.fault("nothing may follow here") }
      return nil
    } catch { return error }
  }

  /// The next byte that is no white space; nil at the end.
  private var next: UInt8? {
    mutating get {
      while at < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[at]) { at += 1 }
      return at < bytes.count ? bytes[at] : nil
    }
  }

  private func fault(_ reason: String) -> Fault {
    let before = bytes[..<min(at, bytes.count)]
    let start = before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
    let column = String(decoding: before[start...], as: UTF8.self).count + 1
    return Fault(
      line: before.count { $0 == 0x0a } + 1, column: column, reason: at < bytes.count ? reason : "it ends here")
  }

  private mutating func take(_ character: Character) -> Bool {
    guard next == character.asciiValue else { return false }
    at += 1
    return true
  }

  private mutating func value(depth: Int) throws(Fault) {
    guard depth < Self.deepest else { throw fault("brackets are more than \(Self.deepest) deep") }
    switch next.map({ Character(UnicodeScalar($0)) }) {
    case "{":
      try list("}") { syntax throws(Fault) in
        guard syntax.next == Character("\"").asciiValue else { throw syntax.fault("a name in quotes is missing") }
        try syntax.string()
        guard syntax.take(":") else { throw syntax.fault("a colon is missing") }
        try syntax.value(depth: depth + 1)
      }
    case "[": try list("]") { syntax throws(Fault) in try syntax.value(depth: depth + 1) }
    case "\"": try string()
    case "t": try word("true")
    case "f": try word("false")
    case "n": try word("null")
    default: try number()
    }
  }

  /// Elements with commas between them, in brackets.
  private mutating func list(_ end: Character, _ element: (inout JSONSyntax) throws(Fault) -> Void) throws(Fault) {
    at += 1
    if take(end) { return }
    repeat { try element(&self) } while take(",")
    guard take(end) else { throw fault("a comma or \(end) is missing") }
  }

  private mutating func string() throws(Fault) {
    at += 1
    while at < bytes.count, bytes[at] != 0x22 {
      guard bytes[at] >= 0x20 else { throw fault("a text does not end on its line") }
      at += bytes[at] == 0x5c ? 2 : 1
    }
    guard at < bytes.count else { throw fault("") }
    at += 1
  }

  private mutating func word(_ word: String) throws(Fault) {
    guard bytes[at...].starts(with: word.utf8) else { throw fault("no value of JSON begins like that") }
    at += word.utf8.count
  }

  /// A sign, digits that begin with 0 only where they are 0, a fraction and an exponent (section 6 of RFC 8259).
  private mutating func number() throws(Fault) {
    var rest = bytes[at...].prefix { "+-.eE0123456789".utf8.contains($0) }
    let end = rest.endIndex
    func skip(_ characters: String) -> Bool {
      guard let first = rest.first, characters.utf8.contains(first) else { return false }
      rest.removeFirst()
      return true
    }
    func skipDigits() -> Bool {
      guard skip("0123456789") else { return false }
      while skip("0123456789") {}
      return true
    }
    _ = skip("-")
    var isNumber = skip("0") || skipDigits()
    if skip(".") { isNumber = skipDigits() && isNumber }
    if skip("eE") {
      _ = skip("+-")
      isNumber = skipDigits() && isNumber
    }
    guard isNumber && rest.isEmpty else { throw fault("no value of JSON begins like that") }
    at = end
  }
}
