/// A column of a table: by its name, or by its number from 0 on; −1 is the last one.
///
/// ```swift
/// let columns: [TableColumn] = ["species", 0, -1]
/// ```
public enum TableColumn: Sendable, Equatable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
  /// The column of that name.
  case named(String)
  /// The column of that number, from 0 on, or from −1 on backwards from the last one.
  case numbered(Int)

  public init(stringLiteral name: String) { self = .named(name) }
  public init(integerLiteral number: Int) { self = .numbered(number) }
}

/// What a network should make of a row of a table.
public enum TableTarget: Sendable, Equatable {
  /// The class that the column names.
  case classes(TableColumn)
  /// The numbers in these columns.
  case values([TableColumn])
  /// Any of several labels at once: each column has 1 where the row has its label, else 0.
  case labels([TableColumn])
  /// The row itself, as for an autoencoder.
  case input

  /// The number in the column.
  public static func value(_ column: TableColumn) -> TableTarget { .values([column]) }
}

/// How the text of a table is laid out. What is not said is found out.
public struct TableFormat: Sendable, Equatable {
  /// Whether the first line has the names of the columns; nil finds out: it has where none of its fields is a number.
  public var hasHeader: Bool?
  /// What stands between fields: a comma, a semicolon, a tab or a bar; nil finds out.
  public var separator: Character?

  /// A format, of which all may be left to be found out.
  public init(hasHeader: Bool? = nil, separator: Character? = nil) {
    (self.hasHeader, self.separator) = (hasHeader, separator)
  }
}
