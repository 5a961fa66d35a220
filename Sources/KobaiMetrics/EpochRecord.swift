/// One epoch of a training: how well the network did on the images it was trained on, how well on others afterwards, and
/// how long that took.
///
/// This one record goes all the way: the trainer tells it to its observers, checkpoints and metrics files hold it as JSON
/// (see ``init(from:)``), and displays, TensorBoard and reports show it.
public struct EpochRecord: Sendable, Equatable {
  /// The number of the epoch, from 1 on.
  public var number: Int
  /// The mean loss of the images it was trained on, each before the update of its step.
  public var trainLoss: Double
  /// The share of correct predictions for these images, 0 ... 1.
  public var trainAccuracy: Double
  /// How well the network does after the epoch on images that it is not trained on; nil where none were looked at.
  public var evaluation: Score?
  /// The learning rate of the epoch's last step.
  public var learningRate: Float
  /// The seconds of training, without the evaluation.
  public var seconds: Double
  /// The number of images trained on.
  public var images: Int

  /// The number of images trained on in a second; not finite where no time was measured.
  public var imagesPerSecond: Double { Double(images) / seconds }

  /// How well a network does on a set of images.
  public struct Score: Sendable, Equatable {
    /// The images that were looked at.
    public var set: EvaluationSet
    /// The mean loss of the images.
    public var loss: Double
    /// The share of correct predictions, 0 ... 1.
    public var accuracy: Double

    /// A score with all that it says.
    public init(on set: EvaluationSet, loss: Double, accuracy: Double) {
      (self.set, self.loss, self.accuracy) = (set, loss, accuracy)
    }
  }

  /// An epoch without an evaluation, and of which no time was measured, unless they are given.
  public init(
    number: Int, trainLoss: Double, trainAccuracy: Double, evaluation: Score? = nil, learningRate: Float = 0,
    seconds: Double = 0, images: Int = 0
  ) {
    (self.number, self.trainLoss, self.trainAccuracy, self.evaluation) = (number, trainLoss, trainAccuracy, evaluation)
    (self.learningRate, self.seconds, self.images) = (learningRate, seconds, images)
  }
}

/// The images that a training looks at after each epoch.
public enum EvaluationSet: String, Sendable {
  /// Images that were set aside from the training images.
  case validation
  /// The test images.
  case test
}

extension EpochRecord: Codable {
  private enum CodingKeys: String, CodingKey {
    case number = "epoch"
    case trainLoss, trainAccuracy, validationLoss, validationAccuracy, testLoss, testAccuracy
    case learningRate, seconds, imagesPerSecond
  }

  private static func keys(_ set: EvaluationSet) -> (loss: CodingKeys, accuracy: CodingKeys) {
    switch set {
    case .validation: (.validationLoss, .validationAccuracy)
    case .test: (.testLoss, .testAccuracy)
    }
  }

  /// Reads a record: `epoch`, `trainLoss`, `trainAccuracy`, `learningRate`, `seconds` and `imagesPerSecond`, and either
  /// `validationLoss` and `validationAccuracy`, or `testLoss` and `testAccuracy`, or neither.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func score(_ set: EvaluationSet) throws -> Score? {
      let keys = Self.keys(set)
      guard let loss = try values.decodeIfPresent(Double.self, forKey: keys.loss) else { return nil }
      return Score(on: set, loss: loss, accuracy: try values.decode(Double.self, forKey: keys.accuracy))
    }
    let seconds = try values.decode(Double.self, forKey: .seconds)
    // The file has the rate of images; their number is whole, so that it comes back without an error of rounding.
    let images = try values.decode(Double.self, forKey: .imagesPerSecond) * seconds
    self.init(
      number: try values.decode(Int.self, forKey: .number),
      trainLoss: try values.decode(Double.self, forKey: .trainLoss),
      trainAccuracy: try values.decode(Double.self, forKey: .trainAccuracy),
      evaluation: try score(.validation) ?? score(.test),
      learningRate: try values.decode(Float.self, forKey: .learningRate), seconds: seconds,
      images: Int(exactly: images.rounded()) ?? 0)
  }

  /// Writes what ``init(from:)`` reads.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(number, forKey: .number)
    try values.encode(trainLoss, forKey: .trainLoss)
    try values.encode(trainAccuracy, forKey: .trainAccuracy)
    if let evaluation {
      let keys = Self.keys(evaluation.set)
      try values.encode(evaluation.loss, forKey: keys.loss)
      try values.encode(evaluation.accuracy, forKey: keys.accuracy)
    }
    try values.encode(learningRate, forKey: .learningRate)
    try values.encode(seconds, forKey: .seconds)
    try values.encode(imagesPerSecond, forKey: .imagesPerSecond)
  }
}
