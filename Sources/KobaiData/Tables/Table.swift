import KobaiFiles
import KobaiKernels

/// The rows of a CSV file as samples.
///
/// Columns of numbers are inputs as they are, those of text as categories, one input for each (one-hot). What is an input, which
/// categories and which classes there are is learned from the rows to train on, and kept in the ``encoding``:
///
/// ```swift
/// let wine = try Table(contentsOf: "wine-train.csv", target: .classes("cultivar"))
/// let test = try Table(contentsOf: "wine-test.csv", encodedAs: wine.encoding)
/// let batches = Batches(wine, batchSize: 16, shuffles: true)
/// ```
///
/// The file is text in UTF-8 (RFC 4180): fields with commas, semicolons, tabs or bars between them, in quotes where they hold such,
/// perhaps a first line with names. Numbers are rounded to the nearest Float. A field that is missing or no number, and a line that
/// is longer or shorter than the first, is refused by its line and column.
public struct Table: SampleSource {
  /// How the rows became numbers.
  public let encoding: TableEncoding
  private let samples: Samples

  /// The rows of a file, and an encoding that is learned from them.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - target: what a network should make of a row.
  ///   - inputs: the columns that are inputs; nil takes all that have no other use.
  ///   - ignoring: columns to leave out.
  ///   - categories: columns whose numbers are names of categories. Columns that begin with text are categories anyway.
  ///   - weights: the column that says what a row counts in the loss.
  ///   - format: how the text is laid out; found out unless it is said.
  ///   - storage: where the numbers go.
  ///   - progress: called now and then with how far the reading is.
  /// - Throws: `FileError` that names the file, and where it is about a field, its line and column.
  public init(
    contentsOf path: String, target: TableTarget, inputs: [TableColumn]? = nil, ignoring: [TableColumn] = [],
    categories: [TableColumn] = [], weights: TableColumn? = nil, format: TableFormat = TableFormat(),
    storage: TableStorage = TableStorage(), progress: (TableProgress) -> Void = { _ in }
  ) throws(FileError) {
    let roles = TableRoles(
      target: target, inputs: inputs, ignoring: ignoring, categories: categories, weights: weights)
    (encoding, samples) = try storage.load(path, .learned(roles), format, progress: progress)
  }

  /// The rows of a file by an encoding that was learned from others. Columns are found by their names.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - encoding: how rows become numbers; `withoutTargets` where the file has none.
  ///   - format: how the text is laid out; found out unless it is said.
  ///   - storage: where the numbers go.
  ///   - progress: called now and then with how far the reading is.
  /// - Throws: `FileError` that names the file, and where it is about a field, its line and column.
  public init(
    contentsOf path: String, encodedAs encoding: TableEncoding, format: TableFormat = TableFormat(),
    storage: TableStorage = TableStorage(), progress: (TableProgress) -> Void = { _ in }
  ) throws(FileError) {
    (self.encoding, samples) = try storage.load(path, .given(encoding), format, progress: progress)
  }

  /// The number of rows.
  public var count: Int { samples.count }
  /// The number of inputs, as a shape.
  public var inputShape: [Int] { samples.inputShape }
  /// What a network should make of a row.
  public var targetFormat: TargetFormat { samples.targetFormat }
  /// Whether rows count differently in the loss.
  public var isWeighted: Bool { samples.isWeighted }

  public func loadInputs(_ index: Span<Int32>, into inputs: consuming MutableSpan<Float>, on kernels: Kernels) throws {
    try samples.loadInputs(index, into: inputs, on: kernels)
  }

  public func loadClasses(_ index: Span<Int32>, into classes: consuming MutableSpan<Int32>) throws {
    try samples.loadClasses(index, into: classes)
  }

  public func loadValues(_ index: Span<Int32>, into values: consuming MutableSpan<Float>) throws {
    try samples.loadValues(index, into: values)
  }

  public func loadWeights(_ index: Span<Int32>, into weights: consuming MutableSpan<Float>) throws {
    try samples.loadWeights(index, into: weights)
  }
}

/// How far the reading of a table is, in bytes. Each table is read twice: to learn what is in it, and to take its numbers.
public struct TableProgress: Sendable, Equatable {
  /// The file.
  public let path: String
  /// The bytes that are done.
  public let bytes: Int
  /// The bytes that there are to do: twice the size of the file.
  public let total: Int
}
