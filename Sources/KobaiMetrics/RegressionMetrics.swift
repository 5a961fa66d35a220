import Foundation

/// The mean of the squared differences between outputs and targets, over all elements.
public struct MSE: Metric, Codable {
  private var mean = WeightedMean()
  private enum CodingKeys: CodingKey { case mean }

  /// Nothing measured yet.
  public init() {}

  public var name: String { "MSE" }
  public var higherIsBetter: Bool { false }

  public mutating func start(_ pass: MetricPass) throws(MetricError) {
    try needValues(pass)
    mean = WeightedMean()
  }

  public mutating func add(_ batch: borrowing MetricBatch) { mean.addDifferences(of: batch) { $0 * $0 } }

  public var value: Double { mean.value }
}

/// The square root of the mean of the squared differences between outputs and targets, over all elements: an error in the
/// targets' own unit.
public struct RMSE: Metric, Codable {
  private var mean = WeightedMean()
  private enum CodingKeys: CodingKey { case mean }

  /// Nothing measured yet.
  public init() {}

  public var name: String { "RMSE" }
  public var higherIsBetter: Bool { false }

  public mutating func start(_ pass: MetricPass) throws(MetricError) {
    try needValues(pass)
    mean = WeightedMean()
  }

  public mutating func add(_ batch: borrowing MetricBatch) { mean.addDifferences(of: batch) { $0 * $0 } }

  public var value: Double { mean.value.squareRoot() }
}

/// The mean of the differences between outputs and targets, signs left out, over all elements.
public struct MAE: Metric, Codable {
  private var mean = WeightedMean()
  private enum CodingKeys: CodingKey { case mean }

  /// Nothing measured yet.
  public init() {}

  public var name: String { "MAE" }
  public var higherIsBetter: Bool { false }

  public mutating func start(_ pass: MetricPass) throws(MetricError) {
    try needValues(pass)
    mean = WeightedMean()
  }

  public mutating func add(_ batch: borrowing MetricBatch) { mean.addDifferences(of: batch, abs) }

  public var value: Double { mean.value }
}

extension WeightedMean {
  /// Adds a function of each difference between an output and its target.
  fileprivate mutating func addDifferences(of batch: borrowing MetricBatch, _ function: (Double) -> Double) {
    let size = batch.channels * batch.positions
    for sample in 0..<batch.samples {
      let weight = batch.weight(of: sample)
      for i in sample * size..<(sample + 1) * size {
        add(function(Double(batch.outputs[i]) - Double(batch.values[i])), weight)
      }
    }
  }
}

/// How much of the targets' variance the outputs explain: 1 is all of it, 0 as much as their mean would, and less than 0 is
/// worse than that (the coefficient of determination). Of several columns, the mean of theirs.
///
/// A column of equal targets has 1 where the outputs are the same, and else 0, as in scikit-learn.
public struct R2Score: ResumableMetric, Codable {
  private struct Column: Sendable, Codable {
    var weight = 0.0
    var mean = 0.0
    /// The sum of the squared differences from the mean: added up as Welford does, so that a large mean costs no digits.
    var variation = 0.0
    var residual = 0.0
  }
  private var columns: [Column] = []
  private enum CodingKeys: CodingKey { case columns }

  /// Nothing measured yet.
  public init() {}

  public var name: String { "R²" }

  public mutating func start(_ pass: MetricPass) throws(MetricError) {
    try needValues(pass)
    columns = [Column](repeating: Column(), count: pass.channels * pass.positions)
  }

  package func continues(_ started: R2Score) -> Bool { columns.count == started.columns.count }

  public mutating func add(_ batch: borrowing MetricBatch) {
    for sample in 0..<batch.samples {
      let weight = batch.weight(of: sample)
      guard weight > 0 else { continue }
      for i in columns.indices {
        let (output, target) = (
          Double(batch.outputs[sample * columns.count + i]), Double(batch.values[sample * columns.count + i])
        )
        columns[i].weight += weight
        let difference = target - columns[i].mean
        columns[i].mean += difference * weight / columns[i].weight
        columns[i].variation += weight * difference * (target - columns[i].mean)
        columns[i].residual += weight * (target - output) * (target - output)
      }
    }
  }

  public var valuesByLabel: [Double] {
    columns.map { column in
      guard column.weight > 0 else { return .nan }
      guard column.variation > 0 else { return column.residual == 0 ? 1 : 0 }
      return 1 - column.residual / column.variation
    }
  }

  public var value: Double {
    let all = valuesByLabel
    return all.isEmpty ? .nan : all.reduce(0, +) / Double(all.count)
  }
}
