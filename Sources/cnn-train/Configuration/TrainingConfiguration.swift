import ArgumentParser
import Kobai
import KobaiData
import KobaiTraining

/// What decides what comes out of a training, with a value for every option that needs one. ``TrainingFields`` has the
/// options: `configuration.epochs` is the value of its `epochs`.
@dynamicMemberLookup
struct TrainingConfiguration: Sendable {
  private var layer: ConfigurationLayer

  /// Merges the layers, the upper ones first: what was typed, the preset, what few images need, and the defaults; of these
  /// come last those that follow from all the others.
  ///
  /// - Throws: `ValidationError` where a value is impossible, or does not go with the others and the data.
  init(typed: ConfigurationLayer, preset: Preset?, data: DataSize) throws {
    layer = typed
    for lower in try [preset?.layer(for: data) ?? ConfigurationLayer(), .table(for: data)] {
      layer.lay(under: lower, for: data)
    }
    layer.lay(under: .fewImages(for: data, under: layer), for: data)
    for field in TrainingFields.all { field.setDefault(in: &layer) }
    for field in TrainingFields.all { field.setDefault(in: &layer, for: data) }
    // A default can only be wrong by what was typed: that is what the error is to name.
    for fields in [TrainingFields.all.filter(typed.sets), TrainingFields.all] {
      if let problem = layer.problem(in: fields, for: data) { throw ValidationError(problem) }
    }
  }

  subscript<Value>(dynamicMember path: KeyPath<TrainingFields, Field<Value>>) -> Value {
    get {
      guard let value = layer[dynamicMember: path] else {
        preconditionFailure("--\(TrainingFields.table[keyPath: path].name) has neither a value nor a default")
      }
      return value
    }
    set { layer[dynamicMember: path] = newValue }
  }

  subscript<Value>(dynamicMember path: KeyPath<TrainingFields, OptionalField<Value>>) -> Value? {
    layer[dynamicMember: path]
  }

  /// The first error in a configuration that was read from a file.
  func problem(for data: DataSize) -> String? { layer.problem(in: TrainingFields.all, for: data) }

  /// The typed options that differ from this configuration: "--model deep, not simple".
  func conflicts(with asked: ConfigurationLayer) -> [String] {
    TrainingFields.all.filter { $0.isFixed && asked.sets($0) }.compactMap { $0.conflict(asked, with: layer) }
  }

  /// Every option that a resumed training keeps, by its name, in words.
  var options: [(name: String, value: String)] {
    TrainingFields.all.filter(\.isFixed).map { ($0.name, $0.text(in: layer)) }
  }

  /// The training in one line: "40 epochs in batches of 100, adam 0.003 one-cycle, augmented, seed 0".
  var summary: String {
    let start =
      "\(self.epochs) epoch\(self.epochs == 1 ? "" : "s") in batches of \(self.batchSize), "
      + "\(self.optimizer.rawValue) \(self.learningRate) \(self.schedule.rawValue)"
    return ([start] + TrainingFields.all.compactMap { $0.phrase(in: layer) }).joined(separator: ", ")
  }

  /// What the network is called: its name, or that of its file.
  var networkName: String { self.network?.name ?? self.model?.rawValue ?? "" }

  /// The number of images that are set aside to validate on.
  func validationCount(of data: DataSize) -> Int { data.validation(self.validationSplit) }

  /// The highest learning rate, for steps of as many samples as these have.
  ///
  /// - Parameter samples: how many are trained on in an epoch; no step has more.
  func scaledLearningRate(trainingOn samples: Int) -> Float {
    guard let base = self.baseBatchSize else { return self.learningRate }
    return linearlyScaledRate(
      self.learningRate, from: base, to: min(self.batchSize *| (self.accumulate ?? 1), samples))
  }

  var clipping: GradientClipping? {
    self.clipNorm.map { .norm($0) } ?? self.clipValue.map { .value($0) }
  }

  /// How the learning rate changes.
  var learningRateSchedule: Schedule {
    self.schedule.schedule(rising: self.pctStart, annealing: self.annealStrategy)
  }

  /// How training images are changed; nil where they stay as they are.
  var augmentation: Augmentation? {
    var changes = self.augment ? Augmentation.digits : .none
    changes.horizontalFlip = self.flip ?? false ? 0.5 : 0
    (changes.crop, changes.padding) = (self.crop ?? 0, self.paddingMode ?? .constant)
    changes.cutout = self.cutout ?? 0
    return changes == .none ? nil : changes
  }

  /// How inputs are normalised: gray images of 28×28, and whatever comes in IDX files, by MNIST's mean and deviation; other data
  /// by those of each channel or column over the samples that are trained on.
  func normalization(for data: TrainingData, at indices: [Int32], on kernels: Kernels) throws -> Normalization {
    guard self.standardize else { return .unit }
    let isLikeMNIST =
      data.images != nil && (data.kind == nil || data.kind == .idx || data.train.inputShape == [1, 28, 28])
    return isLikeMNIST ? .mnist : try .learned(from: data.train, indices: indices, on: kernels)
  }
}

extension ConfigurationLayer {
  /// The steps in which the rate for large batches rises: those of five epochs, unless the schedule begins with a rise of its own.
  func warmupOfLargeBatches(for data: DataSize) -> Int {
    guard self.baseBatchSize != nil, self.schedule != .oneCycle, self.schedule != .triangular else { return 0 }
    let samples = self.images ?? data.training(with: self)
    let step = max(1, (self.batchSize ?? samples) *| (self.accumulate ?? 1))
    return 5 * ((samples - 1) / step + 1)
  }

  /// The first problem in those fields: of values by themselves first, since only possible ones can be compared.
  fileprivate func problem(in fields: [any AnyField], for data: DataSize) -> String? {
    for field in fields {
      if let problem = field.problem(in: self) { return problem }
    }
    for field in fields {
      if let problem = field.problem(in: self, for: data) { return problem }
    }
    return nil
  }
}

extension TrainingConfiguration: Codable {
  /// Reads an object with the fields under their keys. A field that is missing is younger than the file, and has the
  /// default that is always the same; it is an error where there is none.
  init(from decoder: any Decoder) throws {
    let file = try decoder.container(keyedBy: FieldKey.self)
    layer = ConfigurationLayer()
    for field in TrainingFields.all {
      try field.decode(file, into: &layer)
      guard !field.isOptional, !layer.sets(field) else { continue }
      field.setDefault(in: &layer)
      guard layer.sets(field) else {
        throw DecodingError.keyNotFound(field.key, .init(codingPath: file.codingPath, debugDescription: field.name))
      }
    }
  }

  func encode(to encoder: any Encoder) throws {
    var file = encoder.container(keyedBy: FieldKey.self)
    for field in TrainingFields.all { try field.encode(layer, into: &file) }
  }
}
