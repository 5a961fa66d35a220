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

  func run() async throws {
    let output = options.output
    // Before the training: can everything be written that is asked for?
    for path in [output.save, output.report].compactMap(\.self) { _ = try AtomicFile(path) }
    let resumed = try output.resume.map { try CheckpointFolder.latest(in: $0) }
    let story = try resumed.map { try TrainingStory($0) }
    let data = try await loadData(options.recipe, resuming: story?.recipe, console)
    let recipe = try story?.recipe(agreeingWith: options.recipe, data) ?? Recipe(options.recipe, data: data)
    let kernels = try options.machine.kernels(recipe.precision)
    let checkpoints = try checkpointFolder(resumed)
    let metrics = try output.metrics.map { try MetricsFile($0) }

    let validationCount = Int((recipe.validationSplit * Double(data.train.count)).rounded())
    guard validationCount > 0 || recipe.validationSplit == 0 else {
      throw ValidationError("--validation-split \(recipe.validationSplit): of \(data.train.count) images that is none")
    }
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
    let input: Shape = [data.train.channels, data.train.size.height, data.train.size.width]
    let network = try Network(
      input: input, batch: recipe.batchSize, recipe.model.architecture(classes: data.classes, dropout: recipe.dropout),
      seed: recipe.seed, kernels: kernels)
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

    let saved = SavedModel(
      model: recipe.model, input: input, classes: data.classNames, standardizes: recipe.standardizes)
    let display = TrainingDisplay(console: console, recipe: recipe, validates: validation != nil)
    let events = try output.logDir.map { try EventLog($0, network, test: test, classNames: data.classNames) }
    display.describe(data, network, training: trainIndices, validation: validationCount)
    if let resumed {
      console.line("going on from \(resumed.path), after \(resumed.progress.step.grouped) steps".yellow)
    }
    let log = try TrainingLog(
      story: story ?? TrainingStory(recipe: recipe, data: data, withDigest: checkpoints != nil), metrics: metrics,
      checkpoints: checkpoints, every: output.checkpointEvery, metadata: saved.metadata,
      events: events)
    let result: Trainer.Result
    do {
      result = try trainer.run(callbacks(trainer, display, log))
    } catch let error as TrainingError {
      if let path = try save(network, saved) { throw Failure("\(error); they are in \(path)") }
      throw error
    }

    let evaluator = Evaluator(network, loss: SoftmaxCrossEntropy(kernels: kernels))
    let evaluation = try evaluator.evaluate(test)
    let digest = network.weightsSHA256
    try metrics?.append(
      ResultMetrics(
        testAccuracy: evaluation.accuracy, testLoss: evaluation.loss, trainSeconds: result.seconds,
        imagesPerSecond: Double(result.images) / result.seconds, epochs: result.epochs, steps: result.steps,
        parameters: network.parameters.count, threads: kernels.threads, isa: kernels.instructionSet.rawValue,
        precision: kernels.precision.rawValue, weightsSha256: digest, data: data.name,
        model: recipe.model.rawValue, seed: recipe.seed))
    let mistakes = events != nil || output.report != nil ? try evaluator.mistakes(test) : []
    try events?.take(mistakes, epoch: result.epochs)
    if let path = output.report {
      try ReportPage(
        recipe: recipe, data: data, trainer: trainer, epochs: log.story.epochs, result: result, evaluation: evaluation,
        mistakes: mistakes
      ).write(to: path)
    }
    display.report(result, evaluation, data.classNames)
    if let path = output.report { console.field("report", path) }
    let path = try save(network, saved)
    console.field("weights", path.map { "saved to \($0)" } ?? "not saved (--save FILE keeps them)")
    console.field("sha256", digest)
    try console.check()
    if result.ending == .stopped { throw ExitCode(Interrupt.exitCode) }
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
    Interrupt.watch()
    var callbacks = Trainer.Callbacks()
    var isLast = false  // asked once a step: what stops the training has also left a checkpoint
    callbacks.shouldStop = { isLast }
    callbacks.onStep = { step in
      isLast = Interrupt.isRequested
      display.show(step)
      try log.take(step, of: trainer, isLast: isLast)
    }
    callbacks.onEpoch = { epoch in
      display.show(epoch)
      try log.take(epoch, of: trainer, validates: display.validates)
    }
    return callbacks
  }

  /// Saves the weights where that was asked for, and says where.
  private func save(_ network: Network, _ model: SavedModel) throws -> String? {
    guard let path = options.output.save else { return nil }
    try network.save(to: path, metadata: model.metadata)
    return path
  }
}
