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

  struct Sine: SampleSource {
    let count = 1000
    let inputShape = [1]
    let targetFormat = TargetFormat.values(shape: [1])
    func x(_ i: Int32) -> Float { Float(i) / 500 - 1 }

    func loadInputs(_ index: Span<Int32>, into inputs: consuming MutableSpan<Float>, on kernels: Kernels) {
      for i in index.indices { inputs[i] = x(index[i]) }
    }
    func loadValues(_ index: Span<Int32>, into values: consuming MutableSpan<Float>) {
      for i in index.indices { values[i] = sin(3 * x(index[i])) }
    }
  }

  static func regression() throws -> Trainer {
    let layers: Sequential = ["hidden": Affine(32), "tanh": Tanh(), "out": Affine(1)]
    let network = try Network(input: [1], batch: 50, layers, seed: 1)
    let trainer = Trainer(
      network, task: .regression(), optimizer: Adam(learningRate: 0.01),
      train: Batches(Sine(), batchSize: 50, shuffles: true, seed: 1), validation: Batches(Sine(), batchSize: 50),
      options: .init(epochs: 40, schedule: .cosine))
    _ = try trainer.run { print($0.number, $0.trainLoss, $0.evaluation?.metrics["RMSE"] ?? 0) }
    return trainer
  }

  struct Pictures: SampleSource {
    let images: ImageSet
    var count: Int { images.count }
    var inputShape: [Int] { images.inputShape }
    var targetFormat: TargetFormat { .input }

    func loadInputs(_ index: Span<Int32>, into inputs: consuming MutableSpan<Float>, on kernels: Kernels) throws {
      try images.loadInputs(index, into: inputs, on: kernels)
    }
  }

  static func autoencoder() throws -> Trainer {
    let digits = try Dataset.embedded()
    let layers: Sequential = [
      "encode": Affine(64), "relu1": ReLU(), "code": Affine(16),
      "decode": Affine(64), "relu2": ReLU(), "out": Affine(784),
    ]
    let network = try Network(input: [1, 28, 28], batch: 100, layers, seed: 1)
    let trainer = Trainer(
      network, task: .reconstruction, optimizer: Adam(learningRate: 0.003),
      train: Batches(Pictures(images: digits.train), batchSize: 100, shuffles: true, seed: 1),
      validation: Batches(Pictures(images: digits.test), batchSize: 100), options: .init(epochs: 5, patience: 2))
    _ = try trainer.run { print($0.number, $0.evaluation?.metrics["MSE"] ?? 0) }
    return trainer
  }

  struct Properties: SampleSource {
    let images: ImageSet
    let targetFormat = TargetFormat.values(shape: [2])  // odd, above 4
    var count: Int { images.count }
    var inputShape: [Int] { images.inputShape }
    func loadInputs(_ index: Span<Int32>, into inputs: consuming MutableSpan<Float>, on kernels: Kernels) throws {
      try images.loadInputs(index, into: inputs, on: kernels)
    }
    func loadValues(_ index: Span<Int32>, into values: consuming MutableSpan<Float>) {
      let labels = index.indices.map { images.labels[Int(index[$0])] }
      for i in labels.indices { (values[2 * i], values[2 * i + 1]) = (Float(labels[i] % 2), labels[i] > 4 ? 1 : 0) }
    }
  }

  static func multiLabel() throws -> (Trainer, Evaluation) {
    let digits = try Dataset.embedded()
    let test = Batches(Properties(images: digits.test), batchSize: 100)
    let layers: Sequential = ["hidden": Affine(50), "relu": ReLU(), "out": Affine(2)]
    let network = try Network(input: [1, 28, 28], batch: 100, layers, seed: 1)
    let trainer = Trainer(
      network, task: .multiLabel(labels: 2), optimizer: Adam(learningRate: 0.003),
      train: Batches(Properties(images: digits.train), batchSize: 100, shuffles: true, seed: 1), validation: test)
    _ = try trainer.run { print($0.number, $0.evaluation?.metrics["macro F1"] ?? 0) }
    let evaluation = try Evaluator(network, task: .multiLabel(labels: 2)).evaluate(test)
    print(evaluation.valuesByLabel("AUC"))
    return (trainer, evaluation)
  }

  static func ownMetric(_ network: Network, _ test: Batches) throws -> Double {
    let evaluation = try Evaluator(network, loss: MeanSquaredError(), metrics: [RMSE(), WithinTenth()]).evaluate(test)
    return evaluation.metrics["within 0.1"] ?? 0
  }

  /// The accuracy of each of five folds, the columns standardised by those trained on.
  static func folds(_ rows: Rows, classes: Int) throws -> [(trainer: Trainer, accuracy: Double)] {
    try (0..<5).map { fold in
      let indices = (0..<5).map { part in (0..<Int32(rows.count)).filter { Int($0) % 5 == part } }
      let train = indices.indices.filter { $0 != fold }.flatMap { indices[$0] }.sorted()
      let standard = rows.standardized(by: train)
      let network = try Network(
        input: [rows.columns], batch: 16, ["hidden": Affine(16), "relu": ReLU(), "out": Affine(classes)] as Sequential,
        seed: 1)
      let trainer = Trainer(
        network, task: .classification(classes: classes), optimizer: Adam(learningRate: 0.01),
        train: Batches(standard, indices: train, batchSize: 16, shuffles: true, seed: 1),
        validation: Batches(standard, indices: indices[fold], batchSize: 16), options: .init(epochs: 30))
      var accuracy = 0.0
      _ = try trainer.run { accuracy = $0.evaluation?.accuracy ?? 0 }
      return (trainer, accuracy)
    }
  }
}
