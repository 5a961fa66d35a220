import Kobai
import KobaiData
import KobaiPreconditions

/// Trains a network: epochs of shuffled batches, an evaluation after each, and a look at the loss after every step.
///
/// What it does depends on its options, the data and the seeds alone; the same training gives the same weights, bit
/// for bit, on any number of threads, in one go or from checkpoint to checkpoint. Where several processes share a training out
/// (`ShardedNetwork`), each has a trainer that makes the same steps; all of them know the same losses, metrics and records.
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
  /// begins with false. Where several processes share a training out, all of them end with the step after the one in which the
  /// first of them asks.
  public var shouldStop = false
  let loss: any Loss
  private let task: LearningTask?
  private let highestRate: Float
  let train: any BatchSource
  let sharded: ShardedNetwork?
  var allStop = false  // whether the processes of a sharded training agree that it ends
  private let validation: (any BatchSource)?
  private let evaluator: Evaluator
  var scores: Scores  // over the epoch that is under way
  let average: WeightAverage?
  let best: Snapshot?  // only where patience may go back to it
  private let lastGood: Snapshot
  private var memory: SampleMemory?  // of a step; nil before the first run
  private let accumulate: Int  // the batches of a step: those of an epoch at most
  let outputs: Tensor?  // of a step; nil where that is a single batch

  /// A training that has not begun.
  ///
  /// - Parameters:
  ///   - network: the network to train.
  ///   - loss: the loss to minimise.
  ///   - optimizer: the optimizer; its learning rate is the schedule's highest.
  ///   - train: the batches to train on, no larger than the network's.
  ///   - validation: the samples that each epoch is evaluated on.
  ///   - validationLoss: the loss of the evaluations; that of the training unless given.
  ///   - metrics: what is measured besides the loss. Patience and "best" follow the first one, or the loss where there are
  ///     none. Unless given, it is the accuracy where the targets are classes.
  ///   - options: how long to train, and at which rates.
  ///   - sharded: the network's part in a training that several processes share out; `train` has the batches of all together.
  public convenience init(
    _ network: Network, loss: any Loss, optimizer: any Optimizer, train: any BatchSource,
    validation: (any BatchSource)? = nil, validationLoss: (any Loss)? = nil, metrics: [any Metric]? = nil,
    options: Options = Options(), sharded: ShardedNetwork? = nil
  ) {
    self.init(
      network, nil, loss, optimizer, train, validation, validationLoss ?? loss, metrics ?? train.usualMetrics, options,
      sharded)
  }

  /// A training that has not begun, with the loss and the metrics of a task.
  ///
  /// - Parameters:
  ///   - network: the network to train.
  ///   - task: what it is to learn. Patience and "best" follow the first of its metrics.
  ///   - optimizer: the optimizer; its learning rate is the schedule's highest.
  ///   - train: the batches to train on, no larger than the network's.
  ///   - validation: the samples that each epoch is evaluated on.
  ///   - options: how long to train, and at which rates.
  ///   - sharded: the network's part in a training that several processes share out; `train` has the batches of all together.
  public convenience init(
    _ network: Network, task: LearningTask, optimizer: any Optimizer, train: any BatchSource,
    validation: (any BatchSource)? = nil, options: Options = Options(), sharded: ShardedNetwork? = nil
  ) {
    let loss = task.makeLoss()
    self.init(network, task, loss, optimizer, train, validation, loss, task.metrics, options, sharded)
  }

  private init(
    _ network: Network, _ task: LearningTask?, _ loss: any Loss, _ optimizer: any Optimizer, _ train: any BatchSource,
    _ validation: (any BatchSource)?, _ validationLoss: any Loss, _ metrics: [any Metric], _ options: Options,
    _ sharded: ShardedNetwork?
  ) {
    require(sharded.map { $0.network === network } ?? true, "the sharded network is another than the one to train")
    require(
      sharded == nil || options.accumulate == 1, "a batch that is shared out does not come in parts (accumulate)")
    (self.network, self.loss, self.task, self.optimizer) = (network, loss, task, optimizer)
    (self.train, self.validation, self.options) = (train, validation, options)
    self.sharded = sharded
    highestRate = optimizer.learningRate
    evaluator = Evaluator(network, loss: validationLoss, metrics: metrics, sharded: sharded)
    scores = Scores(metrics)
    average = options.averageDecay.map { WeightAverage(of: network, decay: $0) }
    best = options.patience.map { _ in Snapshot(of: network) }
    lastGood = Snapshot(of: network)
    require(options.accumulate > 0, "accumulate \(options.accumulate): a step needs at least one batch")
    accumulate = min(options.accumulate, max(train.count, 1))
    outputs = accumulate > 1 ? Tensor(network.output.batched(accumulate * network.batch)) : nil
  }

  /// What is measured besides the loss, with what the epoch that is under way comes to so far. Patience and "best" follow the
  /// first one.
  public var metrics: [any Metric] { scores.metrics }

  /// Trains on from where ``progress`` is: from the start, or from the checkpoint that was restored.
  ///
  /// - Parameters:
  ///   - onEpoch: called after every epoch's evaluation. What it throws ends the training.
  ///   - onStep: called after every step. What it throws ends the training.
  /// - Throws: as ``run(observers:)``.
  @discardableResult public func run(
    onEpoch: @escaping (EpochRecord) throws -> Void = { _ in }, onStep: @escaping (Step) throws -> Void = { _ in }
  ) throws -> Result {
    try run(observers: [ClosureObserver(onEpoch: onEpoch, onStep: onStep)])
  }

  /// Trains on from where ``progress`` is: from the start, or from the checkpoint that was restored.
  ///
  /// - Parameter observers: who is told of every step and epoch, in this order.
  /// - Throws: ``TrainingError/diverged(step:epoch:kept:)`` where the loss, also that of an evaluation, is no longer a
  ///   number; the network then has its last good weights. Other cases of ``TrainingError`` where samples, network, loss
  ///   and metrics do not fit each other, before the first step.
  @discardableResult public func run(observers: [any TrainingObserver]) throws -> Result {
    try fit()
    average?.remove()  // which the last run ended with
    if progress.step > 0 { lastGood.take(step: progress.step) }
    (shouldStop, allStop) = (false, false)
    try tell(observers) { try $0.trainingStarted(self) }
    while !isOver && !isStopping {
      if progress.batch == 0 { try scores.start(train, network) }
      try clock { try train.startEpoch(progress.epoch, on: network.kernels) }
      while progress.batch < stepsPerEpoch && !isStopping {
        let step = try trainOnce()
        try tell(observers) { try $0.stepEnded(step, self) }
      }
      if isStopping { break }
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

  /// Sees to it that samples, network, loss, metrics and task fit each other.
  private func fit() throws(TrainingError) {
    let batch = sharded?.batch ?? network.batch
    try train.fitBatches(batch)
    for source in [train, validation].compactMap(\.self) {
      try task?.fit(source.targetFormat)
      try source.fit(network)
    }
    try loss.fit(train.targetFormat, network)
    if progress.batch == 0 { try scores.start(train, network) }
    if let validation { try evaluator.fit(validation) }
    memory = memory ?? SampleMemory(train, network, targets: accumulate * batch)
  }

  /// Why this training cannot have come as far as a checkpoint says; nil where it can.
  func problem(of progress: Progress) -> String? {
    progress.problem(
      stepsPerEpoch: stepsPerEpoch, samplesPerStep: accumulate * (sharded?.batch ?? network.batch))
  }

  /// Goes to where a checkpoint was written, with what its epoch's metrics had added up.
  func resume(_ progress: Progress, _ metrics: [String: String]) throws {
    self.progress = progress
    self.progress.current.correct = nil
    guard progress.batch > 0 else { return }
    try scores.start(train, network)
    try scores.load(metrics)
    if let correct = progress.current.correct {
      scores.replace(with: Accuracy(correct: correct, of: progress.current.samples))
    }
  }

  /// Calls the observers one after the other. An iterator over them would allocate memory in debug builds.
  private func tell(_ observers: [any TrainingObserver], _ call: (any TrainingObserver) throws -> Void) rethrows {
    for i in observers.indices { try call(observers[i]) }
  }

  /// The number of steps in an epoch.
  public var stepsPerEpoch: Int { (train.count + accumulate - 1) / accumulate }

  /// The number of steps in all epochs.
  private var totalSteps: Int { stepsPerEpoch.saturatingProduct(options.epochs) }

  /// The learning rate that the schedule gives a step, counted from 0 over all epochs.
  public func learningRate(atStep step: Int) -> Float { learningRate(atStep: step, ofEpochs: options.epochs) }

  /// The same in a training of so many epochs: that of a step before the training was resumed for longer.
  public func learningRate(atStep step: Int, ofEpochs epochs: Int) -> Float {
    options.schedule.rate(
      highestRate, step: step, perEpoch: stepsPerEpoch, total: stepsPerEpoch.saturatingProduct(epochs),
      warmup: options.warmupSteps)
  }

  private var isStopping: Bool { sharded == nil ? shouldStop : allStop }

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
      ending: ending, epochs: progress.epoch, steps: progress.step, seconds: progress.seconds,
      samples: progress.samples)
  }

  // How often the weights are copied in case the loss diverges: it costs a pass over them, a thousandth of the time.
  private static let stepsBetweenSnapshots = 100

  private func trainOnce() throws -> Step {
    guard let memory else { fatalError("a step before the training has begun") }
    let start = ContinuousClock.now
    let (step, epoch) = (progress.step, progress.epoch)
    optimizer.learningRate = learningRate(atStep: step)
    let first = progress.batch * accumulate
    let batches = first..<min(first + accumulate, train.count)
    let positions = train.positions(of: first).lowerBound..<train.positions(of: batches.upperBound - 1).upperBound
    try memory.loadTargets(of: train, positions)
    let targets = memory.targets(0..<positions.count)
    let weight = self.loss.weight(of: targets)
    let divisor = usableDivisor(weight)
    let loss =
      if let sharded {
        try differentiate(positions, sharedBy: sharded, divisor: divisor, memory)
      } else {
        try differentiate(batches, of: positions, divisor: divisor, memory)
      }
    try options.clipping?.apply(to: network.parameters)
    try optimizer.step(network.parameters)
    try average?.update()

    let seconds = (ContinuousClock.now - start) / .seconds(1)
    progress.current.loss += Double(loss) * weight
    progress.current.weight += weight
    progress.current.samples += positions.count
    progress.current.seconds += seconds
    progress.current.learningRate = optimizer.learningRate
    progress.samples += positions.count
    progress.seconds += seconds
    progress.step += 1
    progress.batch += 1
    return Step(
      index: step, epoch: epoch, stepsPerEpoch: stepsPerEpoch, totalSteps: totalSteps,
      samples: positions.count, loss: loss, learningRate: optimizer.learningRate)
  }

  /// Sees to it that a loss is a number, and now and then keeps the weights in case that a later one is not.
  ///
  /// - Parameter isFirst: whether it is the first loss of its step.
  func check(_ loss: Float, isFirst: Bool) throws {
    guard loss.isFinite else { throw diverged(at: progress.step + 1) }
    if isFirst && progress.step % Self.stepsBetweenSnapshots == 0 { lastGood.take(step: progress.step) }
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
    if let value = evaluation.map(followed), isBetter(value) {
      (progress.bestValue, progress.bestEpoch) = (value, progress.epoch)
      if let best {
        if let average { average.inPlace { best.take(step: progress.step) } } else { best.take(step: progress.step) }
      }
    }
    return sums.record(
      epoch: progress.epoch, metrics: scores.values,
      evaluation: evaluation.map { .init(on: options.evaluationSet, loss: $0.loss, metrics: $0.metrics) })
  }

  /// The value of an evaluation that patience and "best" follow: that of the first metric, or the loss where there is none.
  private func followed(_ evaluation: Evaluation) -> Double {
    metrics.first.map { evaluation.metrics[$0.name] ?? .nan } ?? evaluation.loss
  }

  private func isBetter(_ value: Double) -> Bool {
    guard let best = progress.bestValue, !value.isNaN else { return !value.isNaN }
    return metrics.first?.isBetter(value, than: best) ?? (value < best)
  }
}

extension BatchSource {
  /// What is measured where nobody says: the accuracy of classes.
  var usualMetrics: [any Metric] {
    if case .classes = targetFormat { [Accuracy()] } else { [] }
  }
}
