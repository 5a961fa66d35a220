import ArgumentParser
import Kobai
import KobaiData
import KobaiTraining

/// The options that decide what comes out of a training, with nothing left out. A checkpoint carries them.
struct Recipe: Codable, Equatable {
  let data: String
  let model: Model
  let epochs: Int
  let batchSize: Int
  let optimizer: OptimizerName
  let learningRate: Float
  let schedule: ScheduleName
  let warmup: Int
  let weightDecay: Float
  let clipNorm: Float?
  let clipValue: Float?
  let ema: Float?
  let labelSmoothing: Float
  let classWeights: [Float]?
  let dropout: Float?
  let augments: Bool
  let standardizes: Bool
  let seed: UInt64
  let validationSplit: Double
  let patience: Int?

  /// With fewer images than this, a network soon knows them by heart: it sees them changed at random, for longer, and
  /// with a rate that rises and falls.
  static let fewImages = 10_000

  init(_ options: RecipeOptions, data: Dataset) throws {
    let isFew = data.train.count < Self.fewImages
    self.data = options.data ?? "auto"
    model = options.model ?? .simple
    epochs = options.epochs ?? (isFew ? 40 : 20)
    batchSize = options.batchSize ?? 100
    optimizer = options.optimizer ?? .adam
    schedule = options.schedule ?? (isFew ? .oneCycle : .constant)
    let isAdam = optimizer == .adam || optimizer == .adamw
    learningRate = options.learningRate ?? (isAdam && schedule == .oneCycle ? 0.003 : optimizer.defaultRate)
    warmup = options.warmup ?? 0
    weightDecay = options.weightDecay ?? 0
    (clipNorm, clipValue, ema) = (options.clipNorm, options.clipValue, options.ema)
    labelSmoothing = options.labelSmoothing ?? 0
    classWeights = try options.classWeights.map { try Self.weights($0, classes: data.classes) }
    dropout = options.dropout
    augments = options.augment ?? isFew
    standardizes = options.standardize ?? false
    seed = options.seed ?? 0
    validationSplit = options.validationSplit ?? 0
    patience = options.patience
    guard patience == nil || validationSplit > 0 else {
      throw ValidationError("--patience needs --validation-split, the images to watch")
    }
  }

  private static func weights(_ text: String, classes: Int) throws -> [Float] {
    let weights = text.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) }
    guard weights.count == classes, weights.allSatisfy({ $0.map { $0 >= 0 && $0.isFinite } ?? false }),
      weights.contains(where: { $0 ?? 0 > 0 })
    else {
      throw ValidationError("--class-weights \(text): \(classes) numbers are needed, none negative, not all zero")
    }
    return weights.compactMap(\.self)
  }

  var clipping: GradientClipping? { clipNorm.map { .norm($0) } ?? clipValue.map { .value($0) } }
  var normalization: Normalization { standardizes ? .mnist : .unit }

  /// What typed options ask for that this recipe has otherwise: "--model deep", and what the recipe has.
  ///
  /// - Parameter other: the recipe that the options alone would give.
  func conflicts(with typed: RecipeOptions, _ other: Recipe) -> [String] {
    func text(_ value: (some CustomStringConvertible)?) -> String { value.map { "\($0)" } ?? "none" }
    let pairs: [(isTyped: Bool, name: String, mine: String, theirs: String)] = [
      (typed.model != nil, "model", model.rawValue, other.model.rawValue),
      (typed.epochs != nil, "epochs", "\(epochs)", "\(other.epochs)"),
      (typed.batchSize != nil, "batch-size", "\(batchSize)", "\(other.batchSize)"),
      (typed.optimizer != nil, "optimizer", optimizer.rawValue, other.optimizer.rawValue),
      (typed.learningRate != nil, "learning-rate", "\(learningRate)", "\(other.learningRate)"),
      (typed.schedule != nil, "schedule", schedule.rawValue, other.schedule.rawValue),
      (typed.warmup != nil, "warmup", "\(warmup)", "\(other.warmup)"),
      (typed.weightDecay != nil, "weight-decay", "\(weightDecay)", "\(other.weightDecay)"),
      (typed.clipNorm != nil, "clip-norm", text(clipNorm), text(other.clipNorm)),
      (typed.clipValue != nil, "clip-value", text(clipValue), text(other.clipValue)),
      (typed.ema != nil, "ema", text(ema), text(other.ema)),
      (typed.labelSmoothing != nil, "label-smoothing", "\(labelSmoothing)", "\(other.labelSmoothing)"),
      (typed.classWeights != nil, "class-weights", text(classWeights), text(other.classWeights)),
      (typed.dropout != nil, "dropout", text(dropout), text(other.dropout)),
      (typed.augment != nil, "augment", "\(augments)", "\(other.augments)"),
      (typed.standardize != nil, "standardize", "\(standardizes)", "\(other.standardizes)"),
      (typed.seed != nil, "seed", "\(seed)", "\(other.seed)"),
      (typed.validationSplit != nil, "validation-split", "\(validationSplit)", "\(other.validationSplit)"),
      (typed.patience != nil, "patience", text(patience), text(other.patience)),
    ]
    return pairs.filter { $0.isTyped && $0.mine != $0.theirs }.map { "--\($0.name) \($0.theirs), not \($0.mine)" }
  }
}
