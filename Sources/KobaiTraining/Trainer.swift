import Kobai
import KobaiData

/// Trains a network: epochs of shuffled batches, an evaluation after each, and a look at the loss after every step.
///
/// What it does depends on its options, the data and the seeds alone; the same training gives the same weights, bit
/// for bit, on any number of threads.
public final class Trainer {
  /// What a training is made of besides the network and its data.
  public struct Options: Sendable {
    public var epochs: Int
    public var schedule: Schedule
    /// Stop after this many epochs without a better validation accuracy, and go back to the best weights.
    public var patience: Int?

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
    public let stepsPerEpoch: Int
    public let totalSteps: Int
    public let images: Int
    public let loss: Float
    public let learningRate: Float
  }

  /// One epoch and what it led to.
  public struct Epoch: Sendable {
    /// From 1 on.
    public let number: Int
    /// Means over the epoch's steps, each before its update.
    public let trainLoss: Double
    public let trainAccuracy: Double
    public let evaluation: Evaluation?
    public let learningRate: Float
    /// Seconds of training and images trained on, without the evaluation.
    public let seconds: Double
    public let images: Int
  }

  /// How a training ended.
  public struct Result: Sendable {
    public enum Ending: Sendable, Equatable {
      case finished
      /// ``Callbacks/shouldStop`` asked for it.
      case stopped
      /// No better for too long; the weights are those of that epoch.
      case patienceExhausted(best: Int)
    }
    public let ending: Ending
    public let epochs: Int
    public let steps: Int
    public let seconds: Double
    public let images: Int
  }

  /// What is told, and asked, while training.
  public struct Callbacks {
    public var onStep: (Step) throws -> Void = { _ in }
    public var onEpoch: (Epoch) throws -> Void = { _ in }
    /// Asked after every step.
    public var shouldStop: () -> Bool = { false }
    public init() {}
  }

  public let network: Network
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
  ///   - optimizer: its learning rate is the schedule's highest.
  ///   - train: the batches to train on; no larger than the network's.
  ///   - validation: what is evaluated after each epoch.
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
