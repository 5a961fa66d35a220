import Kobai
import KobaiData

/// Trains a network: epochs of shuffled batches, an evaluation after each, and a look at the loss after every step.
///
/// What it does depends on its options, the data and the seeds alone; the same training gives the same weights, bit
/// for bit, on any number of threads.
public final class Trainer {
  /// What a training is made of besides the network and its data.
  public struct Options: Sendable {
    /// Passes over the training images.
    public var epochs: Int
    /// How the learning rate changes.
    public var schedule: Schedule
    /// Stop after this many epochs without a better validation accuracy, and go back to the best weights.
    public var patience: Int?

    /// The book's twenty epochs at one rate unless given.
    public init(epochs: Int = 20, schedule: Schedule = .constant, patience: Int? = nil) {
      (self.epochs, self.schedule, self.patience) = (epochs, schedule, patience)
    }
  }

  /// One training step.
  public struct Step: Sendable {
    /// From 0 on, over all epochs.
    public let index: Int
    /// From 0 on.
    public let epoch: Int
    /// Batches in an epoch.
    public let stepsPerEpoch: Int
    /// Steps of the whole training.
    public let totalSteps: Int
    /// Images in this step's batch.
    public let images: Int
    /// The mean over the batch, before the update.
    public let loss: Float
    /// What the schedule gave for this step.
    public let learningRate: Float
  }

  /// One epoch and what it led to.
  public struct Epoch: Sendable {
    /// From 1 on.
    public let number: Int
    /// Means over the epoch's steps, each before its update.
    public let trainLoss: Double
    /// The share of right answers while training, 0 ... 1.
    public let trainAccuracy: Double
    /// What the network makes of the validation images; nil where there are none.
    public let evaluation: Evaluation?
    /// The last step's.
    public let learningRate: Float
    /// Seconds of training and images trained on, without the evaluation.
    public let seconds: Double
    /// Images trained on.
    public let images: Int
  }

  /// How a training ended.
  public struct Result: Sendable {
    /// Why a training ended.
    public enum Ending: Sendable, Equatable {
      /// All epochs are done.
      case finished
      /// ``Callbacks/shouldStop`` asked for it.
      case stopped
      /// No better for too long; the weights are those of that epoch.
      case patienceExhausted(best: Int)
    }
    /// Why it ended.
    public let ending: Ending
    /// Whole epochs trained.
    public let epochs: Int
    /// Steps trained.
    public let steps: Int
    /// Seconds of training, without the evaluations.
    public let seconds: Double
    /// Images trained on.
    public let images: Int
  }

  /// What is told, and asked, while training.
  public struct Callbacks {
    /// Told of every step, after its update. What it throws ends the training.
    public var onStep: (Step) throws -> Void = { _ in }
    /// Told of every epoch, after its evaluation. What it throws ends the training.
    public var onEpoch: (Epoch) throws -> Void = { _ in }
    /// Asked after every step.
    public var shouldStop: () -> Bool = { false }
    /// Nobody listens.
    public init() {}
  }

  /// What is trained.
  public let network: Network
  /// What updates the network; its learning rate is the last step's.
  public private(set) var optimizer: any Optimizer
  private let loss: any Loss
  private let options: Options
  private let highestRate: Float
  private let train: Batches
  private let validation: Batches?
  private let evaluator: Evaluator
  private let images: Tensor
  private let labels: Labels
  private let answers: Labels

  /// - Parameters:
  ///   - network: what to train.
  ///   - loss: what to make small.
  ///   - optimizer: its learning rate is the schedule's highest.
  ///   - train: the batches to train on; no larger than the network's.
  ///   - validation: what is evaluated after each epoch.
  ///   - options: how long, and at which rates.
  public init(
    _ network: Network, loss: any Loss, optimizer: any Optimizer, train: Batches, validation: Batches? = nil,
    options: Options = Options()
  ) {
    (self.network, self.loss, self.optimizer) = (network, loss, optimizer)
    (self.train, self.validation, self.options) = (train, validation, options)
    highestRate = optimizer.learningRate
    evaluator = Evaluator(network, loss: loss)
    images = Tensor(network.input.batched(network.batch))
    labels = Labels(count: network.batch)
    answers = Labels(count: network.batch)
  }

  /// Trains.
  ///
  /// - Throws: ``TrainingError/diverged(step:epoch:kept:)`` where the loss is no longer a number; the network then has
  ///   its last good weights.
  public func run(_ callbacks: Callbacks = Callbacks()) throws -> Result {
    let lastGood = Snapshot(of: network)
    let best = Snapshot(of: network)
    let perEpoch = train.count
    let clock = ContinuousClock()
    var (step, seen, seconds) = (0, 0, 0.0)
    var (bestAccuracy, bestEpoch) = (-1.0, 0)
    for epoch in 0..<options.epochs {
      train.startEpoch(epoch)
      var (lossSum, correct, epochImages, epochSeconds, rate) = (0.0, 0, 0, 0.0, highestRate)
      for batch in 0..<perEpoch {
        let start = clock.now
        rate = options.schedule.rate(
          highestRate, step: step, perEpoch: perEpoch, total: perEpoch * options.epochs)
        optimizer.learningRate = rate
        let (loss, right, count) = try self.step(step, epoch: epoch, batch: batch, lastGood: lastGood)
        epochSeconds += (clock.now - start) / .seconds(1)
        (lossSum, correct, epochImages) = (lossSum + Double(loss) * Double(count), correct + right, epochImages + count)
        try callbacks.onStep(
          Step(
            index: step, epoch: epoch, stepsPerEpoch: perEpoch, totalSteps: perEpoch * options.epochs, images: count,
            loss: loss, learningRate: rate))
        step += 1
        if callbacks.shouldStop() {
          return Result(
            ending: .stopped, epochs: epoch, steps: step, seconds: seconds + epochSeconds, images: seen + epochImages)
        }
      }
      (seen, seconds) = (seen + epochImages, seconds + epochSeconds)
      let evaluation = try validation.map(evaluator.evaluate)
      try callbacks.onEpoch(
        Epoch(
          number: epoch + 1, trainLoss: lossSum / Double(epochImages),
          trainAccuracy: Double(correct) / Double(epochImages), evaluation: evaluation, learningRate: rate,
          seconds: epochSeconds, images: epochImages))
      if let patience = options.patience, let accuracy = evaluation?.accuracy {
        if accuracy > bestAccuracy {
          (bestAccuracy, bestEpoch) = (accuracy, epoch + 1)
          best.take(step: step)
        } else if epoch + 1 - bestEpoch >= patience {
          best.restore()
          return Result(
            ending: .patienceExhausted(best: bestEpoch), epochs: epoch + 1, steps: step, seconds: seconds, images: seen)
        }
      }
    }
    return Result(ending: .finished, epochs: options.epochs, steps: step, seconds: seconds, images: seen)
  }

  // How often the weights are copied in case the loss diverges: it costs a pass over them, a thousandth of the time.
  private static let stepsBetweenSnapshots = 100

  private func step(
    _ step: Int, epoch: Int, batch: Int, lastGood: Snapshot
  ) throws -> (loss: Float, correct: Int, count: Int) {
    let count = train.size(of: batch)
    let (x, t, y) = (images.prefix(count), labels.prefix(count), answers.prefix(count))
    try train.load(batch, images: x.mutableSpan, labels: t.mutableSpan)
    let outputs = try network.forward(x, .training(step: step))
    try network.kernels.argmax(rows: count, columns: network.output.count, outputs.span, into: y.mutableSpan)
    let loss = try loss.evaluate(outputs, t, gradient: network.outputGradient)
    guard loss.isFinite else {
      lastGood.restore()
      throw TrainingError.diverged(step: step + 1, epoch: epoch + 1, kept: lastGood.step)
    }
    if step % Self.stepsBetweenSnapshots == 0 { lastGood.take(step: step) }
    try network.backward()
    try optimizer.step(network.parameters)
    let (right, given) = (t.span, y.span)
    var correct = 0
    for i in 0..<count where right[i] == given[i] { correct += 1 }
    return (loss, correct, count)
  }
}

/// Why a training could not go on.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// The loss is no longer a number. `kept` counts the updates that the restored weights have seen.
  case diverged(step: Int, epoch: Int, kept: Int?)

  public var description: String {
    switch self {
    case .diverged(let step, let epoch, let kept):
      let weights = kept.map { "the weights after \($0) steps are kept" } ?? "the first weights are kept"
      return "the loss is no longer a number at step \(step) (epoch \(epoch)); \(weights); lower the learning rate"
    }
  }
}
