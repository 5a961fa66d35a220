import Kobai

extension Trainer {
  /// How a training proceeds.
  public struct Options: Sendable {
    /// The number of passes over the training samples.
    public var epochs: Int
    /// How the learning rate changes.
    public var schedule: Schedule
    /// The number of steps in which the rate first rises from nearly zero to the highest, in a straight line, before the
    /// schedule begins.
    public var warmupSteps: Int
    /// Stop after this many epochs without a better evaluation, and go back to the best weights. Where the epochs run out
    /// first, the last weights stay. What is better, the first of the training's metrics says, or the loss where it has none.
    public var patience: Int?
    /// The number of batches in a step: their gradients are added up, and the parameters updated once. That is how a network
    /// trains on larger batches than its memory holds. Losses and weights are to the bit those of one batch of all of
    /// them, except where `BatchNorm` takes each batch by itself; and but for rounding below the precision `highest` or
    /// where a layer of one's own knows nothing of parts (`Network.forward`).
    public var accumulate: Int
    /// Limits the gradients before each update.
    public var clipping: GradientClipping?
    /// Evaluate, and end with, a moving average of the weights that decays by this factor a step (`WeightAverage`).
    public var averageDecay: Float?
    /// What the samples are that each epoch is evaluated on; the epochs' records say so.
    public var evaluationSet: EvaluationSet

    /// The book's twenty epochs at one rate unless given.
    public init(
      epochs: Int = 20, schedule: Schedule = .constant, warmupSteps: Int = 0, patience: Int? = nil,
      accumulate: Int = 1, clipping: GradientClipping? = nil, averageDecay: Float? = nil,
      evaluationSet: EvaluationSet = .validation
    ) {
      (self.epochs, self.schedule, self.warmupSteps, self.patience) = (epochs, schedule, warmupSteps, patience)
      self.accumulate = accumulate
      (self.clipping, self.averageDecay, self.evaluationSet) = (clipping, averageDecay, evaluationSet)
    }
  }

  /// How far a training is. With the tensors of a checkpoint this is all that the rest of the training depends on:
  /// random numbers depend on the seed, the epoch and the step alone.
  public struct Progress: Sendable, Equatable, Codable {
    /// The number of finished epochs.
    public internal(set) var epoch = 0
    /// The number of finished steps of the epoch that is under way.
    public internal(set) var batch = 0
    /// The number of finished steps in all.
    public internal(set) var step = 0
    /// The seconds of training, without the evaluations.
    public internal(set) var seconds = 0.0
    /// The number of samples trained on.
    public internal(set) var samples = 0
    /// The best evaluation so far: the value of the training's first metric, or the loss where it has none; nil before the
    /// first.
    public internal(set) var bestValue: Double?
    /// The number of the epoch with the best evaluation, from 1 on; 0 before the first.
    public internal(set) var bestEpoch = 0
    /// What the epoch that is under way adds up to so far.
    var current = Sums()

    /// Sums over the steps of an epoch, of which its record is made. What its metrics add up is in themselves.
    struct Sums: Sendable, Equatable, Codable {
      var loss = 0.0
      var weight = 0.0  // what the samples count in the loss
      var samples = 0
      var seconds = 0.0
      var learningRate: Float = 0
      /// The number of correct predictions in checkpoints from before there were metrics.
      var correct: Int?

      func record(epoch number: Int, metrics: MetricValues, evaluation: EpochRecord.Score?) -> EpochRecord {
        EpochRecord(
          number: number, trainLoss: loss / (weight > 0 ? weight : 1), trainMetrics: metrics, evaluation: evaluation,
          learningRate: learningRate, seconds: seconds, samples: samples)
      }
    }
  }

  /// One training step.
  public struct Step: Sendable {
    /// The index of the step, counted from 0 over all epochs.
    public let index: Int
    /// The index of its epoch, from 0 on.
    public let epoch: Int
    /// The number of steps in an epoch.
    public let stepsPerEpoch: Int
    /// The number of steps of the whole training.
    public let totalSteps: Int
    /// The number of samples in the step's batch, or batches.
    public let samples: Int
    /// The mean loss over these samples, before the update.
    public let loss: Float
    /// The learning rate of the update.
    public let learningRate: Float
  }

  /// How a training ended.
  public struct Result: Sendable {
    /// Why a training ended.
    public enum Ending: Sendable, Equatable {
      /// All epochs are done.
      case finished
      /// An observer asked for it (``Trainer/shouldStop``).
      case stopped
      /// There was no better epoch than `best` for as long as ``Options/patience`` says; the weights are those of it.
      case patienceExhausted(best: Int)
    }
    /// Why the training ended.
    public let ending: Ending
    /// The number of whole epochs. This and the other numbers include what came before a checkpoint that was restored.
    public let epochs: Int
    /// The number of steps.
    public let steps: Int
    /// The seconds of training, without the evaluations.
    public let seconds: Double
    /// The number of samples trained on.
    public let samples: Int
  }
}
