// The examples of the documentation of tasks and metrics, as they stand there (see Examples.swift).
import Kobai
import KobaiData
import KobaiTraining

struct WithinTenth: Metric {
  var name: String { "within 0.1" }
  var unit: MetricUnit { .percent }
  private var (close, all) = (0.0, 0.0)

  mutating func start(_ pass: MetricPass) { (close, all) = (0, 0) }
  mutating func add(_ batch: borrowing MetricBatch) {
    for i in batch.values.indices {
      let weight = batch.weight(of: i / (batch.channels * batch.positions))
      if abs(batch.outputs[i] - batch.values[i]) <= 0.1 { close += weight }
      all += weight
    }
  }
  var value: Double { close / all }
}

enum TaskExamples {
  static func lastLayer() throws -> Network {
    let task = LearningTask.regression(columns: 2)
    let layers: Sequential = ["hidden": Affine(16), "relu": ReLU(), "out": Affine(task.outputs(for: [4]))]
    return try Network(input: [4], batch: 20, layers)
  }
}
