import KobaiFiles

/// A second pass over a table: its rows as numbers, by an encoding that was learned.
struct TableDecoding {
  /// What becomes of a column's fields.
  private enum Kind {
    case ignored, number, label, weight, category, target
  }

  /// A column: what becomes of it, where that goes in a row, and which of the tables of texts it has.
  private struct Column {
    var kind = Kind.ignored
    var place = 0
    var table = 0
  }

  private let file: CSVFile
  private let encoding: TableEncoding
  private var columns: [Column]
  private var tables: [[String: Int]] = []

  /// The decoding of a file whose columns are found by their names.
  ///
  /// - Throws: `FileError` where it lacks a column.
  init(_ file: CSVFile, _ encoding: TableEncoding) throws(FileError) {
    (self.file, self.encoding) = (file, encoding)
    columns = [Column](repeating: Column(), count: file.columns.count)
    var place = 0
    for input in encoding.inputs {
      try add(input.name, input.categories == nil ? .number : .category, place, input.categories)
      place += input.width
    }
    switch encoding.target {
    case .classes(let column, let names): try add(column, .target, place, names)
    case .values(let columns): for (i, column) in columns.enumerated() { try add(column, .number, place + i) }
    case .labels(let columns): for (i, column) in columns.enumerated() { try add(column, .label, place + i) }
    case .input: break
    }
    if let weights = encoding.weights { try add(weights, .weight, place + encoding.targetWidth) }
  }

  private mutating func add(_ name: String, _ kind: Kind, _ place: Int, _ texts: [String]? = nil) throws(FileError) {
    let index = try file.index(of: .named(name))
    guard columns[index].kind == .ignored else {
      throw FileError(path: file.path, reason: "column \(quoted(name)) is given two uses; give it one")
    }
    columns[index] = Column(kind: kind, place: place, table: tables.count)
    if let texts { tables.append(Dictionary(zip(texts, 0...), uniquingKeysWith: { first, _ in first })) }
  }

  /// Calls `take` with each row's words: inputs as Floats, the class as an Int32 or targets as Floats, the weight as a Float.
  ///
  /// - Parameters:
  ///   - take: is given several rows at once, and the number of bytes that are done.
  /// - Throws: `FileError` for the first field that is not what its column should hold, and what `take` throws.
  func run(_ take: ([UInt32], _ bytes: Int) throws(FileError) -> Void) throws(FileError) {
    let rowWords = encoding.rowWords
    let most = max(1, (1 << 18) / max(1, rowWords)) * rowWords
    var words = [UInt32](repeating: 0, count: most)
    var filled = 0
    var scanner = try file.rows()
    while !scanner.isAtEnd {
      if filled == most {
        try take(words, scanner.position)
        (words, filled) = ([UInt32](repeating: 0, count: most), 0)
      }
      try decodeRow(&scanner, into: &words, at: filled)
      filled += rowWords
    }
    try take(Array(words.prefix(filled)), scanner.position)
  }

  /// Fills in the row that begins at `row`, which is all zeros before.
  private func decodeRow(_ scanner: inout CSVScanner, into words: inout [UInt32], at row: Int) throws(FileError) {
    for index in columns.indices {
      let column = columns[index]
      let isLast = index + 1 == columns.count
      if column.kind == .number, let digits = scanner.nextDigits() {
        words[row + column.place] = Float(digits.value).bitPattern
        guard digits.endsRecord == isLast else { throw file.changed }
        continue
      }
      let field = try scanner.next()
      switch column.kind {
      case .ignored: break
      case .number: words[row + column.place] = try number(field, scanner).bitPattern
      case .weight: words[row + column.place] = try weight(field, scanner).bitPattern
      case .label: words[row + column.place] = try label(field, scanner).bitPattern
      case .category: words[row + column.place + (try known(field, scanner, column))] = Float(1).bitPattern
      case .target: words[row + column.place] = UInt32(try known(field, scanner, column))
      }
      guard field.endsRecord == isLast else { throw file.changed }  // the first pass has seen lines of one length
    }
  }

  private func number(_ field: CSVScanner.Field, _ scanner: borrowing CSVScanner) throws(FileError) -> Float {
    func error(_ reason: String) -> FileError { file.error(field, reason) }
    guard let number = DecimalNumber.float(scanner.bytes(of: field)) else {
      let text = scanner.text(of: field)
      if MissingValue.isMissing(text) { throw MissingValue.error(text, field, file) }
      throw error("\(quoted(text)) is no number; correct it, or take the column as categories")
    }
    guard number.isFinite else {
      throw error("\(quoted(scanner.text(of: field))) is beyond the largest Float, 3.4e38; scale the column")
    }
    return number
  }

  private func weight(_ field: CSVScanner.Field, _ scanner: borrowing CSVScanner) throws(FileError) -> Float {
    func error(_ reason: String) -> FileError { file.error(field, reason) }
    let weight = try number(field, scanner)
    guard weight >= 0 else { throw error("the weight \(quoted(scanner.text(of: field))) is negative") }
    return weight
  }

  private func label(_ field: CSVScanner.Field, _ scanner: borrowing CSVScanner) throws(FileError) -> Float {
    func error(_ reason: String) -> FileError { file.error(field, reason) }
    let label = try number(field, scanner)
    guard label == 0 || label == 1 else {
      throw error("\(quoted(scanner.text(of: field))) is neither 0 nor 1, as a label is")
    }
    return label
  }

  /// The number of a category or a class that was learned.
  private func known(
    _ field: CSVScanner.Field, _ scanner: borrowing CSVScanner, _ column: Column
  ) throws(FileError) -> Int {
    func error(_ reason: String) -> FileError { file.error(field, reason) }
    let text = scanner.text(of: field)
    if let index = tables[column.table][text] { return index }
    if text.isEmpty { throw MissingValue.error(text, field, file) }
    let names = tables[column.table].sorted { $0.value < $1.value }.map { quoted($0.key) }.listed
    let what = column.kind == .target ? "classes" : "categories"
    throw error("\(quoted(text)) is none of the \(what) that were learned: \(names)")
  }
}
