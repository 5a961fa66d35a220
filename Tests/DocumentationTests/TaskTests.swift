import Foundation
import Kobai
import KobaiData
import KobaiKernels
import KobaiTraining
import TestSupport
import Testing

/// The examples of tasks do what they say, and come to what PyTorch comes to with the same network, data, order and rates.
@Suite("Examples of tasks, beside PyTorch")
struct TaskTests {
  /// The numbers of samples as inputs: what shows in which order they are dealt out.
  private struct Numbers: SampleSource {
    let count: Int
    let inputShape = [1]
    let targetFormat = TargetFormat.input

    func loadInputs(_ index: Span<Int32>, into inputs: consuming MutableSpan<Float>, on kernels: Kernels) {
      for i in index.indices { inputs[i] = Float(index[i]) }
    }
  }

  private struct Case: Encodable {
    var batch: Int
    var epochs: Int
    var order: [[Int32]]
    var rates: [Float]
    var loss: String
    var metric: String
    /// The training's samples that are tested with; nil where there is a file of others.
    var test: [Int32]?
  }

  /// Writes a training down for PyTorch, which begins with its network's first weights.
  ///
  /// - Parameters:
  ///   - trainer: the training, which is over.
  ///   - source: the samples to train on.
  ///   - indices: those of them that are trained on; all unless given.
  ///   - test: the samples to test with; those of `source` at `tested` unless given.
  ///   - normalization: of all inputs.
  ///   - batch: samples in a batch.
  private func described(
    _ trainer: Trainer, _ source: any SampleSource, _ indices: [Int32]? = nil, test: (any SampleSource)? = nil,
    tested: [Int32]? = nil, normalization: Normalization = .unit, batch: Int, loss: String, metric: String
  ) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let network = trainer.network
    network.initialize(seed: network.seed)
    try network.save(to: folder / "first.safetensors")
    func write(_ source: any SampleSource, _ name: String) throws {
      let all = Batches(source, batchSize: source.count, normalization: normalization)
      var inputs = [Float](repeating: 0, count: source.count * source.inputShape.reduce(1, *))
      try all.loadInputs(0..<source.count, into: inputs.mutableSpan, on: .default)
      try folder.write(inputs.littleEndianBytes, to: "\(name).inputs")
      switch source.targetFormat {
      case .classes:
        var classes = [Int32](repeating: 0, count: source.count)
        try all.loadClasses(0..<source.count, into: classes.mutableSpan)
        try folder.write(classes.map(Float.init).littleEndianBytes, to: "\(name).targets")
      case .values(let shape):
        var values = [Float](repeating: 0, count: source.count * shape.reduce(1, *))
        try all.loadValues(0..<source.count, into: values.mutableSpan)
        try folder.write(values.littleEndianBytes, to: "\(name).targets")
      case .input: try folder.write(inputs.littleEndianBytes, to: "\(name).targets")
      }
    }
    try write(source, "train")
    if let test { try write(test, "test") }
    let dealt = Batches(Numbers(count: source.count), indices: indices, batchSize: batch, shuffles: true, seed: 1)
    let order = try (0..<trainer.options.epochs).map { epoch in
      dealt.startEpoch(epoch, on: network.kernels)
      var numbers = [Float](repeating: 0, count: dealt.samples)
      try dealt.loadInputs(0..<dealt.samples, into: numbers.mutableSpan, on: .default)
      return numbers.map { Int32($0) }
    }
    let one = Case(
      batch: batch, epochs: trainer.options.epochs, order: order,
      rates: (0..<trainer.stepsPerEpoch * trainer.options.epochs).map(trainer.learningRate), loss: loss, metric: metric,
      test: tested)
    try folder.write([UInt8](try JSONEncoder().encode(one)), to: "case.json")
    return folder
  }

  /// What PyTorch comes to with each of some trainings, all in one process: it takes seconds to start.
  private func pytorch(_ trainings: TemporaryFolder...) throws -> Double { try pytorch(trainings)[0] }

  private func pytorch(_ trainings: [TemporaryFolder]) throws -> [Double] {
    let check = try Interop.run("tasks_check.py", trainings.map(\.path))
    try #require(check.code == 0 && check.lines.count == trainings.count, "\(check.errors)")
    return try check.lines.map { try #require(Double($0)) }
  }

  /// Whether two results differ by at most a twentieth.
  private func expectAlike(_ mine: Double, _ theirs: Double, _ what: String) {
    #expect(abs(mine - theirs) <= 0.05 * theirs, "\(what): \(mine), and PyTorch's \(theirs)")
    print("\(what): \(mine), PyTorch \(theirs)")
  }

  @Test("regression of a sine") func regression() throws {
    let (trainer, curve) = try TaskExamples.regression()
    let network = trainer.network
    let test = Batches(curve, batchSize: 50)
    let evaluation = try Evaluator(network, task: .regression()).evaluate(test)
    let error = try #require(evaluation.metrics["RMSE"])
    #expect(error < 0.1 && (evaluation.metrics["R²"] ?? 0) > 0.98)
    #expect(try TaskExamples.ownMetric(network, test) > 0.4)
    let computed = Batches(TaskExamples.Sine(), indices: [250_000, 750_000], batchSize: 2)
    let distance = try Evaluator(network, task: .regression()).evaluate(computed).metrics["RMSE"]
    #expect(distance.map { $0 < 0.2 } == true)
    guard Interop.python != nil else { return }
    expectAlike(
      error, try pytorch(described(trainer, curve, test: curve, batch: 50, loss: "mse", metric: "rmse")), "sine, RMSE")
  }

  @Test("an autoencoder of digits") func autoencoder() throws {
    let (trainer, train, test) = try TaskExamples.autoencoder()
    let error = try #require(
      Evaluator(trainer.network, task: .reconstruction).evaluate(Batches(test, batchSize: 100)).metrics["MSE"])
    #expect(error < 0.065)
    guard Interop.python != nil else { return }
    expectAlike(
      error, try pytorch(described(trainer, train, test: test, batch: 100, loss: "mse", metric: "mse")),
      "autoencoder, MSE")
  }

  @Test("several labels of digits") func multiLabel() throws {
    let (trainer, evaluation, train, test) = try TaskExamples.multiLabel()
    let score = try #require(evaluation.metrics["macro F1"])
    #expect(score > 0.9 && evaluation.valuesByLabel("AUC").count == 2 && evaluation.confusion == nil)
    guard Interop.python != nil else { return }
    let theirs = try pytorch(described(trainer, train, test: test, batch: 100, loss: "bce", metric: "f1"))
    expectAlike(score, theirs, "labels, macro F1")
  }

  @Test("iris and wine, in five folds", arguments: [("iris", "species"), ("wine", "cultivar")])
  func folds(_ name: String, _ column: String) throws {
    let path = Guide.root.appendingPathComponent("Tests/Interop/\(name).csv").path
    let table = try Table(contentsOf: path, target: .classes(.named(column)))
    let folds = try TaskExamples.folds(table)
    let mean = folds.map(\.accuracy).reduce(0, +) / 5
    #expect(folds.count == 5 && mean > 0.93)
    guard Interop.python != nil else { return }
    let theirs = try pytorch(
      folds.map { result in
        try described(
          result.trainer, table, result.fold.train, tested: result.fold.validation,
          normalization: .learned(from: table, indices: result.fold.train), batch: 16, loss: "cross", metric: "accuracy"
        )
      })
    expectAlike(mean, theirs.reduce(0, +) / 5, "\(name), accuracy")
  }
}
