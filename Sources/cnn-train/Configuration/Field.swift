import ArgumentParser
import Foundation

/// The types of values that a field can have.
typealias FieldValue = Codable & Sendable

/// One option of a training, whole: how it is typed, checked, kept in files and shown. Every configuration has a value for
/// it, or for an `optional` one none.
struct Field<Value: FieldValue>: Sendable {
  /// The name of the option on the command line, without its dashes.
  let name: String
  /// The key of the value in JSON.
  let key: FieldKey
  /// Whether a resumed training has to keep the value.
  let isFixed: Bool
  private(set) var isOptional = false
  private let help: ArgumentHelp
  private let typing: Typing<Value>
  private let fallback: Default<Value>?
  private let unset: String
  private let excluded: String?
  private let check: Check
  private let fits: Fit
  private let phrase: @Sendable (Value) -> String?
  private let identity: @Sendable (Value) -> String

  /// Finds the reason why a value is impossible; nil where it is possible.
  typealias Check = @Sendable (Value) -> String?
  /// Finds the reason why a value does not go with the other options and the data; nil where it does.
  typealias Fit = @Sendable (Value, ConfigurationLayer, DataSize) -> String?

  /// - Parameters:
  ///   - name: the option's name, without its dashes.
  ///   - key: the name in JSON, unless it is the option's name in camel case.
  ///   - typing: how the value is typed and printed.
  ///   - default: the value where neither the command line nor a preset sets one; the book's, as far as it has one.
  ///   - unset: the text that is shown where there is no value.
  ///   - help: the help text, with the default.
  ///   - valueName: the name of the value in the help; the option's name unless given.
  ///   - isFixed: whether a resumed training has to keep the value.
  ///   - excluded: the name of an option that cannot have a value beside it.
  ///   - check: why a value is impossible by itself.
  ///   - fits: why a value does not go with the other options and the data.
  ///   - phrase: the words for the value in the line about the training, if any.
  ///   - identity: what makes two values the same for a training that is resumed; how they are typed unless given.
  init(
    _ name: String, key: String? = nil, as typing: Typing<Value>, default: Default<Value>? = nil,
    unset: String = "none",
    help: String, valueName: String? = nil, isFixed: Bool = true, excludes excluded: String? = nil,
    check: @escaping Check = { _ in nil },
    fits: @escaping Fit = { _, _, _ in nil }, phrase: @escaping @Sendable (Value) -> String? = { _ in nil },
    identity: (@Sendable (Value) -> String)? = nil
  ) {
    self.name = name
    self.key = FieldKey(stringValue: key ?? FieldKey.camelCase(name))
    (self.typing, fallback, self.unset) = (typing, `default`, unset)
    (self.help, self.isFixed) = (ArgumentHelp(help, valueName: valueName), isFixed)
    (self.excluded, self.check, self.fits, self.phrase) = (excluded, check, fits, phrase)
    self.identity = identity ?? typing.print
  }

  /// The field of an option that may stay without a value.
  var optional: OptionalField<Value> {
    var field = self
    field.isOptional = true
    return OptionalField(field: field)
  }
}

/// The field of an option that may stay without a value.
struct OptionalField<Value: FieldValue>: Sendable {
  let field: Field<Value>
}

/// The value of an option that neither the command line nor a preset sets.
enum Default<Value: Sendable>: Sendable {
  /// It is always the same.
  case value(Value)
  /// It follows from the other options and the data.
  case following(@Sendable (ConfigurationLayer, DataSize) -> Value?)
}

/// A field whatever its value's type is, for all that is done with the whole table.
protocol AnyField: Sendable {
  var name: String { get }
  var key: FieldKey { get }
  var isFixed: Bool { get }
  var isOptional: Bool { get }

  /// The `Option` or `Flag` that the argument parser is to find.
  var argument: Any { get }
  /// The change to a layer that was typed; nil where the option was not.
  func assignment(in parsed: KeyedDecodingContainer<FieldKey>) throws -> ((inout ConfigurationLayer) throws -> Void)?

  /// Whether values are numbers, and whether whole ones.
  var isNumber: Bool { get }
  var isWholeNumber: Bool { get }
  /// Sets the value that is typed like that; false where there is none.
  func set(_ text: String, in layer: inout ConfigurationLayer) throws -> Bool
  /// What is typed for a value in words: "--epochs 5", "--no-augment".
  func words(_ value: String) -> String

  /// Reads the value from JSON, if it is there.
  func decode(_ file: KeyedDecodingContainer<FieldKey>, into layer: inout ConfigurationLayer) throws
  /// Writes the value as JSON, if there is one.
  func encode(_ layer: ConfigurationLayer, into file: inout KeyedEncodingContainer<FieldKey>) throws

  /// Gives a layer without a value the default that is always the same.
  func setDefault(in layer: inout ConfigurationLayer)
  /// Gives a layer without a value the default that follows from the others.
  func setDefault(in layer: inout ConfigurationLayer, for data: DataSize)

  /// The value in words.
  func text(in layer: ConfigurationLayer) -> String
  /// How the value that is asked for differs from the one of a training: "--model deep, not simple"; nil where it does not.
  func conflict(_ asked: ConfigurationLayer, with made: ConfigurationLayer) -> String?
  /// The words for the value in the line about the training, if any.
  func phrase(in layer: ConfigurationLayer) -> String?
  /// The error about a value that is impossible whatever the data: "--epochs 0: at least one epoch is needed".
  func problem(in layer: ConfigurationLayer) -> String?
  /// The error about a value that does not go with the other options and the data.
  func problem(in layer: ConfigurationLayer, for data: DataSize) -> String?
}

extension Field: AnyField {
  var argument: Any { typing.argument(name, help) }

  func assignment(in parsed: KeyedDecodingContainer<FieldKey>) throws -> ((inout ConfigurationLayer) throws -> Void)? {
    guard let value = try typing.read(parsed, key) else { return nil }
    return { layer in layer[self] = try value() }
  }

  var isNumber: Bool { Value.self is any Numeric.Type }
  var isWholeNumber: Bool { Value.self is any BinaryInteger.Type }

  func set(_ text: String, in layer: inout ConfigurationLayer) throws -> Bool {
    layer[self] = try typing.parse(text)
    return layer[self] != nil
  }

  func words(_ value: String) -> String {
    if Value.self == Bool.self { return value == "true" ? "--\(name)" : "--no-\(name)" }
    return "--\(name) \(value.inShell)"
  }

  func decode(_ file: KeyedDecodingContainer<FieldKey>, into layer: inout ConfigurationLayer) throws {
    if let value = try file.decodeIfPresent(Value.self, forKey: key) { layer[self] = value }
  }

  func encode(_ layer: ConfigurationLayer, into file: inout KeyedEncodingContainer<FieldKey>) throws {
    try file.encodeIfPresent(layer[self], forKey: key)
  }

  func setDefault(in layer: inout ConfigurationLayer) {
    if layer[self] == nil, case .value(let value)? = fallback { layer[self] = value }
  }

  func setDefault(in layer: inout ConfigurationLayer, for data: DataSize) {
    if layer[self] == nil, case .following(let value)? = fallback { layer[self] = value(layer, data) }
  }

  func text(in layer: ConfigurationLayer) -> String { layer[self].map(typing.print) ?? unset }
  func conflict(_ asked: ConfigurationLayer, with made: ConfigurationLayer) -> String? {
    let (wanted, value) = (text(in: asked), text(in: made))
    if let wanted = asked[self], let value = made[self], identity(wanted) == identity(value) { return nil }
    if wanted != value { return "--\(name) \(wanted), not \(value)" }
    return made[self] == nil ? nil : "--\(name) \(wanted), which is not what it was"
  }

  func phrase(in layer: ConfigurationLayer) -> String? { layer[self].flatMap(phrase) }

  func problem(in layer: ConfigurationLayer) -> String? {
    guard let value = layer[self] else { return nil }
    if let excluded, layer.sets(excluded) { return problem(value, "it excludes --\(excluded); give one of them") }
    return problem(value, check(value))
  }

  func problem(in layer: ConfigurationLayer, for data: DataSize) -> String? {
    layer[self].flatMap { problem($0, fits($0, layer, data)) }
  }

  private func problem(_ value: Value, _ reason: String?) -> String? {
    reason.map { value is Bool ? "--\(name): \($0)" : "--\(name) \(typing.print(value)): \($0)" }
  }
}

/// A property of the table, which has a field.
protocol TableEntry {
  var entry: any AnyField { get }
}

extension Field: TableEntry {
  var entry: any AnyField { self }
}

extension OptionalField: TableEntry {
  var entry: any AnyField { field }
}

/// The name of a field in JSON, and for the argument parser.
struct FieldKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }

  /// "labelSmoothing" for "label-smoothing".
  static func camelCase(_ name: String) -> String {
    let words = name.split(separator: "-")
    return String(words[0]) + words.dropFirst().map(\.capitalized).joined()
  }
}

extension String {
  /// The text as a shell takes it for one word.
  var inShell: String {
    let isPlain = !isEmpty && allSatisfy { $0.isLetter || $0.isNumber || "-_./,=+:%@".contains($0) }
    return isPlain ? self : "'\(replacing("'", with: "'\\''"))'"
  }
}
