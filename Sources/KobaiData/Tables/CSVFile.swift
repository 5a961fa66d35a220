import KobaiFiles

/// A CSV file whose first line has been looked at: what separates its fields, and what its columns are called.
struct CSVFile: Sendable {
  let path: String
  let storage: NumberStorage
  let separator: UInt8
  let hasHeader: Bool
  /// One name for each column: that of the header, or "column 1", "column 2", …
  let columns: [String]
  /// The number of each name's column; nil where several have the name.
  private let numbers: [String: Int?]

  /// The most columns that a table may have, and the most numbers of a row.
  static let mostColumns = 1 << 20

  /// Opens a file. Nothing of it is read but its beginning.
  ///
  /// - Throws: `FileError` where it is empty, no text in UTF-8, or the names of its columns are of no use.
  init(_ path: String, _ format: TableFormat = TableFormat()) throws(FileError) {
    let storage = try NumberStorage.file(path, memoryLimit: 1 << 28)
    let bytes = storage.elements
    try Self.checkText(bytes, path: path)
    let separator = try Self.separator(format.separator, bytes, path: path)
    var scanner = CSVScanner(bytes, separator: separator, path: path)
    guard !scanner.isAtEnd else { throw FileError(path: path, reason: "is empty; a table has at least one line") }
    var fields: [CSVScanner.Field] = []
    repeat {
      guard fields.count < Self.mostColumns else {
        throw FileError(path: path, reason: "line 1 has more than \(Self.mostColumns) columns")
      }
      fields.append(try scanner.next())
    } while !fields[fields.count - 1].endsRecord
    let isHeader =
      format.hasHeader ?? fields.allSatisfy { DecimalNumber.float(scanner.bytes(of: $0)) == nil }
    var columns: [String] = []
    for field in fields { columns.append(isHeader ? scanner.text(of: field) : "column \(columns.count + 1)") }
    guard !isHeader || !scanner.isAtEnd else {
      throw FileError(path: path, reason: "has a line with the names of columns, but none below it")
    }
    (self.path, self.storage, self.separator, self.hasHeader) = (path, storage, separator, isHeader)
    self.columns = columns
    numbers = Dictionary(zip(columns, columns.indices.map(Optional.init)), uniquingKeysWith: { _, _ in nil })
  }

  /// Whether several columns have that name.
  func isRepeated(_ name: String) -> Bool { numbers[name] == .some(nil) }

  /// A scanner that stands before the first row.
  @_lifetime(borrow self)
  func rows() throws(FileError) -> CSVScanner {
    var scanner = CSVScanner(storage.elements, separator: separator, path: path)
    if hasHeader { while !(try scanner.next().endsRecord) {} }
    return scanner
  }

  /// The number of a column, from 0 on.
  ///
  /// - Throws: `FileError` where there is none, or several have the name.
  func index(of column: TableColumn) throws(FileError) -> Int {
    switch column {
    case .named(let name):
      guard let number = numbers[name] else {
        throw FileError(path: path, reason: "has no column \(quoted(name)); it has \(columns.map(quoted).listed)")
      }
      guard let index = number else {
        throw FileError(path: path, reason: "has several columns \(quoted(name)); name one by its number, from 0 on")
      }
      return index
    case .numbered(let number):
      let index = number < 0 ? columns.count + number : number
      guard columns.indices.contains(index) else {
        throw FileError(path: path, reason: "has no column number \(number); it has \(columns.count), from 0 on")
      }
      return index
    }
  }

  /// An error about a field.
  func error(_ field: CSVScanner.Field, _ reason: String) -> FileError {
    let name = hasHeader && columns.indices.contains(field.column - 1) ? " (\(columns[field.column - 1]))" : ""
    let printable = quoted(name).dropFirst().dropLast()
    return FileError(path: path, reason: "line \(field.line), column \(field.column)\(printable): \(reason)")
  }

  /// Refuses a line that has more or fewer fields than the first, by one of its fields: the last, or the first that is too much.
  func raggedLine(_ field: CSVScanner.Field) -> FileError { raggedLine(line: field.line, fields: field.column) }

  /// The same by the line and the field's number.
  func raggedLine(line: Int, fields: Int) -> FileError {
    let count =
      fields > columns.count
      ? "more than \(columns.count) fields" : fields == 1 ? "one field" : "\(fields) fields"
    return FileError(
      path: path, reason: "line \(line), column \(fields): the line has \(count), but the first one \(columns.count)")
  }

  /// The error of a file that was another at a first look.
  var changed: FileError { FileError(path: path, reason: "was changed while it was read; read it again") }

  private static func checkText(_ bytes: Span<UInt8>, path: String) throws(FileError) {
    let start = [UInt8](bytes.extracting(0..<min(bytes.count, 4096)))
    if start.starts(with: [0xff, 0xfe]) || start.starts(with: [0xfe, 0xff]) {
      throw FileError(path: path, reason: "is UTF-16; convert it with iconv -f UTF-16 -t UTF-8")
    }
    if let format = FileFormat.recognize(start), format != .json {
      let wayOut = format.unpacker.map { "unpack it with \($0)" } ?? "write the table as CSV"
      throw FileError(path: path, reason: "is \(format.name), no CSV file; \(wayOut)")
    }
    if let zero = start.firstIndex(of: 0) {
      throw FileError(path: path, reason: "is no text: byte \(zero) is 0; write the table as CSV")
    }
  }

  private static func separator(
    _ stated: Character?, _ bytes: Span<UInt8>, path: String
  ) throws(FileError) -> UInt8 {
    // Where several occur, one that texts and numbers seldom hold is more likely.
    let candidates = "\t;|,".utf8.map(\.self)
    if let stated {
      guard let byte = stated.asciiValue, candidates.contains(byte) else {
        throw FileError(
          path: path, reason: "\(quoted(String(stated))) separates no fields; a comma, a semicolon, a tab or a bar does"
        )
      }
      return byte
    }
    let likely = candidates.first { candidate in
      let counts = separators(candidate, bytes)
      return counts[0] > 0 && counts.allSatisfy { $0 == counts[0] }
    }
    return likely ?? candidates.reversed().max { separators($0, bytes)[0] < separators($1, bytes)[0] }
      ?? UInt8(ascii: ",")
  }

  /// How often a byte stands outside of quotes in each of the first lines.
  private static func separators(_ separator: UInt8, _ bytes: Span<UInt8>) -> [Int] {
    var counts = [0]
    var (isQuoted, isEmpty) = (false, true)
    for i in 0..<min(bytes.count, 1 << 16) {
      let byte = bytes[i]
      if !isQuoted && (byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")) {
        if !isEmpty { counts.append(0) }
        isEmpty = true
        if counts.count > 10 { break }
        continue
      }
      isEmpty = false
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      if byte == separator && !isQuoted { counts[counts.count - 1] += 1 }
    }
    return counts.count > 1 ? counts.dropLast() : counts
  }
}

extension NumberStorage {
  /// The bytes as elements of a span.
  var elements: Span<UInt8> {
    @_lifetime(borrow self) get {
      let bytes = self.bytes
      let buffer = unsafe bytes.withUnsafeBytes { unsafe $0 }
      return unsafe _overrideLifetime(Span<UInt8>(_unsafeBytes: buffer), borrowing: self)
    }
  }
}
