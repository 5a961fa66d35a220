import Kobai
import KobaiData

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
    for field in TrainingFields.all where !upper.sets(field) && field.problem(in: self, for: data) != nil {
      values[field.name] = nil
    }
  }
}

/// The size of the data to train on.
struct DataSize: Sendable {
  /// The number of images, of which some may be set aside to validate on.
  let images: Int
  let classes: Int
  /// The height and width of the images, if they have one.
  var imageSize: Size2D?

  /// The number of images that are set aside as this share of them.
  func validation(_ split: Double) -> Int { Int((split * Double(images)).rounded()) }

  /// The number of images that stay to train on.
  func training(with layer: ConfigurationLayer) -> Int { images - validation(layer.validationSplit ?? 0) }
}

extension Dataset {
  var trainingSize: DataSize { DataSize(images: train.count, classes: classes, imageSize: train.size) }
}
