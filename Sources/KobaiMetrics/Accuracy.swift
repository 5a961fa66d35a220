/// The share of correct predictions: of classes, that with the largest output; of several labels, each is predicted where its
/// logit is above 0.
public struct Accuracy: Metric, Codable {
  private var mean = WeightedMean()
  private enum CodingKeys: CodingKey { case mean }

  /// Nothing measured yet.
  public init() {}

  /// What was counted so far, as checkpoints had it before there were metrics.
  package init(correct: Int, of samples: Int) {
    mean = WeightedMean(sum: Double(correct), weight: Double(samples))
  }

  public var name: String { "accuracy" }
  public var unit: MetricUnit { .percent }

  public mutating func start(_ pass: MetricPass) { mean = WeightedMean() }

  public mutating func add(_ batch: borrowing MetricBatch) {
    for sample in 0..<batch.samples {
      let weight = batch.weight(of: sample)
      if batch.classes.isEmpty {
        let size = batch.channels * batch.positions
        for i in sample * size..<(sample + 1) * size {
          mean.add((batch.outputs[i] > 0) == (batch.values[i] > 0.5) ? 1 : 0, weight)
        }
      } else {
        for position in 0..<batch.positions {
          guard let label = batch.label(sample, position) else { continue }
          mean.add(batch.predictedClass(sample, position) == label ? 1 : 0, weight)
        }
      }
    }
  }

  public var value: Double { mean.value }
}

/// The share of samples whose class is among those with the `count` largest outputs; of equal outputs the first classes count.
public struct TopKAccuracy: ResumableMetric, Codable {
  /// How many classes a prediction has.
  public let count: Int
  private var mean = WeightedMean()

  /// The five most likely classes, as for ImageNet, unless another number is given.
  public init(_ count: Int = 5) { self.count = count }

  public var name: String { "top-\(count) accuracy" }
  public var unit: MetricUnit { .percent }

  public mutating func start(_ pass: MetricPass) throws(MetricError) {
    try needClasses(pass)
    mean = WeightedMean()
  }

  package func continues(_ started: TopKAccuracy) -> Bool { count == started.count }

  public mutating func add(_ batch: borrowing MetricBatch) {
    for sample in 0..<batch.samples {
      let weight = batch.weight(of: sample)
      for position in 0..<batch.positions {
        guard let label = batch.label(sample, position) else { continue }
        let own = batch.output(sample, label, position)
        var before = 0  // classes that rank before the label
        for channel in 0..<batch.channels where channel != label {
          let other = batch.output(sample, channel, position)
          // What is no number ranks before all: such an output predicts nothing.
          let isBehind = own > other || (own == other && label < channel)
          if !isBehind { before += 1 }
        }
        mean.add(before < count ? 1 : 0, weight)
      }
    }
  }

  public var value: Double { mean.value }
}

/// A mean of numbers that count differently.
struct WeightedMean: Sendable, Equatable, Codable {
  var sum = 0.0
  var weight = 0.0

  mutating func add(_ value: Double, _ weight: Double) {
    sum += value * weight
    self.weight += weight
  }

  /// The mean; not a number where nothing counts.
  var value: Double { weight > 0 ? sum / weight : .nan }
}
