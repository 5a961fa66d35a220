// The examples of the documentation of tasks and metrics, as they stand there (see Examples.swift).
import Foundation
import Kobai
import KobaiData
import KobaiKernels
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

  static func regression() throws -> (Trainer, Samples) {
    let x = (0..<1000).map { Double($0) / 500 - 1 }
    let curve = Samples(inputs: x.map { [$0] }, targets: x.map { sin(3 * $0) })
    let layers: Sequential = ["hidden": Affine(32), "tanh": Tanh(), "out": Affine(1)]
    let network = try Network(input: [1], batch: 50, layers, seed: 1)
    let trainer = Trainer(
      network, task: .regression(), optimizer: Adam(learningRate: 0.01),
      train: Batches(curve, batchSize: 50, shuffles: true, seed: 1), validation: Batches(curve, batchSize: 50),
      options: .init(epochs: 40, schedule: .cosine))
    try trainer.run { print($0.number, $0.trainLoss, $0.evaluation?.metrics["RMSE"] ?? 0) }
    return (trainer, curve)
  }

  static func autoencoder() throws -> (Trainer, train: any SampleSource, test: any SampleSource) {
    let digits = try Dataset.embedded()
    let layers: Sequential = [
      "encode": Affine(64), "relu1": ReLU(), "code": Affine(16),
      "decode": Affine(64), "relu2": ReLU(), "out": Affine(784),
    ]
    let network = try Network(input: [1, 28, 28], batch: 100, layers, seed: 1)
    let train = digits.train.replacingTargets(with: .input)
    let test = digits.test.replacingTargets(with: .input)
    let trainer = Trainer(
      network, task: .reconstruction, optimizer: Adam(learningRate: 0.003),
      train: Batches(train, batchSize: 100, shuffles: true, seed: 1), validation: Batches(test, batchSize: 100),
      options: .init(epochs: 5, patience: 2))
    try trainer.run { print($0.number, $0.evaluation?.metrics["MSE"] ?? 0) }
    return (trainer, train, test)
  }

  static func multiLabel() throws -> (Trainer, Evaluation, train: any SampleSource, test: any SampleSource) {
    let digits = try Dataset.embedded()
    func properties(_ images: ImageSet) -> RetargetedSamples {
      images.replacingTargets(with: .values(images.labels.flatMap { [Float($0 % 2), $0 > 4 ? 1 : 0] }, shape: [2]))
    }
    let test = Batches(properties(digits.test), batchSize: 100)
    let layers: Sequential = ["hidden": Affine(50), "relu": ReLU(), "out": Affine(2)]
    let network = try Network(input: [1, 28, 28], batch: 100, layers, seed: 1)
    let trainer = Trainer(
      network, task: .multiLabel(labels: 2), optimizer: Adam(learningRate: 0.003),
      train: Batches(properties(digits.train), batchSize: 100, shuffles: true, seed: 1), validation: test)
    try trainer.run { print($0.number, $0.evaluation?.metrics["macro F1"] ?? 0) }
    let evaluation = try Evaluator(network, task: .multiLabel(labels: 2)).evaluate(test)
    print(evaluation.valuesByLabel("AUC"))
    return (trainer, evaluation, properties(digits.train), properties(digits.test))
  }

  static func ownMetric(_ network: Network, _ test: Batches) throws -> Double {
    let evaluation = try Evaluator(network, loss: MeanSquaredError(), metrics: [RMSE(), WithinTenth()]).evaluate(test)
    return evaluation.metrics["within 0.1"] ?? 0
  }

  /// The accuracy of each of five folds, the columns standardised by those trained on.
  static func folds(_ table: Table) throws -> [(trainer: Trainer, fold: Fold, accuracy: Double)] {
    try table.stratifiedFolds(5, seed: 1).map { fold in
      let normalization = try Normalization.learned(from: table, indices: fold.train)
      func batches(_ indices: [Int32], shuffles: Bool = false) -> Batches {
        Batches(table, indices: indices, batchSize: 16, shuffles: shuffles, normalization: normalization, seed: 1)
      }
      let layers: Sequential = ["hidden": Affine(16), "relu": ReLU(), "out": Affine(3)]
      let network = try Network(input: [table.encoding.width], batch: 16, layers, seed: 1)
      let task = LearningTask(table.targetFormat)
      let trainer = Trainer(
        network, task: task, optimizer: Adam(learningRate: 0.01), train: batches(fold.train, shuffles: true),
        options: .init(epochs: 30))
      try trainer.run()
      return (trainer, fold, try Evaluator(network, task: task).evaluate(batches(fold.validation)).accuracy)
    }
  }

  struct Sine: SampleSource {
    let count = 1_000_000
    let inputShape = [1]
    let targetFormat = TargetFormat.values(shape: [1])
    func x(_ i: Int32) -> Float { Float(i) / 500_000 - 1 }

    func loadInputs(_ index: Span<Int32>, into inputs: consuming MutableSpan<Float>, on kernels: Kernels) {
      for i in index.indices { inputs[i] = x(index[i]) }
    }
    func loadValues(_ index: Span<Int32>, into values: consuming MutableSpan<Float>) {
      for i in index.indices { values[i] = sin(3 * x(index[i])) }
    }
  }
}
