/// Values of metrics by name.
///
/// A name may be written as the metric says it, or as it stands in files: `values["macro F1"]` is `values["macroF1"]`.
public struct MetricValues: Sendable, Equatable, ExpressibleByDictionaryLiteral {
  /// The values by ``key(of:)``.
  private(set) var byKey: [String: Double] = [:]

  /// Values by name.
  public init(dictionaryLiteral values: (String, Double)...) {
    for (name, value) in values { self[name] = value }
  }

  /// What some metrics have come to.
  public init(_ metrics: [any Metric]) {
    for metric in metrics { self[metric.name] = metric.value }
  }

  /// The value of the metric of that name; nil where it was not measured.
  public subscript(name: String) -> Double? {
    get { byKey[Self.key(of: name)] }
    set { byKey[Self.key(of: name)] = newValue }
  }

  /// Whether nothing was measured.
  public var isEmpty: Bool { byKey.isEmpty }

  /// What a metric is called in files, in camel case: "rmse" for RMSE, "r2" for R², "top5Accuracy" for top-5 accuracy.
  public static func key(of name: String) -> String {
    let words = name.replacing("²", with: "2").split { !$0.isLetter && !$0.isNumber }.map(String.init)
    guard let first = words.first else { return "" }
    return lowered(first) + words.dropFirst().map(capitalized).joined()
  }

  /// A word in small letters if all of it is capitals, as RMSE is; else with a small first one, so that keys stay as they are.
  private static func lowered(_ word: String) -> String {
    word.allSatisfy { $0.isUppercase || $0.isNumber }
      ? word.lowercased() : word.prefix(1).lowercased() + word.dropFirst()
  }

  static func capitalized(_ word: String) -> String { word.prefix(1).uppercased() + word.dropFirst() }
}

extension Metric {
  /// What it is called in files: ``MetricValues/key(of:)`` of its name.
  public var key: String { MetricValues.key(of: name) }

  /// What it is called in files that write names with underscores, such as TensorBoard's: "macro_f1".
  public var snakeCaseKey: String {
    var words = ""
    for character in key {
      if character.isUppercase { words += "_" }
      words += character.lowercased()
    }
    return words
  }
}

extension MetricValues {
  /// Writes them into the object that is being written, each under the name of the samples and its own: `testAccuracy`. What is
  /// not a number is left out, for JSON has no such thing.
  ///
  /// - Parameters:
  ///   - encoder: the encoder of the object.
  ///   - samples: the samples that were measured, such as "test".
  package func encode(to encoder: any Encoder, on samples: String) throws {
    var values = encoder.container(keyedBy: MeasuredKey.self)
    for (key, value) in byKey where value.isFinite { try values.encode(value, forKey: MeasuredKey(samples, key)) }
  }
}

/// A key of what was measured, in JSON: `trainLoss`, `validationMacroF1`.
struct MeasuredKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(_ name: String) { stringValue = name }
  /// The key of what was measured on some samples: "testAccuracy" for (test, accuracy).
  init(_ samples: String, _ key: String) { self.init(samples + MetricValues.capitalized(key)) }
  init?(stringValue: String) { self.init(stringValue) }
  init?(intValue: Int) { nil }

  /// What was measured, where it was on such samples.
  func measured(on samples: String) -> String? {
    guard stringValue.hasPrefix(samples), stringValue.count > samples.count else { return nil }
    let key = stringValue.dropFirst(samples.count)
    return key.prefix(1).lowercased() + key.dropFirst()
  }
}
