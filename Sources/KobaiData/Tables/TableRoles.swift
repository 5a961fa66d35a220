import KobaiFiles

/// What the columns of a table are asked to be, before anything is learned from its rows.
struct TableRoles: Sendable {
  var target: TableTarget
  var inputs: [TableColumn]?
  var ignoring: [TableColumn]
  var categories: [TableColumn]
  var weights: TableColumn?

  /// What one column of a file is.
  enum Role: Equatable {
    case ignored, number, category, label, weight
    /// The column of class names, which are learned like categories.
    case target
    /// An input whose first field says whether it is a number or a category.
    case undecided

    var isText: Bool { self == .category || self == .target }
  }

  /// The role of each column of a file.
  ///
  /// - Throws: `FileError` where a column does not exist, has two uses, or has no name; or where no input is left.
  func resolved(in file: CSVFile) throws(FileError) -> [Role] {
    var roles = [Role?](repeating: nil, count: file.columns.count)
    func claim(_ column: TableColumn, _ role: Role) throws(FileError) {
      let index = try file.index(of: column)
      guard roles[index] == nil else {
        throw FileError(path: file.path, reason: "column \(quoted(file.columns[index])) is given two uses; give it one")
      }
      roles[index] = role
    }
    switch target {
    case .classes(let column): try claim(column, .target)
    case .values(let columns): for column in columns { try claim(column, .number) }
    case .labels(let columns): for column in columns { try claim(column, .label) }
    case .input: break
    }
    if let weights { try claim(weights, .weight) }
    for column in ignoring { try claim(column, .ignored) }
    let texts = Set(try categories.map { column throws(FileError) in try file.index(of: column) })
    func input(_ index: Int) -> Role { texts.contains(index) ? .category : .undecided }
    if let inputs {
      for column in inputs { try claim(column, input(file.index(of: column))) }
    } else {
      for index in roles.indices where roles[index] == nil { roles[index] = input(index) }
    }
    for (index, role) in roles.enumerated() where role == .undecided || role == .category {
      guard !file.columns[index].isEmpty else {
        throw FileError(
          path: file.path, reason: "column number \(index) has no name, as numbers of rows have; ignore it, or name it")
      }
      guard !file.isRepeated(file.columns[index]) else {
        throw FileError(
          path: file.path, reason: "has several columns \(quoted(file.columns[index])); ignore them, or rename them")
      }
    }
    for index in texts where roles[index] != .category {
      throw FileError(path: file.path, reason: "column \(quoted(file.columns[index])) is given two uses; give it one")
    }
    guard roles.contains(where: { $0 == .undecided || $0 == .category }) else {
      throw FileError(path: file.path, reason: "has no column that is an input; name one")
    }
    return roles.map { $0 ?? .ignored }
  }
}
