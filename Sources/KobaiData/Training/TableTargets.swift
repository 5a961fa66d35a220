import KobaiFiles

/// What the target of a table is, where nobody says it.
extension CSVFile {
  /// Whole numbers of at most so many different values are taken for classes.
  static let mostNumberedClasses = 20

  /// The column that is the target unless another is named: one called label, labels, target, class or y, else the last.
  var usualTarget: TableColumn {
    for name in ["label", "labels", "target", "class", "y"] {
      if let index = columns.firstIndex(where: { $0.lowercased() == name }) { return .numbered(index) }
    }
    return .numbered(-1)
  }

  /// The target of some columns as far as their fields say it: a column of texts, or of few different whole numbers, has classes;
  /// several columns of 0 and 1 are labels; all others are numbers.
  ///
  /// - Throws: `FileError` where one of several columns holds texts, or a line is quoted wrongly.
  func target(_ wanted: [TableColumn], _ kind: TargetKind?) throws(FileError) -> TableTarget {
    switch kind {
    case .input: return .input
    case .values: return .values(wanted)
    case .labels: return .labels(wanted)
    case .classes:
      guard wanted.count == 1 else {
        throw FileError(
          path: path, reason: "\(wanted.count) columns are no class; name one column, or take them as labels or numbers"
        )
      }
      return .classes(wanted[0])
    case nil: break
    }
    let looks = try looks(of: wanted)
    if wanted.count == 1 {
      let isClass = !looks[0].isNumber || looks[0].isWhole && looks[0].values.count <= Self.mostNumberedClasses
      return isClass ? .classes(wanted[0]) : .values(wanted)
    }
    for (column, look) in zip(wanted, looks) where !look.isNumber {
      let name = columns[try index(of: column)]
      throw FileError(
        path: path,
        reason: "column \(quoted(name)) holds texts, and is one of several targets; name it alone for its classes")
    }
    return looks.allSatisfy(\.isBinary) ? .labels(wanted) : .values(wanted)
  }

  /// What the fields of a column look like.
  private struct Look {
    var isNumber = true
    var isWhole = true
    var isBinary = true
    var values: Set<String> = []  // some of them, one more at least than decide anything

    mutating func look(at text: String, _ number: Float?) {
      guard let number else {
        isNumber = false
        return
      }
      if number.rounded() != number || number < 0 { isWhole = false }
      if number != 0 && number != 1 { isBinary = false }
      if values.count <= CSVFile.mostNumberedClasses { values.insert(text) }
    }
  }

  private func looks(of wanted: [TableColumn]) throws(FileError) -> [Look] {
    var looks = [Look](repeating: Look(), count: wanted.count)
    var places = [Int?](repeating: nil, count: columns.count)
    for (i, column) in wanted.enumerated() { places[try index(of: column)] = i }
    var scanner = try rows()
    while !scanner.isAtEnd {
      let field = try scanner.next()
      guard field.column <= columns.count, let place = places[field.column - 1] else { continue }
      let text = scanner.text(of: field)
      if MissingValue.isMissing(text) { continue }  // refused later, unless it is a class
      looks[place].look(at: text, DecimalNumber.float(scanner.bytes(of: field)))
    }
    return looks
  }
}
