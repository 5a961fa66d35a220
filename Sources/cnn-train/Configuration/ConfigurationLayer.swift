import Kobai
import KobaiData
import KobaiTraining

/// A configuration in part: the options that were typed, or that a preset sets. Layers lie on each other, and an option has
/// the value of the uppermost layer that sets it.
@dynamicMemberLookup
struct ConfigurationLayer: Sendable {
  private var values: [String: any FieldValue] = [:]

  subscript<Value>(field: Field<Value>) -> Value? {
    get { values[field.name] as? Value }
    set { values[field.name] = newValue }
  }

  subscript<Value>(dynamicMember path: KeyPath<TrainingFields, Field<Value>>) -> Value? {
    get { self[TrainingFields.table[keyPath: path]] }
    set { self[TrainingFields.table[keyPath: path]] = newValue }
  }

  subscript<Value>(dynamicMember path: KeyPath<TrainingFields, OptionalField<Value>>) -> Value? {
    get { self[TrainingFields.table[keyPath: path].field] }
    set { self[TrainingFields.table[keyPath: path].field] = newValue }
  }

  func sets(_ field: any AnyField) -> Bool { sets(field.name) }
  func sets(_ name: String) -> Bool { values[name] != nil }

  /// Puts a layer under this one. What it sets and does not go with the options above it, as betas do not with sgd, is left
  /// out.
  mutating func lay(under lower: ConfigurationLayer, for data: DataSize) {
    let upper = self
    values.merge(lower.values) { mine, _ in mine }
    for field in TrainingFields.all where !upper.sets(field) {
      if (field.problem(in: self) ?? field.problem(in: self, for: data)) != nil { values[field.name] = nil }
    }
  }
}

/// The size of the data to train on, and what they are.
struct DataSize: Sendable {
  /// The number of images, or other samples, of which some may be set aside to validate on.
  let images: Int
  /// The number of classes or labels; 0 where targets are none.
  let classes: Int
  /// What the data ask for.
  var task = LearningTask.Kind.classification
  /// The shape of one sample.
  var input: [Int] = [1, 28, 28]
  /// What the samples are.
  var form = Form.images(.idx)

  enum Form: Sendable, Equatable {
    /// Images that can be augmented; nil are those of no file.
    case images(DataKind?)
    /// Rows of a table.
    case table
    /// Arrays of numbers.
    case arrays
  }

  var hasImages: Bool { if case .images = form { true } else { false } }

  /// The height and width of the images; nil where the samples are none.
  var imageSize: Size2D? { hasImages ? Size2D(input[1], input[2]) : nil }

  /// The number of images that are set aside as this share of them.
  func validation(_ split: Double) -> Int { Int((split * Double(images)).rounded()) }

  /// The number of images that stay to train on.
  func training(with layer: ConfigurationLayer) -> Int { images - validation(layer.validationSplit ?? 0) }
}

extension TrainingData {
  var trainingSize: DataSize {
    DataSize(
      images: train.count, classes: classNames?.count ?? 0, task: LearningTask(self).kind, input: train.inputShape,
      form: images != nil ? .images(kind) : encoding != nil ? .table : .arrays)
  }
}
