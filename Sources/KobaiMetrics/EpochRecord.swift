/// One epoch of a training: how well the network did on the samples it was trained on, how well on others afterwards, and
/// how long that took.
///
/// This one record goes all the way: the trainer tells it to its observers, checkpoints and metrics files hold it as JSON
/// (see ``init(from:)``), and displays, TensorBoard and reports show it.
public struct EpochRecord: Sendable, Equatable {
  /// The number of the epoch, from 1 on.
  public var number: Int
  /// The mean loss of the samples it was trained on, each before the update of its step.
  public var trainLoss: Double
  /// The values of the training's metrics for these samples.
  public var trainMetrics: MetricValues
  /// How well the network does after the epoch on samples that it is not trained on; nil where none were looked at.
  public var evaluation: Score?
  /// The learning rate of the epoch's last step.
  public var learningRate: Float
  /// The seconds of training, without the evaluation.
  public var seconds: Double
  /// The number of samples trained on.
  public var samples: Int

  /// The share of correct predictions for the samples it was trained on, 0 ... 1; not a number where that was not measured.
  public var trainAccuracy: Double { trainMetrics["accuracy"] ?? .nan }
  /// The number of samples trained on in a second; not finite where no time was measured.
  public var samplesPerSecond: Double { Double(samples) / seconds }

  /// How well a network does on a set of samples.
  public struct Score: Sendable, Equatable {
    /// The samples that were looked at.
    public var set: EvaluationSet
    /// The mean loss of the samples.
    public var loss: Double
    /// The values of the training's metrics for them.
    public var metrics: MetricValues

    /// The share of correct predictions, 0 ... 1; not a number where that was not measured.
    public var accuracy: Double { metrics["accuracy"] ?? .nan }

    /// A score with all that it says.
    public init(on set: EvaluationSet, loss: Double, metrics: MetricValues = [:]) {
      (self.set, self.loss, self.metrics) = (set, loss, metrics)
    }
  }

  /// An epoch without an evaluation, and of which no time was measured, unless they are given.
  public init(
    number: Int, trainLoss: Double, trainMetrics: MetricValues = [:], evaluation: Score? = nil, learningRate: Float = 0,
    seconds: Double = 0, samples: Int = 0
  ) {
    (self.number, self.trainLoss, self.trainMetrics, self.evaluation) = (number, trainLoss, trainMetrics, evaluation)
    (self.learningRate, self.seconds, self.samples) = (learningRate, seconds, samples)
  }
}

/// The samples that a training looks at after each epoch.
public enum EvaluationSet: String, Sendable {
  /// Samples that were set aside from those to train on.
  case validation
  /// The test samples.
  case test
}

extension EpochRecord: Codable {
  private typealias Key = MeasuredKey
  private static let number = Key("epoch")
  private static let learningRate = Key("learningRate")
  private static let seconds = Key("seconds")
  /// Whatever the samples are, files say images, as they did when there was nothing else.
  private static let samplesPerSecond = [Key("imagesPerSecond"), Key("samplesPerSecond")]
  private static let train = "train"
  private static let loss = "loss"

  /// Reads a record: `epoch`, `trainLoss`, `learningRate`, `seconds` and `imagesPerSecond` (or `samplesPerSecond`), where there
  /// was an evaluation `validationLoss` or `testLoss`, and each metric beside the losses: `trainAccuracy` and `testAccuracy`.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    func score(_ samples: String) throws -> (loss: Double, metrics: MetricValues)? {
      var measured: [String: Double] = [:]
      for key in values.allKeys {
        guard let name = key.measured(on: samples) else { continue }
        measured[name] = try values.decode(Double.self, forKey: key)
      }
      if measured.isEmpty { return nil }
      let loss =
        try measured.removeValue(forKey: Self.loss) ?? values.decode(Double.self, forKey: Key(samples, Self.loss))
      var metrics: MetricValues = [:]
      for (key, value) in measured { metrics[key] = value }
      return (loss, metrics)
    }
    func evaluation(_ set: EvaluationSet) throws -> Score? {
      try score(set.rawValue).map { Score(on: set, loss: $0.loss, metrics: $0.metrics) }
    }
    guard let train = try score(Self.train) else {
      throw DecodingError.keyNotFound(
        Key(Self.train, Self.loss), .init(codingPath: decoder.codingPath, debugDescription: "an epoch without a loss"))
    }
    let seconds = try values.decode(Double.self, forKey: Self.seconds)
    // The file has the rate of samples; their number is whole, so that it comes back without an error of rounding.
    let rate = Self.samplesPerSecond.first(where: values.contains) ?? Self.samplesPerSecond[0]
    let samples = try values.decode(Double.self, forKey: rate) * seconds
    self.init(
      number: try values.decode(Int.self, forKey: Self.number), trainLoss: train.loss, trainMetrics: train.metrics,
      evaluation: try evaluation(.validation) ?? evaluation(.test),
      learningRate: try values.decode(Float.self, forKey: Self.learningRate), seconds: seconds,
      samples: Int(exactly: samples.rounded()) ?? 0)
  }

  /// Writes what ``init(from:)`` reads. A metric that is not a number is left out, for JSON has no such thing.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    func encode(_ samples: String, _ loss: Double, _ metrics: MetricValues) throws {
      try values.encode(loss, forKey: Key(samples, Self.loss))
      try metrics.encode(to: encoder, on: samples)
    }
    try values.encode(number, forKey: Self.number)
    try encode(Self.train, trainLoss, trainMetrics)
    if let evaluation { try encode(evaluation.set.rawValue, evaluation.loss, evaluation.metrics) }
    try values.encode(learningRate, forKey: Self.learningRate)
    try values.encode(seconds, forKey: Self.seconds)
    try values.encode(samplesPerSecond, forKey: Self.samplesPerSecond[0])
  }
}
