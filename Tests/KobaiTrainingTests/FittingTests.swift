import Kobai
import KobaiData
import KobaiTraining
import Testing

@Suite("What does not fit is said before the first step")
struct FittingTests {
  private func source(_ shape: [Int], _ format: TargetFormat) -> MemorySource {
    MemorySource(
      inputShape: shape, targetFormat: format, inputs: [Float](repeating: 0, count: 4 * shape.reduce(1, *)),
      classes: [Int32](repeating: 0, count: 400), values: [Float](repeating: 0, count: 400))
  }

  /// The error of a training and of an evaluation, which are the same; no step is taken.
  private func message(
    _ source: MemorySource, _ input: Shape, _ layers: Sequential, _ loss: any Loss, _ metrics: [any Metric]? = nil
  ) throws -> String? {
    let network = try Network(input: input, batch: 4, layers)
    let batches = Batches(source, batchSize: 2)
    let trainer = Trainer(network, loss: loss, optimizer: SGD(), train: batches, metrics: metrics)
    let first = #expect(throws: TrainingError.self) { try trainer.run() }
    let second = #expect(throws: TrainingError.self) {
      try Evaluator(network, loss: loss, metrics: metrics).evaluate(batches)
    }
    #expect(first == second && trainer.progress.step == 0)
    return first?.description
  }

  @Test("inputs, targets, loss and metrics, with both shapes and the way out") func errors() throws {
    let ten: Sequential = ["out": Affine(10)]
    let one: Sequential = ["out": Affine(1)]
    let pixels: Sequential = ["out": Conv2D(filters: 3, kernel: 3, padding: 1)]
    let cross = SoftmaxCrossEntropy()
    let squares = MeanSquaredError()
    #expect(
      try message(source([3, 8, 8], .classes(10)), [1, 8, 8], ten, cross)
        == "inputs of 3×8×8 do not fit a network that takes 1×8×8; build it with input: [3, 8, 8]")
    #expect(
      try message(source([3], .classes(12)), [3], ten, cross)
        == "targets of 12 classes do not fit outputs of 10; let the last layer have outputs of 12")
    #expect(
      try message(source([3, 4, 5], .classes(3)), [3, 4, 5], pixels, cross)
        == "targets of 3 classes do not fit outputs of 3×4×5; let the last layer have outputs of 3")
    #expect(
      try message(source([3, 4, 5], .classes(3, shape: [2, 5])), [3, 4, 5], pixels, cross)
        == "targets of 3 classes at 2×5 positions do not fit outputs of 3×4×5; let the last layer have outputs of 3×2×5"
    )
    #expect(
      try message(source([3], .values(shape: [2])), [3], one, squares)
        == "targets of 2 numbers do not fit outputs of 1; let the last layer have outputs of 2")
    #expect(
      try message(source([3], .values(shape: [2, 2])), [3], one, squares)
        == "targets of 2×2 numbers do not fit outputs of 1; let the last layer have outputs of 2×2")
    #expect(
      try message(source([3], .input), [3], one, squares)
        == "targets of the input itself do not fit outputs of 1; let the last layer have outputs of 3")
    #expect(
      try message(source([3], .classes(1)), [3], one, squares)
        == "mean squared error: outputs of 1×1 need values of 1×1, not classes of 1; the targets are 1 class, which SoftmaxCrossEntropy takes"
    )
    #expect(
      try message(source([3], .classes(4)), [3], ten, cross, [Accuracy(), RMSE()])
        == "RMSE: it measures numbers, and the targets are classes; leave it out")
    #expect(
      try message(source([3], .values(shape: [10])), [3], ten, squares, [TopKAccuracy(3)])
        == "top-3 accuracy: it measures classes, and the targets are numbers; leave it out")
    #expect(
      try message(source([3], .classes(4)), [3], ten, cross, [F1Score(.label(10))])
        == "F1 of label 10: there are 10 labels, from 0 on")
    let empty = MemorySource(inputShape: [3], targetFormat: .classes(1), inputs: [])
    #expect(try message(empty, [3], ten, cross) == "there are no samples: the source is empty")
  }

  @Test("samples to validate on are looked at before the training, too") func validation() throws {
    let network = try Network(input: [3], batch: 4, ["out": Affine(1)])
    func batches(_ format: TargetFormat) -> Batches { Batches(source([3], format), batchSize: 2) }
    let trainer = Trainer(
      network, task: .regression(), optimizer: SGD(), train: batches(.values(shape: [1])),
      validation: batches(.values(shape: [2])))
    #expect(throws: TrainingError.targets(.values(shape: [2]), inputs: [3], network: [1])) { try trainer.run() }
    #expect(trainer.progress.step == 0)
  }

  @Test("a task says what its targets are") func tasks() throws {
    func message(_ task: LearningTask, _ format: TargetFormat) throws -> String? {
      let network = try Network(input: [3], batch: 4, ["out": Affine(task.outputs(for: [3]))])
      let trainer = Trainer(
        network, task: task, optimizer: SGD(), train: Batches(source([3], format), batchSize: 2))
      return #expect(throws: TrainingError.self) { try trainer.run() }?.description
    }
    #expect(
      try message(.regression(), .classes(1))
        == "a regression of 1 column needs numbers as targets, not 1 class; classification would fit them")
    #expect(
      try message(.classification(classes: 2), .values(shape: [2]))
        == "a classification of 2 classes needs classes as targets, not 2 numbers; regression would fit them")
    #expect(
      try message(.multiLabel(labels: 3), .input)
        == "a multi-label classification of 3 labels needs numbers as targets, not the input itself; reconstruction would fit them"
    )
    #expect(
      try message(.reconstruction, .classes(3))
        == "a reconstruction of the input needs the inputs as targets, not 3 classes; classification would fit them")
  }

  @Test("predictions are of one class a sample, or of numbers") func predictions() throws {
    let pixels = try Network(input: [3, 4, 5], batch: 4, ["out": Conv2D(filters: 3, kernel: 1)])
    let segmented = Batches(source([3, 4, 5], .classes(3, shape: [4, 5])), batchSize: 2)
    let evaluator = Evaluator(pixels, loss: SoftmaxCrossEntropy())
    #expect(throws: TrainingError.positions([3, 4, 5])) { try evaluator.predictions(segmented) }
    #expect(
      "\(TrainingError.positions([3, 4, 5]))"
        == "outputs of 3×4×5 have a class at each of 20 positions, and not one a sample; use forEachBatch")
    #expect(throws: TrainingError.task(.regression(columns: 60), .classes(3, shape: [4, 5]))) {
      try evaluator.predictedValues(segmented)
    }
    let numbers = Batches(source([3, 4, 5], .input), batchSize: 2)
    #expect(throws: TrainingError.task(.classification(classes: 60), .input)) { try evaluator.predictions(numbers) }
  }
}
