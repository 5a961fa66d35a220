import Kobai

extension Trainer {
  /// What a training is made of besides the network and its data.
  public struct Options: Sendable {
    /// Passes over the training images.
    public var epochs: Int
    /// How the learning rate changes.
    public var schedule: Schedule
    /// Steps in which the rate first rises from nearly nothing to the highest, in a straight line; the schedule follows.
    public var warmupSteps: Int
    /// Stop after this many epochs without a better validation accuracy, and go back to the best weights. Where the epochs
    /// run out first, the last weights stay.
    public var patience: Int?
    /// Limits the gradients before each update.
    public var clipping: GradientClipping?
    /// Evaluate, and end with, a moving average of the weights that decays by this factor a step (`WeightAverage`).
    public var averageDecay: Float?

    /// The book's twenty epochs at one rate unless given.
    public init(
      epochs: Int = 20, schedule: Schedule = .constant, warmupSteps: Int = 0, patience: Int? = nil,
      clipping: GradientClipping? = nil, averageDecay: Float? = nil
    ) {
      (self.epochs, self.schedule, self.warmupSteps, self.patience) = (epochs, schedule, warmupSteps, patience)
      (self.clipping, self.averageDecay) = (clipping, averageDecay)
    }
  }

  /// How far a training is. With the tensors of a checkpoint it is all that the rest of the training depends on: random
  /// numbers depend on the seed, the epoch and the step alone.
  public struct Progress: Sendable, Equatable, Codable {
    /// Finished epochs.
    public internal(set) var epoch = 0
    /// Finished steps of the epoch that is under way.
    public internal(set) var batch = 0
    /// Finished steps in all.
    public internal(set) var step = 0
    /// Seconds of training, without the evaluations.
    public internal(set) var seconds = 0.0
    /// Images trained on.
    public internal(set) var images = 0
    /// The best accuracy after any epoch; below zero before the first.
    public internal(set) var bestAccuracy = -1.0
    /// The epoch it came after, from 1 on.
    public internal(set) var bestEpoch = 0
    /// Of the epoch that is under way.
    var current = Sums()

    struct Sums: Sendable, Equatable, Codable {
      var loss = 0.0
      var correct = 0
      var images = 0
      var seconds = 0.0
      var learningRate: Float = 0
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
    /// Whether no epoch before had a better evaluation, or as good a one.
    public let isBest: Bool
    /// The last step's.
    public let learningRate: Float
    /// Seconds of training, without the evaluation.
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
    /// Whole epochs trained; as in the others, those before a checkpoint are counted, too.
    public let epochs: Int
    /// Steps trained.
    public let steps: Int
    /// Seconds of training, without the evaluations.
    public let seconds: Double
    /// Images trained on.
    public let images: Int
  }

  /// What is told, and asked, while training. A checkpoint can be written in each of them.
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
}

/// Why a training could not go on.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// The loss is no longer a number. `kept` counts the updates that the restored weights have seen.
  case diverged(step: Int, epoch: Int, kept: Int?)
  /// The network was built for smaller batches than it is to see.
  case largeBatches(_ size: Int, limit: Int)

  public var description: String {
    switch self {
    case .largeBatches(let size, let limit):
      return "batches of \(size) do not fit a network that was built for \(limit) samples at a time"
    case .diverged(let step, let epoch, let kept):
      let weights = kept.map { "the weights after \($0) steps are kept" } ?? "the first weights are kept"
      return "the loss is no longer a number at step \(step) (epoch \(epoch)); \(weights); lower the learning rate"
    }
  }
}
