import ArgumentParser
import Foundation
import Kobai
import KobaiData
import KobaiFiles
import KobaiTraining
import Rainbow

/// One training from its options to its saved weights, and all that is printed on the way.
struct TrainingRun {
  private let options: TrainOptions
  private let console: Console

  init(_ options: TrainOptions) {
    (self.options, console) = (options, Console(quiet: options.quiet))
  }

  func run() async throws {
    let kernels = try Kernels.fromEnvironment(threads: options.threads)
    if let path = options.save { _ = try AtomicFile(path) }  // before the training: can it be written?
    let metrics = try options.metrics.map(MetricsFile.init)
    let data = try await loadData()
    let recipe = Recipe(options, trainingImages: data.train.count)
    let validationCount = Int((options.validationSplit * Double(data.train.count)).rounded())
    let (trainIndices, validationIndices) = data.train.split(
      validation: validationCount, seed: options.seed, kernels: kernels)
    guard options.batchSize <= trainIndices.count else {
      throw ValidationError(
        "--batch-size \(options.batchSize): there are only \(trainIndices.count.grouped) images to train on")
    }

    let network = try Network(
      input: [data.train.channels, data.train.size.height, data.train.size.width], batch: options.batchSize,
      options.model.architecture(classes: data.classes, dropout: options.dropout), seed: options.seed,
      kernels: kernels)
    let normalization: Normalization = options.standardize ? .mnist : .unit
    func batches(_ set: ImageSet, _ indices: [Int32]? = nil) -> Batches {
      Batches(set, indices: indices, batchSize: options.batchSize, normalization: normalization, kernels: kernels)
    }
    let train = Batches(
      data.train, indices: trainIndices, batchSize: options.batchSize, shuffles: true,
      augmentation: recipe.augments ? Augmentation() : nil, normalization: normalization, seed: options.seed,
      kernels: kernels)
    let test = batches(data.test)
    let validation = validationCount > 0 ? batches(data.train, validationIndices) : nil

    describe(data, network, recipe, validation: validationCount)
    let loss = SoftmaxCrossEntropy(kernels: kernels)
    let trainer = Trainer(
      network, loss: loss,
      optimizer: options.optimizer.make(learningRate: recipe.learningRate, weightDecay: options.weightDecay),
      train: train, validation: validation ?? test,
      options: .init(epochs: recipe.epochs, schedule: recipe.schedule.schedule, patience: options.patience))
    let result: Trainer.Result
    do {
      result = try trainer.run(callbacks(recipe, metrics, validates: validation != nil))
    } catch let error as TrainingError {
      if let path = try save(network) { throw Failure("\(error); they are in \(path)") }
      throw error
    }

    let evaluation = try Evaluator(network, loss: loss).evaluate(test)
    let digest = network.weightsSHA256
    try metrics?.append(
      ResultMetrics(
        testAccuracy: evaluation.accuracy, testLoss: evaluation.loss, trainSeconds: result.seconds,
        imagesPerSecond: Double(result.images) / result.seconds, epochs: result.epochs, steps: result.steps,
        parameters: network.parameters.count, threads: kernels.threads, isa: kernels.instructionSet.rawValue,
        precision: Precision.highest.rawValue, weightsSha256: digest, data: data.name,
        model: options.model.rawValue, seed: options.seed))
    try report(result, evaluation, digest, network)
    if result.ending == .stopped { throw ExitCode(130) }
  }

  private func loadData() async throws -> Dataset {
    let console = console
    let draw: @Sendable (MNISTDownload.Progress) -> Void = { progress in
      Download.show(progress)
    }
    defer { Download.clear() }
    return try await DataSource(options.data).load(note: { console.line($0.yellow) }, progress: draw)
  }

  // MARK: - What is printed

  private func describe(_ data: Dataset, _ network: Network, _ recipe: Recipe, validation: Int) {
    let kernels = network.kernels
    let held = validation > 0 ? ", \(validation.grouped) of them to validate" : ""
    console.field(
      "data",
      "\(data.name): \(data.train.count.grouped) images to train\(held), \(data.test.count.grouped) to test; "
        + "\(data.classes) classes of \(data.train.size)")
    console.field(
      "machine",
      "\(kernels.instructionSet.rawValue), \(kernels.threads) thread\(kernels.threads == 1 ? "" : "s"), precision highest"
    )
    if !Kernels.hasOpenMP {
      console.line("no OpenMP runtime found, so one thread: sudo apt-get install libomp-dev".yellow)
    }
    if options.precision != .highest {
      console.line("precision \(options.precision.rawValue) is not to be had here: highest (fp32) instead".yellow)
    }
    let decay = options.weightDecay > 0 ? ", weight decay \(options.weightDecay)" : ""
    console.field(
      "training",
      "\(recipe.epochs) epochs in batches of \(options.batchSize), \(options.optimizer.rawValue) \(recipe.learningRate) "
        + "\(recipe.schedule.rawValue)\(decay)\(recipe.augments ? ", augmented" : ""), seed \(options.seed)")
    console.line()
    for line in table(of: network) { console.line(line) }
    console.line()
  }

  private func callbacks(_ recipe: Recipe, _ metrics: MetricsFile?, validates: Bool) -> Trainer.Callbacks {
    Interrupt.watch()
    let clock = ContinuousClock()
    let start = clock.now
    var (images, smoothed) = (0, Float.nan)
    var callbacks = Trainer.Callbacks()
    callbacks.shouldStop = { Interrupt.isRequested }
    callbacks.onStep = { step in
      images += step.images
      smoothed = smoothed.isNaN ? step.loss : 0.95 * smoothed + 0.05 * step.loss
      let elapsed = (clock.now - start) / .seconds(1)
      let share = Double(step.index + 1) / Double(step.totalSteps)
      console.bar(
        share, "epoch \(step.epoch + 1)/\(recipe.epochs)",
        "loss \(String(format: "%.4f", smoothed))  \(Int(Double(images) / elapsed).grouped) images/s  "
          + "\(minutes(elapsed / share - elapsed)) left")
    }
    let width = String(recipe.epochs).count
    callbacks.onEpoch = { epoch in
      let speed = Double(epoch.images) / epoch.seconds
      let name = validates ? "validation" : "test"
      console.line(
        "epoch \(String(format: "%\(width)d", epoch.number))/\(recipe.epochs)  loss \(String(format: "%.4f", epoch.trainLoss))  "
          + "train \(epoch.trainAccuracy.percent)  \(name) \((epoch.evaluation?.accuracy ?? 0).percent)  "
          + "\(Int(speed).grouped) images/s")
      try metrics?.append(
        EpochMetrics(
          epoch: epoch.number, trainLoss: epoch.trainLoss, trainAccuracy: epoch.trainAccuracy,
          validationLoss: validates ? epoch.evaluation?.loss : nil,
          validationAccuracy: validates ? epoch.evaluation?.accuracy : nil,
          testLoss: validates ? nil : epoch.evaluation?.loss,
          testAccuracy: validates ? nil : epoch.evaluation?.accuracy, learningRate: epoch.learningRate,
          seconds: epoch.seconds, imagesPerSecond: speed))
    }
    return callbacks
  }

  private func report(
    _ result: Trainer.Result, _ evaluation: Evaluation, _ digest: String, _ network: Network
  ) throws {
    let confusion = evaluation.confusion
    switch result.ending {
    case .finished: break
    case .stopped: console.line("stopped after \(result.steps.grouped) steps, as asked".yellow)
    case .patienceExhausted(let best): console.line("no better since epoch \(best), whose weights are kept")
    }
    console.line()
    console.result(
      "test accuracy \(evaluation.accuracy.percent)".bold
        + " (\(confusion.correct.grouped) of \(confusion.total.grouped)), loss \(String(format: "%.4f", evaluation.loss))"
    )
    console.line(
      "trained on \(result.images.grouped) images in \(String(format: "%.1f", result.seconds)) s, "
        + "\(Int(Double(result.images) / result.seconds).grouped) images/s")
    console.line()
    for line in table(of: confusion) { console.line(line) }
    console.line()
    let saved = try save(network)
    console.field("weights", saved.map { "saved to \($0)" } ?? "not saved (--save FILE keeps them)")
    console.field("sha256", digest)
  }

  /// Saves the weights where that was asked for, and says where.
  private func save(_ network: Network) throws -> String? {
    guard let path = options.save else { return nil }
    try network.save(to: path, metadata: ["format": "pt", "model": options.model.rawValue])
    return path
  }
}

/// An error that is its own line.
struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
