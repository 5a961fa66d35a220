import Foundation

/// The mean of −log p for the probability p that the outputs, taken as logits, give the class; of several labels, the mean over
/// samples and labels of that for each label being there or not.
public struct LogLoss: Metric, Codable {
  private var mean = WeightedMean()
  private enum CodingKeys: CodingKey { case mean }

  /// Nothing measured yet.
  public init() {}

  public var name: String { "log loss" }
  public var higherIsBetter: Bool { false }

  public mutating func start(_ pass: MetricPass) { mean = WeightedMean() }

  public mutating func add(_ batch: borrowing MetricBatch) {
    for sample in 0..<batch.samples {
      let weight = batch.weight(of: sample)
      if batch.classes.isEmpty {
        let size = batch.channels * batch.positions
        for i in sample * size..<(sample + 1) * size {
          let (x, t) = (Double(batch.outputs[i]), Double(batch.values[i]))
          mean.add(max(x, 0) - x * t + log1p(exp(-abs(x))), weight)
        }
      } else {
        for position in 0..<batch.positions {
          guard let label = batch.label(sample, position) else { continue }
          let largest = Double(batch.output(sample, batch.predictedClass(sample, position), position))
          var sum = 0.0
          for channel in 0..<batch.channels { sum += exp(Double(batch.output(sample, channel, position)) - largest) }
          mean.add(log(sum) + largest - Double(batch.output(sample, label, position)), weight)
        }
      }
    }
  }

  public var value: Double { mean.value }
}
