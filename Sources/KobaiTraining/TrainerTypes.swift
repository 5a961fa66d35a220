import Kobai

extension Trainer {
  /// What a training is made of besides the network and its data.
  public struct Options: Sendable {
    public var epochs: Int
    public var schedule: Schedule
    /// Steps in which the rate first rises from nearly nothing to the highest, in a straight line; the schedule follows.
    public var warmupSteps: Int
    /// Stop after this many epochs without a better validation accuracy, and go back to the best weights.
    public var patience: Int?
    public var clipping: GradientClipping?
    /// Evaluate, and end with, a moving average of the weights that decays by this factor a step (``WeightAverage``).
    public var averageDecay: Float?

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
    /// Finished epochs, finished steps of the next one, and finished steps in all.
    public internal(set) var epoch = 0
    public internal(set) var batch = 0
    public internal(set) var step = 0
    /// Seconds of training and images trained on.
    public internal(set) var seconds = 0.0
    public internal(set) var images = 0
    /// The best evaluation of all epochs, and the epoch it came after; 0 before the first.
    public internal(set) var bestAccuracy = -1.0
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
    /// Whether no epoch before had a better evaluation, or as good a one.
    public let isBest: Bool
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
    /// Finished ones, those before a checkpoint included; so are the others.
    public let epochs: Int
    public let steps: Int
    public let seconds: Double
    public let images: Int
  }

  /// What is told, and asked, while training. A checkpoint can be written in each of them.
  public struct Callbacks {
    public var onStep: (Step) throws -> Void = { _ in }
    public var onEpoch: (Epoch) throws -> Void = { _ in }
    /// Asked after every step.
    public var shouldStop: () -> Bool = { false }
    public init() {}
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
