import Kobai
import KobaiData
import KobaiFiles

// What becomes of tables: their rows are encoded as those were that the network was trained on.
extension Model {
  /// What the model makes of each row of a CSV file. The columns that are inputs are found by their names; others, such as one of
  /// targets, do not count.
  ///
  /// - Parameter path: the path of the file.
  /// - Throws: `FileError` where the model was not trained on a table, and where the file lacks a column, or a row has a category
  ///   that was not learned: by line and column.
  public func predict(table path: String) throws -> [Prediction] {
    guard let encoding = card.encoding else {
      throw FileError(
        path: path,
        reason:
          "is taken for a table, but the network was trained on none: its inputs are \(card.input) without columns' names"
      )
    }
    let table = try Table(contentsOf: path, encodedAs: encoding.withoutTargets)
    let batches = Batches(table, batchSize: 1024, normalization: card.normalization ?? .unit)
    batches.startEpoch(0, on: network.kernels)
    var found: [Prediction] = []
    found.reserveCapacity(table.count)
    for i in 0..<batches.count {
      let rows = batches.positions(of: i)
      var inputs = [Float](repeating: 0, count: rows.count * encoding.width)
      try batches.loadInputs(rows, into: inputs.mutableSpan, on: network.kernels)
      found += try predictions(prepared: inputs)
    }
    return found
  }
}
