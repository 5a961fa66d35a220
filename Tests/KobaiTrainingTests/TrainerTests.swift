import CMallocCounter
import Kobai
import KobaiData
import KobaiTraining
import TestSupport
import Testing

@Suite struct TrainerTests {
  @Test func learnsAndReports() throws {
    let test = Batches(embedded.test, batchSize: 20)
    let trainer = try SmallTraining(
      images: 1000, epochs: 3, optimizer: Adam(learningRate: 0.003), validation: test
    ).trainer()
    var (steps, epochs) = ([Trainer.Step](), [EpochRecord]())
    let result = try trainer.run(onEpoch: { epochs.append($0) }, onStep: { steps.append($0) })
    #expect(result.ending == .finished && result.epochs == 3 && result.steps == 150 && result.samples == 3000)
    #expect(steps.map(\.index) == Array(0..<150))
    #expect(steps.last?.epoch == 2 && steps.last?.stepsPerEpoch == 50 && steps.last?.totalSteps == 150)
    #expect(epochs.map(\.number) == [1, 2, 3])
    #expect(epochs.allSatisfy { $0.samples == 1000 && $0.seconds > 0 })
    let accuracies = epochs.compactMap { $0.evaluation?.accuracy }
    #expect(accuracies.count == 3 && (accuracies.last ?? 0) > 0.85, "\(accuracies)")
    #expect((epochs.last?.trainLoss ?? 9) < (epochs.first?.trainLoss ?? 0))
    #expect((epochs.last?.trainAccuracy ?? 0) > 0.85)
  }

  @Test func lastBatchesMayBeSmaller() throws {
    let trainer = try SmallTraining(batch: 30, images: 100).trainer()
    var (images, losses, epochs) = ([Int](), [Float](), [EpochRecord]())
    _ = try trainer.run(
      onEpoch: { epochs.append($0) },
      onStep: {
        images.append($0.samples)
        losses.append($0.loss)
      })
    #expect(images == [30, 30, 30, 10])
    // The mean over all samples, of which the last batch has fewer.
    let mean = zip(images, losses).reduce(0) { $0 + Double($1.0) * Double($1.1) } / 100
    let loss = try #require(epochs.first).trainLoss
    #expect(abs(loss - mean) < 1e-6)
    let alike = losses.reduce(0) { $0 + Double($1) } / 4
    #expect(abs(loss - alike) > 1e-4, "else it would be no test")
  }

  @Test func followsTheSchedule() throws {
    let trainer = try SmallTraining(images: 100, epochs: 2, optimizer: SGD(learningRate: 1e-3), schedule: .cosine)
      .trainer()
    var rates: [Float] = []
    _ = try trainer.run(onStep: { rates.append($0.learningRate) })
    #expect(rates == (0..<10).map { Schedule.cosine.rate(1e-3, step: $0, perEpoch: 5, total: 10) })
    #expect(trainer.optimizer.learningRate == rates.last)
  }

  @Test("a schedule may be any function; the rate that was used is reported") func followsAFunction() throws {
    let halving = Schedule.custom { $0.highest / Float(1 << ($0.step / $0.stepsPerEpoch)) }
    let trainer = try SmallTraining(
      images: 100, epochs: 3, optimizer: SGD(learningRate: 1), schedule: halving, warmupSteps: 2
    ).trainer()
    var (rates, ofEpochs) = ([Float](), [Float]())
    _ = try trainer.run(onEpoch: { ofEpochs.append($0.learningRate) }, onStep: { rates.append($0.learningRate) })
    let expected: [Float] = [0.5, 1, 1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25]
    #expect(rates == expected)
    #expect(ofEpochs == [1, 0.5, 0.25] && trainer.optimizer.learningRate == 0.25)
    #expect((0..<15).map(trainer.learningRate) == rates)
    #expect(halving.dependsOnLength)
  }

  /// Batches of 20 against one of 100, with a shorter last one in an epoch.
  @Test("batches whose gradients are added up train the weights of the larger batch, to the bit") func accumulates()
    throws
  {
    struct Training {
      var architecture: any Architecture = SimpleConvNet(filters: 4, hidden: 20)
      var loss: () -> any Loss = { SoftmaxCrossEntropy() }
      var optimizer: any Optimizer = Adam()

      func run(_ batch: Int, _ accumulate: Int, threads: Int = 2) throws -> (digest: String, steps: [Trainer.Step]) {
        let network = try Network(
          input: [1, 28, 28], batch: batch, architecture, seed: 4, kernels: Kernels(threads: threads))
        let trainer = Trainer(
          network, loss: loss(), optimizer: optimizer,
          train: Batches(
            embedded.train, indices: Array(0..<390), batchSize: batch, shuffles: true, augmentation: Augmentation(),
            seed: 4),
          options: .init(
            epochs: 2, schedule: .cosine, warmupSteps: 3, accumulate: accumulate, clipping: .norm(0.8),
            averageDecay: 0.9))
        var steps: [Trainer.Step] = []
        _ = try trainer.run(onStep: { steps.append($0) })
        #expect(trainer.stepsPerEpoch == 4)
        return (network.weightsSHA256, steps)
      }
    }
    let trainings = [
      Training(), Training(loss: { SumOfSquares() }, optimizer: Momentum(learningRate: 0.05)),
      Training(
        loss: { SoftmaxCrossEntropy(classWeights: [1, 2, 3, 4, 5, 1, 2, 3, 4, 5]) }, optimizer: Muon()),
      Training(architecture: DeepConvNet(hidden: 12)),
      Training(architecture: MultiLayerNet(hidden: [30], dropout: 0.2)),
    ]
    for training in trainings {
      let (whole, wholeSteps) = try training.run(100, 1)
      let (parts, partSteps) = try training.run(20, 5)
      #expect(parts == whole, "\(training.architecture)")
      #expect(partSteps.map(\.samples) == [100, 100, 100, 90, 100, 100, 100, 90])
      #expect(partSteps.map(\.index) == Array(0..<8) && partSteps[7].totalSteps == 8)
      #expect(partSteps.map(\.loss) == wholeSteps.map(\.loss))
      #expect(partSteps.map(\.learningRate) == wholeSteps.map(\.learningRate))
      #expect(try training.run(20, 5, threads: 3).digest == whole)
    }
  }

  @Test func stopsWhenAsked() throws {
    let trainer = try SmallTraining(images: 400, epochs: 5).trainer()
    var epochs = 0
    let result = try trainer.run(onEpoch: { _ in epochs += 1 }, onStep: { trainer.shouldStop = $0.index == 26 })
    #expect(result.ending == .stopped && result.steps == 27 && result.epochs == 1 && result.samples == 540)
    #expect(epochs == 1)
  }

  @Test("observers are told in their order, and any of them may stop the training, also after an epoch")
  func observers() throws {
    final class Recorder: TrainingObserver {
      var told: [String] = []
      func trainingStarted(_ trainer: Trainer) { told.append("start") }
      func epochEnded(_ epoch: EpochRecord, _ trainer: Trainer) {
        told.append("epoch \(epoch.number), \(trainer.progress.step) steps, stops: \(trainer.shouldStop)")
      }
    }
    struct Stopper: TrainingObserver {
      func epochEnded(_ epoch: EpochRecord, _ trainer: Trainer) { trainer.shouldStop = epoch.number == 2 }
    }
    let recorder = Recorder()
    let trainer = try SmallTraining(images: 40, epochs: 5).trainer()
    #expect(try trainer.run(observers: [Stopper(), recorder]).ending == .stopped)
    #expect(recorder.told == ["start", "epoch 1, 2 steps, stops: false", "epoch 2, 4 steps, stops: true"])
    #expect(try trainer.run(observers: [recorder, Stopper()]).ending == .finished)
    let expected = ["start"] + (3...5).map { "epoch \($0), \(2 * $0) steps, stops: false" }
    #expect(Array(recorder.told.dropFirst(3)) == expected)
  }

  /// A rate that makes the validation worse from the second epoch on; the first epoch's weights come back.
  @Test func goesBackToTheBestWhenPatienceEnds() throws {
    let test = Batches(embedded.test, indices: (0..<200).map { $0 }, batchSize: 20)
    let options = SmallTraining(
      images: 400, epochs: 50, optimizer: SGD(learningRate: 0), patience: 3, validation: test)
    let trainer = try options.trainer()
    let first = trainer.network.weightsSHA256
    let result = try trainer.run()
    #expect(result.ending == .patienceExhausted(best: 1) && result.epochs == 4)
    #expect(trainer.network.weightsSHA256 == first)

    var best: (accuracy: Double, digest: String) = (-1, "")
    let moving = try SmallTraining(
      images: 400, epochs: 50, optimizer: Adam(learningRate: 0.01), patience: 2, validation: test
    ).trainer()
    let ended = try moving.run { epoch in
      let accuracy = epoch.evaluation?.accuracy ?? 0
      #expect((moving.progress.bestEpoch == epoch.number) == (accuracy > best.accuracy))
      if accuracy > best.accuracy { best = (accuracy, moving.network.weightsSHA256) }
    }
    #expect(ended.epochs < 50, "it does not get better for ever")
    #expect(moving.network.weightsSHA256 == best.digest)
  }

  /// They are what was evaluated.
  @Test func goesBackToTheBestAverages() throws {
    let test = Batches(embedded.test, indices: (0..<200).map { $0 }, batchSize: 20)
    let trainer = try SmallTraining(
      images: 400, epochs: 50, optimizer: Adam(learningRate: 0.01), patience: 2, averageDecay: 0.9, validation: test
    ).trainer()
    var epochs: [EpochRecord] = []
    guard case .patienceExhausted(let best) = try trainer.run(onEpoch: { epochs.append($0) }).ending else {
      Issue.record("it got better for ever")
      return
    }
    let evaluation = try Evaluator(trainer.network, loss: SoftmaxCrossEntropy()).evaluate(test)
    #expect(evaluation.loss == epochs[best - 1].evaluation?.loss)
  }

  @Test func keepsTheLastGoodWeightsWhenTheLossIsNoNumber() throws {
    let trainer = try SmallTraining(images: 400, epochs: 20, optimizer: SGD(learningRate: 1e20)).trainer()
    let first = trainer.network.weightsSHA256
    let error = #expect(throws: TrainingError.self) { try trainer.run() }
    guard case .diverged(let step, let epoch, let kept)? = error else {
      Issue.record("not diverged: \(String(describing: error))")
      return
    }
    #expect(step > 1 && step < 20 && epoch == 1 && kept == 0)
    #expect(trainer.network.weightsSHA256 == first)
    #expect(
      error?.description
        == "the loss is no longer a number at step \(step) (epoch 1); the weights after 0 steps are kept; lower the learning rate"
    )
  }

  /// Stopping puts averaged weights into the network, and going on takes them out again.
  @Test func goesOnAfterAStop() throws {
    let training = SmallTraining(images: 100, epochs: 2, averageDecay: 0.8)
    let whole = try training.trainer()
    _ = try whole.run()
    let trainer = try training.trainer()
    #expect(try trainer.run(onStep: { trainer.shouldStop = $0.index == 2 }).ending == .stopped)
    #expect(try trainer.run().ending == .finished)
    #expect(trainer.network.weightsSHA256 == whole.network.weightsSHA256)
  }

  @Test func refusesBatchesThatTheNetworkIsTooSmallFor() throws {
    let network = try Network(input: [1, 28, 28], batch: 10, SoftmaxRegression())
    let batches = Batches(embedded.test, batchSize: 20)
    let message = "batches of 20 do not fit a network that was built for 10 samples at a time"
    let error = #expect(throws: TrainingError.self) {
      try Trainer(network, loss: SoftmaxCrossEntropy(), optimizer: Adam(), train: batches).run()
    }
    #expect(error?.description == message)
  }

  /// A warmed training step allocates nothing: neither the kernels nor the layers nor the trainer.
  @Test(arguments: [1, 2]) func aWarmedStepAllocatesNothing(_ threads: Int) throws {
    try #require(malloc_counter_available() == 1)
    for architecture in [
      SimpleConvNet(), DeepConvNet(), MultiLayerNet(hidden: [30, 20], batchNorm: true, dropout: 0.1),
    ] as [any Architecture] {
      for augmentation in [nil, Augmentation()] {
        let trainer = try SmallTraining(
          architecture: architecture, kernels: Kernels(threads: threads), images: 400, augmentation: augmentation
        ).trainer()
        var counts = [Int](repeating: 0, count: 64)
        _ = try trainer.run(onStep: { counts[$0.index] = malloc_counter() })
        let allocating = (6...19).count { counts[$0] > counts[$0 - 1] }
        // A team that another test's thread took between two steps is made anew.
        #expect(allocating <= (threads == 1 ? 0 : 2), "\(architecture), \(threads) threads")
      }
    }
  }

  @Test("neither do gradients that are added up, Muon, and parameters of which some are not trained")
  func aWarmedStepOfEverythingAllocatesNothing() throws {
    try #require(malloc_counter_available() == 1)
    let trainings: [(any Optimizer, any Architecture, frozen: String)] = [
      (Muon(), DeepConvNet(hidden: 12), "conv"), (AdamW(weightDecay: 0.1), DeepConvNet(hidden: 12), "conv"),
      (Muon(), MultiLayerNet(hidden: [30], batchNorm: true, dropout: 0.1), "affine2"),
    ]
    for (optimizer, architecture, frozen) in trainings {
      let trainer = try SmallTraining(
        architecture: architecture, batch: 5, images: 200, optimizer: optimizer, accumulate: 2,
        frozen: frozen, clipping: .norm(1), averageDecay: 0.9
      ).trainer()
      try trainer.network.parameters.tune(prefix: "affine1") { $0.learningRateFactor = 0.5 }
      var counts = [Int](repeating: 0, count: 64)
      _ = try trainer.run(onStep: { counts[$0.index] = malloc_counter() })
      #expect(counts[19] - counts[5] == 0, "\(type(of: optimizer))")
    }
  }

  @Test func reallyCountsAllocations() throws {
    try #require(malloc_counter_available() == 1)
    let before = malloc_counter()
    let memory = Tensor([100])
    #expect(malloc_counter() > before && memory.count == 100)
  }

  @Test(.enabled(if: mnistFolder != nil, "set KOBAI_MNIST_DIR to the folder of MNIST's files"))
  func oneEpochOfMNIST() throws {
    let data = try Dataset.load(folder: try #require(mnistFolder))
    let network = try Network(input: [1, 28, 28], batch: 100, SimpleConvNet(), seed: 1)
    let test = Batches(data.test, batchSize: 100)
    let trainer = Trainer(
      network, loss: SoftmaxCrossEntropy(), optimizer: Adam(),
      train: Batches(data.train, batchSize: 100, shuffles: true, seed: 1), options: .init(epochs: 1))
    _ = try trainer.run()
    let evaluation = try Evaluator(network, loss: SoftmaxCrossEntropy()).evaluate(test)
    #expect(evaluation.confusion?.total == 10_000)
    #expect(evaluation.accuracy > 0.975, "the book reaches 0.98 within the first epochs")
  }
}

@Suite struct ConfusionMatrixTests {
  @Test func countsAndDivides() {
    var confusion = ConfusionMatrix(classes: 3)
    for (label, prediction) in [(0, 0), (0, 0), (0, 1), (1, 1)] {
      confusion.count(label: label, prediction: prediction)
    }
    #expect(confusion[0, 0] == 2 && confusion[0, 1] == 1 && confusion[1, 0] == 0)
    #expect(confusion.total == 4 && confusion.correct == 3 && confusion.accuracy == 0.75)
    #expect(confusion.recall(of: 0) == 2.0 / 3 && confusion.recall(of: 1) == 1 && confusion.recall(of: 2) == nil)
    #expect(confusion.precision(of: 0) == 1 && confusion.precision(of: 1) == 0.5 && confusion.precision(of: 2) == nil)
    #expect(confusion == ConfusionMatrix(counts: [[2, 1, 0], [0, 1, 0], [0, 0, 0]]))
    #expect(ConfusionMatrix(classes: 2).accuracy == 0)
  }

  /// The mean loss weighs images, not batches.
  @Test func evaluationDoesNotDependOnTheBatchSize() throws {
    let network = try Network(input: [1, 28, 28], batch: 64, SoftmaxRegression(), seed: 1)
    for parameter in network.parameters.all {
      var random = TestRandom(1)
      parameter.value.copy(from: Tensor([parameter.value.count], random.floats(parameter.value.count)))
    }
    let evaluator = Evaluator(network, loss: SoftmaxCrossEntropy())
    let whole = try evaluator.evaluate(Batches(embedded.test, batchSize: 50))
    let uneven = try evaluator.evaluate(Batches(embedded.test, batchSize: 64))
    #expect(whole.confusion == uneven.confusion && whole.confusion?.total == 1000)
    #expect(abs(whole.loss - uneven.loss) < 1e-5 * whole.loss)
  }
}
