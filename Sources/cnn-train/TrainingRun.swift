import ArgumentParser
import Foundation
import Kobai
import KobaiData
import KobaiFiles
import KobaiReport
import KobaiTraining
import Rainbow

/// One training from its options to its saved weights.
struct TrainingRun {
  private let options: TrainOptions
  private let console: Console

  init(_ options: TrainOptions) {
    (self.options, console) = (options, Console(quiet: options.quiet))
  }

  func run() throws {
    let output = options.output
    // Before the training: can everything be written that is asked for?
    for path in [output.save, output.report].compactMap(\.self) { _ = try AtomicFile(path) }
    let resumed = try output.resume.map { path in
      try CheckpointFolder.latest(in: path) { warning("\($0); it is passed over") }
    }
    let before = try resumed.map { try TrainingStory($0) }
    let data = try loadData(options.recipe, resuming: before?.recipe, console)
    let story = try before?.agreeing(with: options.recipe, data)
    let recipe = try story?.recipe ?? Recipe(options.recipe, data: data)
    let kernels = try options.machine.kernels(recipe.precision)
    Interrupt.watch()  // from here on there are files that a process which just ends would leave behind
    let checkpoints = try checkpointFolder(resumed)
    let metrics = try output.metrics.map { try MetricsFile($0) }

    let validationCount = recipe.validationCount(of: data)
    let available = data.train.count - validationCount
    if let images = recipe.images, images > available {
      throw ValidationError("--images \(images): there are only \(available.grouped) images to train on")
    }
    let (trainIndices, validationIndices) = data.train.split(
      validation: validationCount, train: recipe.images, seed: recipe.seed, kernels: kernels)
    guard recipe.batchSize <= trainIndices.count else {
      throw ValidationError(
        "--batch-size \(recipe.batchSize): there are only \(trainIndices.count.grouped) images to train on")
    }
    let network = try Self.network(recipe, data, kernels)
    func batches(_ set: ImageSet, _ indices: [Int32]? = nil) -> Batches {
      Batches(set, indices: indices, batchSize: recipe.batchSize, normalization: recipe.normalization, kernels: kernels)
    }
    let train = Batches(
      data.train, indices: trainIndices, batchSize: recipe.batchSize, shuffles: true,
      augmentation: recipe.augments ? Augmentation() : nil, normalization: recipe.normalization, seed: recipe.seed,
      kernels: kernels)
    let test = batches(data.test)
    let validation = validationCount > 0 ? batches(data.train, validationIndices) : nil
    let trainer = Trainer(
      network,
      loss: SoftmaxCrossEntropy(
        labelSmoothing: recipe.labelSmoothing, classWeights: recipe.classWeights, kernels: kernels),
      optimizer: recipe.optimizer.make(
        learningRate: recipe.learningRate, weightDecay: recipe.weightDecay,
        betas: (recipe.betas ?? .standard).values),
      train: train, validation: validation ?? test, validationLoss: SoftmaxCrossEntropy(kernels: kernels),
      options: .init(
        epochs: recipe.epochs, schedule: recipe.schedule.schedule, warmupSteps: recipe.warmup,
        patience: recipe.patience, clipping: recipe.clipping, averageDecay: recipe.ema))
    try resumed?.restore(trainer)

    let metadata = SavedModel(
      model: recipe.model, input: network.input, classes: data.classNames, standardizes: recipe.standardizes
    ).metadata
    let weights = try output.save.map { try WeightsFile($0, for: network, metadata: metadata) }
    let display = TrainingDisplay(console: console, recipe: recipe, validates: validation != nil)
    let events = try output.logDir.map {
      try EventLog(
        $0, network, test: test, classNames: data.classNames,
        goingOnAt: resumed?.progress.nextPoint(stepsPerEpoch: train.count))
    }
    display.describe(data, network, training: trainIndices, validation: validationCount)
    if let resumed, let before { display.describe(resumed, of: before.recipe) }
    let log = TrainingLog(
      story: story ?? TrainingStory(recipe: recipe, data: data, withDigest: checkpoints != nil), metrics: metrics,
      checkpoints: checkpoints, every: output.checkpointEvery, metadata: metadata, events: events,
      notice: { console.line($0.yellow) })
    let result: Trainer.Result
    do {
      result = try trainer.run(callbacks(trainer, display, log))
    } catch {
      guard let kept = try weights?.save(network) else { throw error }
      throw Failure("\(error); they are in \(kept.path)")
    }

    let kept = try weights?.save(network)  // first of all: what fails from here on does not cost the weights
    let evaluator = Evaluator(network, loss: SoftmaxCrossEntropy(kernels: kernels))
    let evaluation = try evaluator.evaluate(test)
    let digest = network.weightsSHA256
    log.attempt {
      try metrics?.append(
        ResultMetrics(
          testAccuracy: evaluation.accuracy, testLoss: evaluation.loss, trainSeconds: result.seconds,
          imagesPerSecond: Double(result.images) / result.seconds, epochs: result.epochs, steps: result.steps,
          parameters: network.parameters.count, threads: kernels.threads, isa: kernels.instructionSet.rawValue,
          precision: kernels.precision.rawValue, weightsSha256: digest, data: data.name,
          model: recipe.model.rawValue, seed: recipe.seed))
    }
    let mistakes = events != nil || output.report != nil ? try evaluator.mistakes(test) : []
    if result.steps > resumed?.progress.step ?? 0 { log.attempt { try events?.take(mistakes, step: result.steps) } }
    log.attempt {
      guard let path = output.report else { return }
      try ReportPage(
        recipe: recipe, data: data, trainer: trainer, epochs: log.story.epochs, result: result, evaluation: evaluation,
        mistakes: mistakes
      ).write(to: path)
    }
    display.report(result, evaluation, data.classNames)
    if let path = output.report { console.field("report", path) }
    console.field("weights", kept.map { "saved to \($0.path)" } ?? "not saved (--save FILE keeps them)")
    console.field("sha256", digest)
    if let kept, let failure = kept.failure { throw Failure("\(failure); the weights are in \(kept.path)") }
    if let failure = log.failures.first { throw Failure(failure) }
    if result.ending == .stopped { throw ExitCode(Interrupt.exitCode) }
  }

  /// The network for the data's images; where they are too small for it, an error says for which they are not.
  private static func network(_ recipe: Recipe, _ data: Dataset, _ kernels: Kernels) throws -> Network {
    let (channels, size) = (data.train.channels, data.train.size)
    func build(_ model: Model, batch: Int, dropout: Float?) throws(BuildError) -> Network {
      try Network(
        input: [channels, size.height, size.width], batch: batch,
        model.architecture(classes: data.classes, dropout: dropout), seed: recipe.seed, kernels: kernels)
    }
    do {
      return try build(recipe.model, batch: recipe.batchSize, dropout: recipe.dropout)
    } catch {
      let fitting = Model.allCases.filter { (try? build($0, batch: 1, dropout: nil)) != nil }.map(\.rawValue)
      throw ValidationError(
        "--model \(recipe.model.rawValue): images of \(size) are too small for it (\(error)); for these there are "
          + fitting.joined(separator: ", "))
    }
  }

  /// Where checkpoints go: where that was asked for, else where the training goes on from.
  private func checkpointFolder(_ resumed: Checkpoint?) throws -> CheckpointFolder? {
    let output = options.output
    let folder =
      output.checkpointDir
      ?? output.resume.map { $0.hasSuffix(".safetensors") ? ($0 as NSString).deletingLastPathComponent : $0 }
    return try folder.map {
      try CheckpointFolder($0.isEmpty ? "." : $0, keeping: output.keepCheckpoints, from: resumed)
    }
  }

  private func callbacks(_ trainer: Trainer, _ display: TrainingDisplay, _ log: TrainingLog) -> Trainer.Callbacks {
    var callbacks = Trainer.Callbacks()
    var isLast = false  // asked once a step: what stops the training has also left a checkpoint
    callbacks.shouldStop = { isLast }
    callbacks.onStep = { step in
      isLast = Interrupt.isRequested
      display.show(step)
      log.take(step, of: trainer, isLast: isLast)
    }
    callbacks.onEpoch = { epoch in
      display.show(epoch)
      log.take(epoch, of: trainer, validates: display.validates)
    }
    return callbacks
  }
}

extension Trainer.Progress {
  /// The number of steps done that the next point of a curve lies at. An epoch whose steps are done, but not its
  /// evaluation, has its own points at the last of them.
  fileprivate func nextPoint(stepsPerEpoch: Int) -> Int { batch == stepsPerEpoch ? step : step + 1 }
}
