/// How rows of a table become numbers, learned from those to train on: which columns are inputs, which categories and classes
/// there are. Other rows, to test on or to predict for, are encoded by the same; so it belongs to what a network has learned, and
/// can be kept as JSON.
public struct TableEncoding: Sendable, Equatable, Codable {
  /// A column that is an input.
  public struct Column: Sendable, Equatable, Codable {
    /// What the column is called.
    public let name: String
    /// The categories that its texts name, each of which is an input that is 1 in its rows, else 0 (one-hot); nil for a
    /// column of numbers.
    public let categories: [String]?

    /// How many inputs it becomes.
    public var width: Int { categories?.count ?? 1 }
  }

  /// What a network should make of a row.
  public enum Target: Sendable, Equatable, Codable {
    /// The class that the column names, out of these.
    case classes(column: String, names: [String])
    /// The numbers in these columns.
    case values(columns: [String])
    /// Any of several labels at once, a column for each.
    case labels(columns: [String])
    /// The row itself.
    case input
  }

  /// The columns that are inputs, in order.
  public let inputs: [Column]
  /// What a network should make of a row.
  public let target: Target
  /// The column that says what a row counts in the loss, if there is one.
  public let weights: String?

  /// How many numbers an input has.
  public var width: Int { inputs.reduce(0) { $0 + $1.width } }

  /// What the numbers of an input are: "age", "colour=red", "colour=blue".
  public var inputNames: [String] {
    inputs.flatMap { column in column.categories?.map { "\(column.name)=\($0)" } ?? [column.name] }
  }

  /// The names of the classes, or of the labels; nil where targets are neither.
  public var classNames: ClassNames? {
    switch target {
    case .classes(_, let names), .labels(let names): try? ClassNames(names)
    case .values, .input: nil
    }
  }

  /// The same rows without their targets and weights, as where predictions are wanted.
  public var withoutTargets: TableEncoding { TableEncoding(inputs: inputs, target: .input, weights: nil) }

  /// What samples say that their targets are.
  var targetFormat: TargetFormat {
    switch target {
    case .classes(_, let names): .classes(names.count)
    case .values(let columns), .labels(let columns): .values(shape: [columns.count])
    case .input: .input
    }
  }

  /// How many words of four bytes a row's targets take.
  var targetWidth: Int {
    switch target {
    case .classes: 1
    case .values(let columns), .labels(let columns): columns.count
    case .input: 0
    }
  }

  /// How many words of four bytes a row takes: inputs, targets, weight.
  var rowWords: Int { width + targetWidth + (weights == nil ? 0 : 1) }
}
