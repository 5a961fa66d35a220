import CMallocCounter
import Foundation
import Kobai
import KobaiData
import KobaiTraining
import TestSupport
import Testing

/// One kind of targets: a source of samples, a network for them, and a loss.
struct TargetCase: Sendable, CustomTestStringConvertible {
  let name: String
  let source: MemorySource
  let layers: Sequential
  let loss: @Sendable () -> any Loss
  var metrics: [any Metric]
  var testDescription: String { name }

  func network(_ batch: Int, threads: Int = 2) throws -> Network {
    try Network(
      input: Shape(source.inputShape), batch: batch, layers, seed: 5, kernels: Kernels(threads: threads))
  }

  func batches(_ size: Int) -> Batches { Batches(source, batchSize: size, shuffles: true, seed: 3) }

  func trainer(
    _ batch: Int, accumulate: Int = 1, threads: Int = 2, epochs: Int = 2, patience: Int? = nil
  ) throws -> Trainer {
    Trainer(
      try network(batch, threads: threads), loss: loss(), optimizer: Adam(learningRate: 0.01), train: batches(batch),
      validation: patience.map { _ in batches(batch) }, metrics: metrics,
      options: .init(epochs: epochs, patience: patience, accumulate: accumulate))
  }

  private static func source(
    _ shape: [Int], _ format: TargetFormat, classes: [Int32] = [], values: Int = 0, weighted: Bool
  ) -> MemorySource {
    var random = TestRandom(9)
    let count = 70
    return MemorySource(
      inputShape: shape, targetFormat: format, inputs: random.floats(count * shape.reduce(1, *)), classes: classes,
      values: random.floats(count * values).map(abs),
      weights: weighted ? (0..<count).map { Float($0 % 4) } : nil)
  }

  /// Each kind of targets, with weights and without.
  static let all: [TargetCase] = [false, true].flatMap { weighted in
    func name(_ name: String) -> String { weighted ? "\(name), weighted" : name }
    let convolution: Sequential = ["conv": Conv2D(filters: 4, kernel: 3, padding: 1)]
    let dense: Sequential = ["hidden": Affine(6), "tanh": Tanh(), "out": Affine(3)]
    let classes = (0..<70 * 20).map { Int32($0 % 7 % 4) }
    return [
      TargetCase(
        name: name("classes"),
        source: source([5], .classes(3), classes: (0..<70).map { Int32($0 % 3) }, weighted: weighted),
        layers: dense, loss: { SoftmaxCrossEntropy() }, metrics: [Accuracy(), ROCAUC()]),
      TargetCase(
        name: name("classes of pixels"),
        source: source([2, 4, 5], .classes(4, shape: [4, 5]), classes: classes, weighted: weighted),
        layers: convolution, loss: { SoftmaxCrossEntropy() }, metrics: [Accuracy(), F1Score()]),
      TargetCase(
        name: name("numbers"), source: source([5], .values(shape: [3]), values: 3, weighted: weighted),
        layers: dense, loss: { MeanSquaredError() }, metrics: [RMSE(), MAE(), R2Score()]),
      TargetCase(
        name: name("labels"), source: source([5], .values(shape: [3]), values: 3, weighted: weighted),
        layers: dense, loss: { BinaryCrossEntropy() }, metrics: [F1Score(.macro), ROCAUC(), LogLoss()]),
      TargetCase(
        name: name("images"), source: source([2, 4, 5], .values(shape: [4, 4, 5]), values: 80, weighted: weighted),
        layers: convolution, loss: { HuberLoss() }, metrics: [MSE()]),
      TargetCase(
        name: name("the input"), source: source([2, 4, 5], .input, weighted: weighted),
        layers: ["code": Affine(8), "relu": ReLU(), "out": Affine(40)], loss: { MeanSquaredError() },
        metrics: [MSE(), MAE()]),
    ]
  }
}

@Suite("Trainings on any samples")
struct AnySourceTests {
  @Test("a network learns them: the loss falls, the metrics are those of the evaluation", arguments: TargetCase.all)
  func learns(_ kind: TargetCase) throws {
    let trainer = try kind.trainer(20, epochs: 40, patience: 40)
    var epochs: [EpochRecord] = []
    let result = try trainer.run { epochs.append($0) }
    #expect(result.samples == 40 * 70 && epochs.count == 40)
    let (first, last) = (try #require(epochs.first), try #require(epochs.last))
    #expect(last.trainLoss < 0.97 * first.trainLoss, "\(first.trainLoss) -> \(last.trainLoss)")
    let evaluation = try Evaluator(trainer.network, loss: kind.loss(), metrics: kind.metrics).evaluate(kind.batches(7))
    for metric in kind.metrics {
      let value = try #require(evaluation.metrics[metric.name])
      let recorded = try #require(last.evaluation?.metrics[metric.name])
      #expect(abs(value - recorded) < 1e-9, "\(metric.name)")
      #expect(last.trainMetrics[metric.name]?.isFinite == true, "\(metric.name)")
    }
    #expect((evaluation.confusion != nil) == (kind.name.hasPrefix("classes")))
    #expect(abs(evaluation.loss - (last.evaluation?.loss ?? 0)) < 1e-6 * evaluation.loss)
  }

  @Test(
    "batches whose gradients are added up train the weights of the larger batch, to the bit", arguments: TargetCase.all)
  func accumulates(_ kind: TargetCase) throws {
    let (whole, parts) = try (kind.trainer(30), kind.trainer(10, accumulate: 3, threads: 3))
    var losses: [[Float]] = [[], []]
    var metrics: [[MetricValues]] = [[], []]
    for (i, trainer) in [whole, parts].enumerated() {
      _ = try trainer.run(onEpoch: { metrics[i].append($0.trainMetrics) }, onStep: { losses[i].append($0.loss) })
    }
    #expect(whole.network.weightsSHA256 == parts.network.weightsSHA256)
    #expect(losses[0] == losses[1] && losses[0].count == 6)
    #expect(metrics[0] == metrics[1])
  }

  @Test("a warmed training step allocates nothing", arguments: TargetCase.all) func allocations(_ kind: TargetCase)
    throws
  {
    try #require(malloc_counter_available() == 1)
    for accumulate in [1, 2] {
      let trainer = try kind.trainer(5, accumulate: accumulate, epochs: 1)
      var counts = [Int](repeating: 0, count: 64)
      _ = try trainer.run(onStep: { counts[$0.index] = malloc_counter() })
      #expect(counts[6] - counts[3] == 0, "\(accumulate)")
    }
  }

  @Test("broken off within an epoch it goes on to the same bits, and to the same metrics", arguments: TargetCase.all)
  func resumes(_ kind: TargetCase) throws {
    let folder = try TemporaryFolder()
    let path = folder / "c.safetensors"
    func records(_ trainer: Trainer, stop: Int? = nil) throws -> [EpochRecord] {
      var records: [EpochRecord] = []
      _ = try trainer.run(
        onEpoch: { record in
          var record = record
          record.seconds = 0
          records.append(record)
        },
        onStep: { step in
          guard step.index + 1 == stop else { return }
          try Checkpoint.write(trainer, to: path)
          trainer.shouldStop = true
        })
      return records
    }
    let whole = try kind.trainer(20, patience: 2)
    let expected = try records(whole)
    for stop in [2, 6] {
      _ = try records(kind.trainer(20, patience: 2), stop: stop)
      let second = try kind.trainer(20, patience: 2)
      try Checkpoint(path).restore(second)
      #expect(try records(second) == Array(expected.suffix(stop < 4 ? 2 : 1)))
      #expect(second.network.weightsSHA256 == whole.network.weightsSHA256)
      #expect(second.progress.bestValue == whole.progress.bestValue)
    }
  }

  @Test("a weight of 2 is that of two such samples, one of 0 of none") func weights() throws {
    let inputs: [Float] = [0.5, -1, 2, 0.25]
    let values: [Float] = [1, 0.5, -1, 3]
    func training(_ index: [Int], _ weights: [Float]?) throws -> (Network, EpochRecord) {
      let source = MemorySource(
        inputShape: [1], targetFormat: .values(shape: [1]), inputs: index.map { inputs[$0] },
        values: index.map { values[$0] }, weights: weights)
      let network = try Network(input: [1], batch: 8, ["line": Affine(1)], seed: 1)
      let batches = Batches(source, batchSize: 8)
      let trainer = Trainer(
        network, task: .regression(), optimizer: SGD(learningRate: 0.1), train: batches, validation: batches,
        options: .init(epochs: 3))
      var last: EpochRecord?
      _ = try trainer.run { last = $0 }
      return (network, try #require(last))
    }
    let (weighted, first) = try training([0, 1, 2, 3], [2, 1, 0, 3])
    let (repeated, second) = try training([0, 0, 1, 3, 3, 3], nil)
    expectClose(
      weighted.parameters.all.flatMap(\.value.elements), repeated.parameters.all.flatMap(\.value.elements).doubles,
      tolerance: 1e-6)
    #expect(abs(first.trainLoss - second.trainLoss) < 1e-6)
    for name in ["RMSE", "MAE", "R²"] {
      let both = (first.evaluation?.metrics[name] ?? .nan, second.evaluation?.metrics[name] ?? 0)
      #expect(abs(both.0 - both.1) < 1e-6, "\(name): \(both)")
    }
    #expect(first.evaluation?.metrics.isEmpty == false)
  }

  @Test("of images the target is the input as it is changed and normalised") func reconstruction() throws {
    let batches = Batches(PicturesAsTargets(images: embedded.test), indices: Array(0..<30), batchSize: 10)
    let identity: Sequential = ["dense": Affine(784)]
    let network = try Network(input: [1, 28, 28], batch: 10, identity, seed: 2)
    var (inputs, targets) = ([Float](), [Float]())
    func keep(_ outputs: Tensor, _ given: Targets) {
      if case .values(let values) = given.kind { targets += values.elements }
    }
    try Evaluator(network, task: .reconstruction).forEachBatch(
      batches, preparing: { inputs += $0.elements }, keep)
    #expect(inputs == targets && inputs.count == 30 * 784)
    let shown = try Evaluator(network, task: .reconstruction).predictedValues(batches) { $0 == 29 }
    #expect(shown.count == 1 && shown[0].targets == Array(inputs.suffix(784)) && shown[0].outputs.count == 784)
  }
}
