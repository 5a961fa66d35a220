import KobaiFiles

/// A first pass over a table: counts its rows, and learns which columns are numbers, and which categories and classes there are.
struct TableLearning {
  private(set) var rows = 0
  private(set) var encoding: TableEncoding?

  /// The most categories of an input, each of which takes an input of its own, and the most classes.
  static let mostCategories = 1000
  static let mostClasses = 1 << 16

  /// Counts the rows of a file.
  ///
  /// - Parameters:
  ///   - roles: what its columns are asked to be; nil learns nothing.
  ///   - progress: called now and then with the number of bytes that are done.
  /// - Throws: `FileError` for the first line that is ragged, quoted wrongly, or misses a category or a class.
  init(_ file: CSVFile, _ roles: TableRoles?, progress: (Int) -> Void) throws(FileError) {
    var columns = try roles?.resolved(in: file) ?? []
    let isLearning = !columns.isEmpty
    var texts = [Set<String>](repeating: [], count: columns.count)
    var scanner = try file.rows()
    var reported = 0
    while !scanner.isAtEnd {
      var (column, endsRecord) = (0, false)
      while !endsRecord {
        guard column < file.columns.count else { throw file.raggedLine(try scanner.next()) }
        let isLearned = isLearning && (columns[column] == .undecided || columns[column].isText)
        if !isLearned, let digits = scanner.nextDigits() {
          endsRecord = digits.endsRecord
          guard !endsRecord || column + 1 == file.columns.count else {
            throw file.raggedLine(line: digits.line, fields: column + 1)
          }
        } else {
          let field = try scanner.next()
          endsRecord = field.endsRecord
          guard !endsRecord || column + 1 == file.columns.count else { throw file.raggedLine(field) }
          if isLearned {
            if columns[column] == .undecided { columns[column] = try Self.role(field, scanner, file) }
            if columns[column].isText {
              let text = scanner.text(of: field)
              if !texts[column].contains(text) {
                try Self.check(text, columns[column], texts[column].count, field, file)
                texts[column].insert(text)
              }
            }
          }
        }
        column += 1
      }
      rows += 1
      guard rows <= Int(Int32.max) else {
        throw FileError(path: file.path, reason: "has more than \(Int32.max) rows; cut it into several files")
      }
      if scanner.position - reported >= 1 << 20 {
        reported = scanner.position
        progress(reported)
      }
    }
    guard let roles, isLearning else { return }
    encoding = try Self.encoding(of: file, roles, columns, texts)
  }

  /// Whether an input is a number or a category, by its first field.
  private static func role(
    _ field: CSVScanner.Field, _ scanner: borrowing CSVScanner, _ file: CSVFile
  ) throws(FileError) -> TableRoles.Role {
    if DecimalNumber.float(scanner.bytes(of: field)) != nil { return .number }
    let text = scanner.text(of: field)
    guard !MissingValue.isMissing(text) else { throw MissingValue.error(text, field, file) }
    return .category
  }

  private static func check(
    _ text: String, _ role: TableRoles.Role, _ known: Int, _ field: CSVScanner.Field, _ file: CSVFile
  ) throws(FileError) {
    func error(_ reason: String) -> FileError { file.error(field, reason) }
    guard !text.isEmpty else { throw MissingValue.error(text, field, file) }
    if role == .category {
      guard !MissingValue.isMissing(text) else { throw MissingValue.error(text, field, file) }
      guard known < mostCategories else {
        throw error("\(quoted(text)) is one category more than \(mostCategories); ignore the column, or write numbers")
      }
      return
    }
    guard known < mostClasses else {
      throw error("\(quoted(text)) is one class more than \(mostClasses); for numbers, take the column as a value")
    }
    do throws(ClassNames.Problem) { _ = try ClassNames([text]) } catch { throw file.error(field, error.description) }
  }

  private static func encoding(
    of file: CSVFile, _ roles: TableRoles, _ columns: [TableRoles.Role], _ texts: [Set<String>]
  ) throws(FileError) -> TableEncoding {
    func names(_ some: [TableColumn]) throws(FileError) -> [String] {
      try some.map { column throws(FileError) in file.columns[try file.index(of: column)] }
    }
    // Columns that are asked for as inputs come in the order in which they are asked for.
    let targets = Set(try roles.targetColumns.map { column throws(FileError) in try file.index(of: column) })
    let order =
      try roles.inputs?.map { column throws(FileError) in try file.index(of: column) }
      ?? columns.indices.filter { !targets.contains($0) && (columns[$0] == .number || columns[$0] == .category) }
    let inputs = order.map { index in
      TableEncoding.Column(
        name: file.columns[index], categories: columns[index] == .category ? sorted(texts[index]) : nil)
    }
    let target: TableEncoding.Target
    switch roles.target {
    case .classes(let column):
      let index = try file.index(of: column)
      target = .classes(column: file.columns[index], names: sorted(texts[index]))
    case .values(let columns): target = .values(columns: try names(columns))
    case .labels(let columns): target = .labels(columns: try names(columns))
    case .input: target = .input
    }
    let weights = try roles.weights.map { column throws(FileError) in file.columns[try file.index(of: column)] }
    let encoding = TableEncoding(inputs: inputs, target: target, weights: weights)
    guard encoding.width <= CSVFile.mostColumns else {
      throw FileError(
        path: file.path,
        reason: "its rows become \(encoding.width) inputs, more than \(CSVFile.mostColumns); ignore columns")
    }
    return encoding
  }

  /// Whole numbers by their value, other texts by their bytes: an order that does not depend on that of the rows.
  private static func sorted(_ texts: Set<String>) -> [String] {
    let byBytes = texts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let numbers = byBytes.compactMap { Int($0) }
    guard numbers.count == byBytes.count else { return byBytes }
    return byBytes.indices.sorted { (numbers[$0], $0) < (numbers[$1], $1) }.map { byBytes[$0] }
  }
}

extension TableRoles {
  fileprivate var targetColumns: [TableColumn] {
    switch target {
    case .classes(let column): [column]
    case .values(let columns), .labels(let columns): columns
    case .input: []
    }
  }
}

/// Fields that tables leave where nothing is known.
enum MissingValue {
  private static let texts: Set<String> = ["", "na", "n/a", "nan", "null", "none", "?", "-", "inf", "-inf", "+inf"]

  static func isMissing(_ text: String) -> Bool { texts.contains(text.lowercased()) }

  /// Says of a field that it has no value.
  static func error(_ text: String, _ field: CSVScanner.Field, _ file: CSVFile) -> FileError {
    func error(_ reason: String) -> FileError { file.error(field, reason) }
    if text.isEmpty { return error("is empty; fill it in, or leave out the line or the column") }
    return error("\(quoted(text)) is no value; fill it in, or leave out the line or the column")
  }
}
