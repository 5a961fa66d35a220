import Foundation

/// Measures how well a network does on a set of samples, in one number: it adds up batch after batch of outputs and targets.
///
/// A metric is a value; what it has added up so far is part of it. One of your own needs a name and three functions:
///
/// ```swift
/// struct WithinTenth: Metric {
///   var name: String { "within 0.1" }
///   var unit: MetricUnit { .percent }
///   private var (close, all) = (0.0, 0.0)
///
///   mutating func start(_ pass: MetricPass) { (close, all) = (0, 0) }
///   mutating func add(_ batch: borrowing MetricBatch) {
///     for i in batch.values.indices {
///       let weight = batch.weight(of: i / (batch.channels * batch.positions))
///       if abs(batch.outputs[i] - batch.values[i]) <= 0.1 { close += weight }
///       all += weight
///     }
///   }
///   var value: Double { close / all }
/// }
/// ```
///
/// A training that goes on from a checkpoint within an epoch knows what a metric added up before if the metric is `Codable`,
/// as Kobai's are.
public protocol Metric: Sendable {
  /// What it is called, also in files: ``MetricValues/key(of:)``. Metrics of one training have different names.
  var name: String { get }
  /// Whether a larger value is a better one; true unless a metric says otherwise.
  var higherIsBetter: Bool { get }
  /// How its value is written; a number unless a metric says otherwise.
  var unit: MetricUnit { get }

  /// Forgets everything, and makes room for a pass over samples.
  ///
  /// - Throws: ``MetricError`` where it does not measure such targets.
  mutating func start(_ pass: MetricPass) throws(MetricError)
  /// Adds a batch. Where it needs memory for that, ``start(_:)`` takes it: a training step shall allocate nothing.
  mutating func add(_ batch: borrowing MetricBatch)
  /// The value over all that was added; not a number where that is nothing, or says nothing.
  var value: Double { get }
  /// The value of each class, label or column, not a number where it has none; empty where the metric knows only one.
  var valuesByLabel: [Double] { get }
}

/// How a metric's value is written.
public enum MetricUnit: Sendable {
  /// A share of 1, as a percentage: "98.40 %".
  case percent
  /// A number: "0.0493".
  case number
}

/// What a metric is about to see: so many samples with such outputs and targets.
public struct MetricPass: Sendable, Equatable {
  /// The number of samples.
  public var samples: Int
  /// The size of a sample's outputs along their first axis: classes, labels, or columns.
  public var channels: Int
  /// The number of positions at which there are such outputs, such as pixels; 1 where there is nothing but channels.
  public var positions: Int
  /// Whether the targets are classes, one for each position, or numbers, as many as outputs.
  public var hasClasses: Bool

  /// A pass over samples of one shape.
  public init(samples: Int, channels: Int, positions: Int = 1, hasClasses: Bool) {
    (self.samples, self.channels, self.positions, self.hasClasses) = (samples, channels, positions, hasClasses)
  }
}

/// Why a metric cannot measure something.
public struct MetricError: Error, Equatable, CustomStringConvertible {
  /// What the metric is called.
  public let metric: String
  /// What it needs instead.
  public let reason: String
  public var description: String { "\(metric): \(reason)" }

  /// An error of a metric.
  public init(metric: String, reason: String) { (self.metric, self.reason) = (metric, reason) }
}

extension Metric {
  public var higherIsBetter: Bool { true }
  public var unit: MetricUnit { .number }
  public var valuesByLabel: [Double] { [] }

  /// A value of this metric as text: "98.40 %" or "0.0493".
  public func text(_ value: Double) -> String {
    guard unit == .number else { return String(format: "%.2f %%", value * 100) }
    let isUsual = value == 0 || (0.01..<100_000).contains(abs(value)) || !value.isFinite
    return String(format: isUsual ? "%.4f" : "%.3g", value)
  }

  /// Whether one value is better than another; one that is not a number is better than none.
  public func isBetter(_ value: Double, than other: Double) -> Bool {
    higherIsBetter ? value > other : value < other
  }

  /// Refuses targets that are no classes.
  func needClasses(_ pass: MetricPass) throws(MetricError) {
    guard pass.hasClasses else {
      throw MetricError(metric: name, reason: "it measures classes, and the targets are numbers; leave it out")
    }
  }

  /// Refuses targets that are no numbers.
  func needValues(_ pass: MetricPass) throws(MetricError) {
    guard !pass.hasClasses else {
      throw MetricError(metric: name, reason: "it measures numbers, and the targets are classes; leave it out")
    }
  }
}

/// A metric that goes on from a checkpoint within an epoch. What a file says of it may be of another pass.
package protocol ResumableMetric: Metric {
  /// Whether this one, from a file, can go on in the place of one that was started for the pass.
  func continues(_ started: Self) -> Bool
}
