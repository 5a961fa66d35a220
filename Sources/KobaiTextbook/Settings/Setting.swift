import Synchronization

/// A number of an experiment that the reader may change, declared where the experiment has it:
///
///     @Setting("lr", in: 0...10, en: "learning rate η", ja: "学習率 η") var lr = 0.1
///
/// The experiment reads `lr` as any other property. Its value is the one given here, the book's, unless the reader chose
/// another (``Experiment/setting(_:to:)``).
@propertyWrapper
public struct Setting<Value: SettingValue>: AnySetting {
  public let name: String
  public let range: ClosedRange<Double>
  public let meaning: Words
  private let fallback: Value
  private let choice = Choice()

  /// - Parameters:
  ///   - wrappedValue: the book's value.
  ///   - name: the name that the reader types, as in the book.
  ///   - range: the least and the largest value that make sense.
  ///   - en: the meaning in English.
  ///   - ja: the meaning in Japanese.
  public init(wrappedValue: Value, _ name: String, in range: ClosedRange<Double>, en: String, ja: String) {
    (fallback, self.name, self.range, meaning) = (wrappedValue, name, range, Words(en: en, ja: ja))
  }

  /// The reader's value, or else the book's.
  public var wrappedValue: Value { chosen.map(Value.init) ?? fallback }
  /// The setting itself: `$lr.isChosen`.
  public var projectedValue: Setting { self }

  public var takesWholeNumbers: Bool { Value.isWhole }
  public var fallbackText: String { fallback.settingText }
  public var chosen: Double? { choice.number.withLock { $0 } }

  /// What the reader chose. An experiment is a value that everybody may share, and only the copy that
  /// ``Experiment/setting(_:to:)`` has just made is ever written to.
  private final class Choice: Sendable {
    let number = Mutex<Double?>(nil)
  }
}

extension Setting: ChangeableSetting {
  func choose(_ number: Double?) { choice.number.withLock { $0 = number } }
}

/// A setting that a new copy of its experiment writes to.
protocol ChangeableSetting: AnySetting {
  /// Takes the reader's value; nil goes back to the book's.
  func choose(_ number: Double?)
}

/// A setting whatever its value's type is.
public protocol AnySetting: Sendable {
  /// The name that the reader types.
  var name: String { get }
  /// The least and the largest value.
  var range: ClosedRange<Double> { get }
  /// What the number means.
  var meaning: Words { get }
  /// Whether only whole numbers will do.
  var takesWholeNumbers: Bool { get }
  /// The value where the reader chooses none.
  var fallbackText: String { get }
  /// The reader's value, if there is one.
  var chosen: Double? { get }
}

extension AnySetting {
  /// Whether the reader chose the value.
  public var isChosen: Bool { chosen != nil }
  /// "1 … 10000"
  public var rangeText: String { "\(range.lowerBound.short) … \(range.upperBound.short)" }
  /// "lr=0.95", where the reader chose it.
  public var assignment: String? { chosen.map { "\(name)=\($0.short)" } }
}

/// A type that a setting may have.
public protocol SettingValue: Sendable {
  /// The value that the reader typed as a number.
  init(_ number: Double)
  /// Whether only whole numbers will do.
  static var isWhole: Bool { get }
  /// The value in a table.
  var settingText: String { get }
}

/// A number with a fraction.
extension Double: SettingValue {
  /// Any number will do.
  public static var isWhole: Bool { false }
  /// The number as short as it is exact.
  public var settingText: String { short }
}

/// A whole number.
extension Int: SettingValue {
  /// Only whole numbers will do.
  public static var isWhole: Bool { true }
  /// The number.
  public var settingText: String { "\(self)" }
}

/// A number of epochs that is larger where the digits are few, as the embedded ones are: epochs are short then.
public struct Epochs: SettingValue {
  let few: Int
  let many: Int

  /// - Parameters:
  ///   - few: the number with fewer than 10,000 images to train on.
  ///   - many: that with more, such as all of MNIST's.
  public init(_ few: Int, onMNIST many: Int) { (self.few, self.many) = (few, many) }

  public init(_ number: Double) { self.init(Int(number), onMNIST: Int(number)) }

  public static var isWhole: Bool { true }
  public var settingText: String { few == many ? "\(few)" : "\(few) (MNIST: \(many))" }

  /// The number for the lab's digits.
  public func callAsFunction(in lab: Lab) -> Int { lab.hasFewDigits ? few : many }
}
