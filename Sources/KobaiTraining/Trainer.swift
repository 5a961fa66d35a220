import Kobai
import KobaiData
import KobaiPreconditions

/// Trains a network: epochs of shuffled batches, an evaluation after each, and a look at the loss after every step.
///
/// What it does depends on its options, the data and the seeds alone; the same training gives the same weights, bit
/// for bit, on any number of threads, in one go or from checkpoint to checkpoint.
public final class Trainer {
  /// The network that is trained.
  public let network: Network
  /// The optimizer that updates the network; its learning rate is that of the last step.
  public internal(set) var optimizer: any Optimizer
  /// How far the training is.
  public internal(set) var progress = Progress()
  /// How it is trained.
  public let options: Options
  /// Whether the training is to end after the step or epoch that is told at the moment. An observer sets it; every run
  /// begins with false.
  public var shouldStop = false
  private let loss: any Loss
  private let highestRate: Float
  private let train: any BatchSource
  private let validation: (any BatchSource)?
  private let evaluator: Evaluator
  let average: WeightAverage?
  let best: Snapshot?  // only where patience may go back to it
  private let lastGood: Snapshot
  private let images: Tensor  // of a batch
  private let labels: Labels  // of a step
  private let outputs: Tensor?  // of a step; nil where that is a single batch
  private let predictions: Labels

  /// A training that has not begun.
  ///
  /// - Parameters:
  ///   - network: the network to train.
  ///   - loss: the loss to minimise.
  ///   - optimizer: the optimizer; its learning rate is the schedule's highest.
  ///   - train: the batches to train on, no larger than the network's.
  ///   - validation: the images that each epoch is evaluated on.
  ///   - validationLoss: the loss of the evaluations; that of the training unless given.
  ///   - options: how long to train, and at which rates.
  public init(
    _ network: Network, loss: any Loss, optimizer: any Optimizer, train: any BatchSource,
    validation: (any BatchSource)? = nil, validationLoss: (any Loss)? = nil, options: Options = Options()
  ) {
    (self.network, self.loss, self.optimizer) = (network, loss, optimizer)
    (self.train, self.validation, self.options) = (train, validation, options)
    highestRate = optimizer.learningRate
    evaluator = Evaluator(network, loss: validationLoss ?? loss)
    average = options.averageDecay.map { WeightAverage(of: network, decay: $0) }
    best = options.patience.map { _ in Snapshot(of: network) }
    lastGood = Snapshot(of: network)
    require(options.accumulate > 0, "accumulate \(options.accumulate): a step needs at least one batch")
    images = Tensor(network.input.batched(network.batch))
    labels = Labels(count: options.accumulate * network.batch)
    outputs = options.accumulate > 1 ? Tensor(network.output.batched(labels.count)) : nil
    predictions = Labels(count: network.batch)
  }

  /// Trains on from where ``progress`` is: from the start, or from the checkpoint that was restored.
  ///
  /// - Parameters:
  ///   - onEpoch: called after every epoch's evaluation. What it throws ends the training.
  ///   - onStep: called after every step. What it throws ends the training.
  /// - Throws: as ``run(observers:)``.
  public func run(
    onEpoch: @escaping (EpochRecord) throws -> Void = { _ in }, onStep: @escaping (Step) throws -> Void = { _ in }
  ) throws -> Result {
    try run(observers: [ClosureObserver(onEpoch: onEpoch, onStep: onStep)])
  }

  /// Trains on from where ``progress`` is: from the start, or from the checkpoint that was restored.
  ///
  /// - Parameter observers: who is told of every step and epoch, in this order.
  /// - Throws: ``TrainingError/diverged(step:epoch:kept:)`` where the loss, also that of an evaluation, is no longer a
  ///   number; the network then has its last good weights. ``TrainingError/largeBatches(_:limit:)``.
  public func run(observers: [any TrainingObserver]) throws -> Result {
    try train.fit(network)
    average?.remove()  // which the last run ended with
    if progress.step > 0 { lastGood.take(step: progress.step) }
    shouldStop = false
    try tell(observers) { try $0.trainingStarted(self) }
    while !isOver && !shouldStop {
      try clock { try train.startEpoch(progress.epoch, on: network.kernels) }
      while progress.batch < stepsPerEpoch && !shouldStop {
        let step = try trainOnce()
        try tell(observers) { try $0.stepEnded(step, self) }
      }
      if shouldStop { break }
      let epoch = try finishEpoch()
      try tell(observers) { try $0.epochEnded(epoch, self) }
    }
    guard isOver else {
      average?.install()
      return result(.stopped)
    }
    if patienceIsExhausted {
      best?.restore()
      return result(.patienceExhausted(best: progress.bestEpoch))
    }
    average?.install()
    return result(.finished)
  }

  /// Calls the observers one after the other. An iterator over them would allocate memory in debug builds.
  private func tell(_ observers: [any TrainingObserver], _ call: (any TrainingObserver) throws -> Void) rethrows {
    for i in observers.indices { try call(observers[i]) }
  }

  /// The number of steps in an epoch.
  public var stepsPerEpoch: Int { (train.count + options.accumulate - 1) / options.accumulate }

  /// The learning rate that the schedule gives a step, counted from 0 over all epochs.
  public func learningRate(atStep step: Int) -> Float {
    options.schedule.rate(
      highestRate, step: step, perEpoch: stepsPerEpoch, total: stepsPerEpoch * options.epochs,
      warmup: options.warmupSteps)
  }

  private var isOver: Bool { progress.epoch >= options.epochs || patienceIsExhausted }

  private var patienceIsExhausted: Bool {
    options.patience.map { progress.bestEpoch > 0 && progress.epoch - progress.bestEpoch >= $0 } ?? false
  }

  /// Counts the time that `work` takes as training.
  private func clock(_ work: () throws -> Void) rethrows {
    let seconds = try ContinuousClock().measure(work) / .seconds(1)
    progress.current.seconds += seconds
    progress.seconds += seconds
  }

  private func result(_ ending: Result.Ending) -> Result {
    Result(
      ending: ending, epochs: progress.epoch, steps: progress.step, seconds: progress.seconds, images: progress.images)
  }

  // How often the weights are copied in case the loss diverges: it costs a pass over them, a thousandth of the time.
  private static let stepsBetweenSnapshots = 100

  private func trainOnce() throws -> Step {
    let start = ContinuousClock.now
    let (step, epoch) = (progress.step, progress.epoch)
    optimizer.learningRate = learningRate(atStep: step)
    let first = progress.batch * options.accumulate
    let batches = first..<min(first + options.accumulate, train.count)
    let images = min(batches.upperBound * train.batchSize, train.samples) - first * train.batchSize
    let targets = Targets.classes(labels.prefix(images))
    let place = first * train.batchSize
    try train.loadClasses(place..<place + images, into: labels.prefix(images).mutableSpan)
    let divisor = usableDivisor(self.loss.weight(of: targets))
    var loss: Float = 0
    var samples = 0..<0
    for i in batches {
      samples = samples.upperBound..<samples.upperBound + train.positions(of: i).count
      loss = try add(i, samples, of: images, divisor: divisor)
      guard loss.isFinite else { throw diverged(at: step + 1) }
      if i == first && step % Self.stepsBetweenSnapshots == 0 { lastGood.take(step: step) }
      try network.backward()
    }
    if batches.count > 1, let outputs {  // the sum over all of them has another order than the sum of their sums
      loss = try self.loss.evaluate(
        outputs.prefix(images), targets, divisor: divisor, gradient: nil, on: network.kernels)
    }
    try options.clipping?.apply(to: network.parameters)
    try optimizer.step(network.parameters)
    try average?.update()

    let seconds = (ContinuousClock.now - start) / .seconds(1)
    progress.current.loss += Double(loss) * Double(images)
    progress.current.images += images
    progress.current.seconds += seconds
    progress.current.learningRate = optimizer.learningRate
    progress.images += images
    progress.seconds += seconds
    progress.step += 1
    progress.batch += 1
    return Step(
      index: step, epoch: epoch, stepsPerEpoch: stepsPerEpoch, totalSteps: stepsPerEpoch * options.epochs,
      images: images, loss: loss, learningRate: optimizer.learningRate)
  }

  /// The forward pass and the loss of a batch, which is a part of its step's.
  ///
  /// - Parameters:
  ///   - batch: its number.
  ///   - samples: which of the step's images it has.
  ///   - images: how many the step has.
  ///   - divisor: what the step's losses are divided by.
  private func add(_ batch: Int, _ samples: Range<Int>, of images: Int, divisor: Double) throws -> Float {
    let (x, t) = (self.images.prefix(samples.count), labels.slice(samples))
    let positions = train.positions(of: batch)
    try train.loadClasses(positions, into: t.mutableSpan)
    try train.loadInputs(positions, into: x.mutableSpan, on: network.kernels)
    let y = try network.forward(
      x, .training(step: progress.step), part: BatchPart(first: samples.lowerBound, of: images))
    if let outputs { outputs.slice(samples).copy(from: y) }
    let loss = try self.loss.evaluate(
      y, .classes(t), divisor: divisor, gradient: network.outputGradient, on: network.kernels)
    try countCorrect(y, t)
    return loss
  }

  private func countCorrect(_ outputs: Tensor, _ labels: Labels) throws {
    let predictions = predictions.prefix(labels.count)
    try network.kernels.argmax(
      rows: labels.count, columns: network.output.count, outputs.span, into: predictions.mutableSpan)
    let (actual, predicted) = (labels.span, predictions.span)
    for i in actual.indices where actual[i] == predicted[i] { progress.current.correct += 1 }
  }

  private func diverged(at step: Int) -> TrainingError {
    lastGood.restore()
    return .diverged(step: step, epoch: progress.epoch + 1, kept: lastGood.step)
  }

  private func finishEpoch() throws -> EpochRecord {
    let evaluate = { [evaluator, validation] in try validation.map(evaluator.evaluate) }
    let evaluation = try average.map { try $0.inPlace(evaluate) } ?? evaluate()
    guard evaluation?.loss.isFinite ?? true else { throw diverged(at: progress.step) }
    let sums = progress.current
    progress.current = Progress.Sums()
    (progress.epoch, progress.batch) = (progress.epoch + 1, 0)
    if let accuracy = evaluation?.accuracy, accuracy > progress.bestAccuracy {
      (progress.bestAccuracy, progress.bestEpoch) = (accuracy, progress.epoch)
      if let best {
        if let average { average.inPlace { best.take(step: progress.step) } } else { best.take(step: progress.step) }
      }
    }
    return sums.record(
      epoch: progress.epoch,
      evaluation: evaluation.map { .init(on: options.evaluationSet, loss: $0.loss, accuracy: $0.accuracy) })
  }
}
