import Foundation
import Kobai
import KobaiData

/// Metrics that are added up over the batches of a pass.
struct Scores {
  private(set) var metrics: [any Metric]

  init(_ metrics: [any Metric]) { self.metrics = metrics }

  /// Forgets what was added, and makes room for a pass over the source.
  ///
  /// - Throws: ``TrainingError/metric(_:)`` where a metric does not measure its targets.
  mutating func start(_ source: any BatchSource, _ network: Network) throws(TrainingError) {
    let pass = source.pass(network)
    for i in metrics.indices {
      do { try metrics[i].start(pass) } catch { throw .metric(error) }
    }
  }

  /// Adds outputs (batch, channels, …) and their targets.
  mutating func add(_ outputs: Tensor, _ targets: Targets) {
    if metrics.isEmpty { return }
    outputs.withBatch(targets) { batch in
      for i in metrics.indices { metrics[i].add(batch) }
    }
  }

  /// Puts a metric in the place of the one of its name, if there is one.
  mutating func replace(with metric: any Metric) {
    for i in metrics.indices where metrics[i].key == metric.key { metrics[i] = metric }
  }

  var values: MetricValues { MetricValues(metrics) }

  /// What the metrics have added up, for checkpoints, by their keys; of one that is not `Codable` nothing.
  func state() throws -> [String: String] {
    var texts: [String: String] = [:]
    for case let metric as any (Metric & Encodable) in metrics {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      texts[metric.key] = String(decoding: try encoder.encode(metric), as: UTF8.self)
    }
    return texts
  }

  /// Goes on from what ``state()`` gave, in a pass that was started.
  ///
  /// - Throws: `DecodingError` for what cannot be read, or is of another pass.
  mutating func load(_ state: [String: String]) throws {
    func decoded<Value: Metric & Decodable>(_ metric: Value, _ text: String) throws -> any Metric {
      let value = try JSONDecoder().decode(Value.self, from: Data(text.utf8))
      func continues<Resumed: ResumableMetric>(_ resumed: Resumed) -> Bool {
        (metric as? Resumed).map(resumed.continues) ?? false
      }
      if let resumed = value as? any ResumableMetric, !continues(resumed) {
        throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "\(metric.key) is of another pass"))
      }
      return value
    }
    for i in metrics.indices {
      guard let text = state[metrics[i].key], let metric = metrics[i] as? any (Metric & Decodable) else { continue }
      metrics[i] = try decoded(metric, text)
    }
  }
}

extension Tensor {
  /// Shows outputs and their targets to metrics.
  func withBatch(_ targets: Targets, _ body: (borrowing MetricBatch) -> Void) {
    let channels = shape.rank > 1 ? shape[1] : 1
    let positions = shape.element.element.count
    let outputs = span
    let weights = targets.weights
    switch targets.kind {
    case .classes(let labels):
      body(
        MetricBatch(
          channels: channels, positions: positions, outputs: outputs, classes: labels.span, weights: weights.span))
    case .values(let values):
      body(
        MetricBatch(
          channels: channels, positions: positions, outputs: outputs, values: values.span, weights: weights.span))
    }
  }
}
