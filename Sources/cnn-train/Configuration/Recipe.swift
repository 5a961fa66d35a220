import ArgumentParser
import Kobai
import KobaiData
import KobaiTraining

/// The options that decide what comes out of a training, with nothing left out. A checkpoint carries them.
struct Recipe: Codable, Equatable {
  let data: String
  let orientation: StoredOrientation?  // nil in checkpoints from before it was: images and labels as they are stored
  let classNames: [String]?
  let model: Model
  private(set) var epochs: Int
  let images: Int?
  let batchSize: Int
  let optimizer: OptimizerName
  let betas: Betas?
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
  let precision: Precision

  /// With fewer images than this, a network soon knows them by heart: it sees them changed at random, for longer, and
  /// with a rate that rises and falls.
  static let fewImages = 10_000

  init(_ typed: RecipeOptions, data: Dataset) throws {
    let options = typed.completed(for: data)
    let isFew = data.train.count < Self.fewImages
    self.data = options.data ?? "auto"
    orientation = options.orientation ?? .auto
    classNames = try options.typedClassNames?.names
    model = options.model ?? .simple
    epochs = options.epochs ?? (isFew ? 40 : 20)
    images = options.images
    let (count, validation) = (data.train.count, options.validationCount(of: data))
    validationSplit = options.validationSplit ?? 0
    guard validation > 0 || validationSplit == 0 else {
      throw ValidationError("--validation-split \(validationSplit): of \(count) images that is none")
    }
    guard validation < count else {
      throw ValidationError("--validation-split \(validationSplit): of \(count) images that leaves none to train on")
    }
    batchSize = options.batchSize ?? min(100, options.images ?? (count - validation))
    optimizer = options.optimizer ?? .adam
    betas = options.betas
    guard betas == nil || optimizer.hasBetas else {
      throw ValidationError("--betas are adam's and adamw's, not \(optimizer.rawValue)'s")
    }
    schedule = options.schedule ?? (isFew ? .oneCycle : .constant)
    learningRate = options.learningRate ?? (optimizer.hasBetas && schedule == .oneCycle ? 0.003 : optimizer.defaultRate)
    warmup = options.warmup ?? 0
    weightDecay = options.weightDecay ?? 0
    (clipNorm, clipValue, ema) = (options.clipNorm, options.clipValue, options.ema)
    labelSmoothing = options.labelSmoothing ?? 0
    classWeights = try options.classWeights.map { try Self.weights($0, classes: data.classes) }
    dropout = options.dropout
    guard dropout == nil || model.hasDropout else {
      throw ValidationError("--dropout: \(model.rawValue) has no layer for it")
    }
    augments = options.augment ?? isFew
    standardizes = options.standardize ?? false
    seed = options.seed ?? 0
    patience = options.patience
    guard patience == nil || validationSplit > 0 else {
      throw ValidationError("--patience needs --validation-split, the images to watch")
    }
    precision = options.precision ?? .highest
  }

  /// How many of the training images are set aside.
  func validationCount(of data: Dataset) -> Int { Self.share(validationSplit, of: data) }

  fileprivate static func share(_ split: Double, of data: Dataset) -> Int {
    Int((split * Double(data.train.count)).rounded())
  }

  /// The same for more epochs.
  func extended(to epochs: Int) -> Recipe {
    var longer = self
    longer.epochs = epochs
    return longer
  }

  fileprivate static func weights(_ text: String, classes: Int) throws -> [Float] {
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

  /// Every field under its option's name, in words.
  var fields: [(name: String, value: String)] {
    func text(_ value: (some CustomStringConvertible)?) -> String { value.map { "\($0)" } ?? "none" }
    return [
      ("orientation", orientation?.rawValue ?? "as stored"),
      ("class-names", classNames?.joined(separator: ",") ?? "those of the data"),
      ("model", model.rawValue), ("epochs", "\(epochs)"), ("images", images.map { "\($0)" } ?? "all"),
      ("batch-size", "\(batchSize)"), ("optimizer", optimizer.rawValue), ("betas", (betas ?? .standard).description),
      ("learning-rate", "\(learningRate)"), ("schedule", schedule.rawValue),
      ("warmup", "\(warmup)"), ("weight-decay", "\(weightDecay)"), ("clip-norm", text(clipNorm)),
      ("clip-value", text(clipValue)), ("ema", text(ema)), ("label-smoothing", "\(labelSmoothing)"),
      ("class-weights", text(classWeights)), ("dropout", text(dropout)), ("augment", "\(augments)"),
      ("standardize", "\(standardizes)"), ("seed", "\(seed)"), ("validation-split", "\(validationSplit)"),
      ("patience", text(patience)), ("precision", precision.rawValue),
    ]
  }

  /// What typed options ask for that this recipe has otherwise: "--model deep, not simple".
  func conflicts(with typed: RecipeOptions, classes: Int) throws -> [String] {
    let asked = try typed.fields(classes: classes)
    return fields.compactMap { name, value in
      asked[name].flatMap { $0 == value ? nil : "--\(name) \($0), not \(value)" }
    }
  }
}

extension RecipeOptions {
  /// How many of the training images are set aside.
  func validationCount(of data: Dataset) -> Int { Recipe.share(validationSplit ?? 0, of: data) }

  /// What was typed, in the words of ``Recipe/fields``.
  fileprivate func fields(classes: Int) throws -> [String: String] {
    let weights = try classWeights.map { try Recipe.weights($0, classes: classes) }
    let typed: [(String, (any CustomStringConvertible)?)] = [
      ("orientation", orientation?.rawValue), ("class-names", try typedClassNames?.names.joined(separator: ",")),
      ("model", model?.rawValue), ("epochs", epochs), ("images", images), ("batch-size", batchSize),
      ("optimizer", optimizer?.rawValue), ("betas", betas), ("learning-rate", learningRate),
      ("schedule", schedule?.rawValue), ("warmup", warmup), ("weight-decay", weightDecay), ("clip-norm", clipNorm),
      ("clip-value", clipValue), ("ema", ema), ("label-smoothing", labelSmoothing), ("class-weights", weights),
      ("dropout", dropout), ("augment", augment), ("standardize", standardize), ("seed", seed),
      ("validation-split", validationSplit), ("patience", patience), ("precision", precision?.rawValue),
    ]
    return Dictionary(uniqueKeysWithValues: typed.compactMap { name, value in value.map { (name, $0.description) } })
  }
}
