import ArgumentParser

/// The options of ``TrainingFields`` on the command line, and the preset under them.
///
/// The argument parser finds its options by reflection; what it finds here comes from the table instead of from properties.
struct ConfigurationOptions: ParsableArguments, CustomReflectable {
  private(set) var preset: Preset?
  private var assignments: [(inout ConfigurationLayer) throws -> Void] = []

  private static let presetKey = FieldKey(stringValue: "recipe")
  private static var presetOption: Option<Preset?> {
    Option(
      name: .customLong(presetKey.stringValue),
      help:
        """
        What the options below are unless given: the book's, those of a sprint to 99 or to 99.5 % on MNIST, \
        those of the fewest parameters for these, or those for \
        photographs such as CIFAR's. (default: book)
        """)
  }

  init() {}

  init(from decoder: any Decoder) throws {
    let parsed = try decoder.container(keyedBy: FieldKey.self)
    preset = try parsed.decode(Option<Preset?>.self, forKey: Self.presetKey).wrappedValue
    assignments = try TrainingFields.all.compactMap { try $0.assignment(in: parsed) }
  }

  var customMirror: Mirror {
    let preset: Mirror.Child = (Self.presetKey.stringValue, Self.presetOption)
    return Mirror(self, children: [preset] + TrainingFields.all.map { ($0.key.stringValue, $0.argument) })
  }

  /// The layer of options that were typed.
  ///
  /// - Throws: `ValidationError` where a value is impossible, `FileError` where a file that it names cannot be read.
  func typed() throws -> ConfigurationLayer {
    var layer = ConfigurationLayer()
    for assign in assignments { try assign(&layer) }
    for field in TrainingFields.all {
      if let problem = field.problem(in: layer) { throw ValidationError(problem) }
    }
    return layer
  }
}
