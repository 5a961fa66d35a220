import KobaiFiles

/// Walks over the fields of a CSV file (RFC 4180): lines end in LF, CRLF or CR; fields that begin with a quote end with one, and
/// may hold separators, line ends and doubled quotes. Empty lines are skipped.
struct CSVScanner: ~Escapable {
  /// A field's place in the bytes, and in the file as an editor shows it.
  struct Field {
    /// Its bytes, without the quotes around it and the spaces around one that has none.
    var start: Int, end: Int
    /// Whether quotes in it are doubled.
    var hasDoubledQuotes: Bool
    /// Whether it is the last of its line.
    var endsRecord: Bool
    /// The line that it begins on, from 1 on.
    var line: Int
    /// Its number in the line, from 1 on.
    var column: Int
  }

  /// A field that is a small whole number.
  struct Digits {
    let value: UInt32
    let endsRecord: Bool
    let line: Int
  }

  let bytes: Span<UInt8>
  let separator: UInt8
  private let path: String
  private(set) var position: Int
  private var line = 1
  private var column = 1

  /// A scanner of a file's bytes; the mark that UTF-8 files of Windows begin with is skipped.
  ///
  /// - Parameter path: names the file in errors.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, separator: UInt8, path: String) {
    (self.bytes, self.separator, self.path) = (bytes, separator, path)
    position = byteOrderMarkCount(bytes)
    skipEmptyLines()
  }

  /// Whether there is no further line. Asked between lines: a line that ends in a separator has one more field.
  var isAtEnd: Bool { position == bytes.count }

  /// The next field.
  ///
  /// - Throws: `FileError` for quotes that are out of place, and for bytes that are no UTF-8.
  mutating func next() throws(FileError) -> Field {
    let (bytes, separator) = (self.bytes, self.separator)
    if position < bytes.count, bytes[position] == quote { return try nextQuoted() }
    var i = position
    var all: UInt8 = 0
    while i < bytes.count {
      let byte = bytes[i]
      if byte == separator || byte == lineFeed || byte == carriageReturn { break }
      guard byte != quote else {
        throw error("a quote stands in a field without quotes; quote the whole field, and double the quotes in it")
      }
      all |= byte
      i += 1
    }
    if all >= 0x80 { try checkUTF8(position..<i) }
    var (start, end) = (position, i)
    while start < end, bytes[start] == space || bytes[start] == tab { start += 1 }
    while start < end, bytes[end - 1] == space || bytes[end - 1] == tab { end -= 1 }
    let field = Field(
      start: start, end: end, hasDoubledQuotes: false, endsRecord: false, line: line, column: column)
    return finish(field, at: i)
  }

  private mutating func nextQuoted() throws(FileError) -> Field {
    let bytes = self.bytes
    var field = Field(
      start: position + 1, end: position + 1, hasDoubledQuotes: false, endsRecord: false, line: line,
      column: column)
    var i = position + 1
    var lineEnds = 0
    while true {
      guard i < bytes.count else { throw error("the quote that begins here never ends") }
      let byte = bytes[i]
      if byte == quote {
        guard i + 1 < bytes.count, bytes[i + 1] == quote else { break }
        field.hasDoubledQuotes = true
        i += 1
      } else if byte == lineFeed || byte == carriageReturn && !(i + 1 < bytes.count && bytes[i + 1] == lineFeed) {
        lineEnds += 1
      }
      i += 1
    }
    field.end = i
    try checkUTF8(field.start..<field.end)
    i += 1
    guard i == bytes.count || bytes[i] == separator || bytes[i] == lineFeed || bytes[i] == carriageReturn else {
      throw error("text follows the quote that ends the field; double the quotes in it")
    }
    line += lineEnds
    return finish(field, at: i)
  }

  /// A whole number of up to seven digits below a limit, unquoted and without spaces, as most are; nil, and nothing read, where
  /// the next field is another.
  @inline(__always)
  mutating func nextDigits(below most: UInt32 = 10_000_000) -> Digits? {
    let bytes = self.bytes
    var i = position
    var value: UInt32 = 0
    while i < bytes.count {
      let digit = bytes[i] &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      value = value &* 10 &+ UInt32(digit)
      i += 1
    }
    guard i > position, i - position < 8, value < most else { return nil }
    let line = self.line
    if i < bytes.count, bytes[i] == separator {
      (position, column) = (i + 1, column + 1)
      return Digits(value: value, endsRecord: false, line: line)
    }
    guard i == bytes.count || bytes[i] == lineFeed || bytes[i] == carriageReturn else { return nil }
    endRecord(at: i)
    return Digits(value: value, endsRecord: true, line: line)
  }

  private mutating func finish(_ field: consuming Field, at end: Int) -> Field {
    if end < bytes.count, bytes[end] == separator {
      (position, column) = (end + 1, column + 1)
      return field
    }
    field.endsRecord = true
    endRecord(at: end)
    return field
  }

  /// Goes on behind the line end at `end`, if the file does not end there.
  private mutating func endRecord(at end: Int) {
    position = end
    column = 1
    skipEmptyLines()
  }

  private mutating func skipEmptyLines() {
    while position < bytes.count {
      if bytes[position] == carriageReturn {
        position += position + 1 < bytes.count && bytes[position + 1] == lineFeed ? 2 : 1
      } else if bytes[position] == lineFeed {
        position += 1
      } else {
        return
      }
      line += 1
    }
  }

  private func checkUTF8(_ range: Range<Int>) throws(FileError) {
    do {
      _ = try UTF8Span(validating: bytes.extracting(range))
    } catch {
      throw self.error("is no UTF-8; save the file as UTF-8, or convert it with iconv -t UTF-8")
    }
  }

  /// An error about the field that is next.
  func error(_ reason: String) -> FileError {
    FileError(path: path, reason: "line \(line), column \(column): \(reason)")
  }

  /// The bytes of a field, quotes in it doubled.
  @_lifetime(copy self)
  func bytes(of field: Field) -> Span<UInt8> { bytes.extracting(field.start..<field.end) }

  /// The text of a field.
  func text(of field: Field) -> String {
    let text = unsafe bytes(of: field).withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    return field.hasDoubledQuotes ? text.replacing("\"\"", with: "\"") : text
  }
}

private let quote = UInt8(ascii: "\"")
private let lineFeed = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
private let space = UInt8(ascii: " ")
private let tab = UInt8(ascii: "\t")
