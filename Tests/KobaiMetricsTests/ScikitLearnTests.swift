import Foundation
import KobaiMetrics
import TestSupport
import Testing

@Suite("Metrics beside scikit-learn's")
struct ScikitLearnTests {
  private struct Case: Encodable {
    var name: String
    var channels: Int
    var outputs: [Float]
    var classes: [Int32]?
    var values: [Float]?
    var weights: [Float]?
    var results: [String: Double] = [:]
  }

  /// Random outputs with ties, and the targets of a task.
  private func cases() throws -> [Case] {
    var random = TestRandom(17)
    var cases: [Case] = []
    for (samples, channels) in [(40, 2), (150, 3), (60, 10)] {
      for weighted in [false, true] {
        let rounded = random.floats(samples * channels).map { ($0 * 8).rounded() / 4 }
        let weights = weighted ? (0..<samples).map { Float($0 % 5) / 2 } : nil
        let name = "\(samples) of \(channels)\(weighted ? ", weighted" : "")"
        // Outputs of classes have no ties, for scikit-learn's order of equal ones is another.
        var classes = Case(
          name: "classes \(name)", channels: channels, outputs: random.floats(samples * channels).map { $0 * 3 },
          classes: (0..<samples).map { _ in Int32(random.index(below: channels)) }, weights: weights)
        try measure(&classes, [Accuracy(), LogLoss(), ROCAUC(), TopKAccuracy(2), TopKAccuracy(3)] + scores)
        var labels = Case(
          name: "labels \(name)", channels: channels, outputs: rounded,
          values: (0..<samples * channels).map { $0 < channels ? 1 : Float(random.index(below: 2)) }, weights: weights)
        try measure(&labels, [ROCAUC(), LogLoss(), Accuracy()] + scores)
        var numbers = Case(
          name: "numbers \(name)", channels: channels, outputs: random.floats(samples * channels),
          values: random.floats(samples * channels).map { 3 + $0 }, weights: weights)
        try measure(&numbers, [MSE(), RMSE(), MAE(), R2Score()])
        cases += [classes, labels, numbers]
      }
    }
    return cases
  }

  private let scores: [any Metric] = [
    F1Score(), F1Score(.micro), PrecisionScore(), PrecisionScore(.micro), RecallScore(), RecallScore(.micro),
  ]

  private func measure(_ one: inout Case, _ metrics: [any Metric]) throws {
    for metric in metrics {
      if let classes = one.classes {
        one.results[metric.name] = try metric.value(
          one.outputs, classes: classes, weights: one.weights, channels: one.channels)
      } else {
        one.results[metric.name] = try metric.value(
          one.outputs, values: one.values ?? [], weights: one.weights, channels: one.channels)
      }
    }
  }

  @Test(
    "every metric of every task agrees, with weights and without",
    .enabled(if: Interop.python != nil, "set KOBAI_PYTHON to a Python with scikit-learn"))
  func agree() throws {
    let cases = try cases()
    let folder = try TemporaryFolder()
    try folder.write([UInt8](try JSONEncoder().encode(cases)), to: "cases.json")
    let check = try Interop.run("metrics_check.py", [folder / "cases.json"])
    #expect(check.code == 0, "\(check.output)\(check.errors)")
    #expect(check.output == "\(cases.reduce(0) { $0 + $1.results.count }) metrics agree\n")
  }
}
