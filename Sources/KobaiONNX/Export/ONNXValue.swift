import Foundation

/// The value of an operator's attribute, which can be written as a literal.
///
/// A literal is of the type that it looks like: 0.5 is a float, 1 an integer.
public enum ONNXValue: Sendable, Equatable, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByStringLiteral, ExpressibleByArrayLiteral
{
  /// An integer.
  case integer(Int)
  /// Several integers, such as the sides of a window.
  case integers([Int])
  /// A float.
  case float(Float)
  /// A text.
  case string(String)

  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(floatLiteral value: Float) { self = .float(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(arrayLiteral values: Int...) { self = .integers(values) }
}

extension ONNXAttribute {
  init(_ name: String, _ value: ONNXValue) {
    self.name = name
    switch value {
    case .integer(let value): (type, i) = (.int, Int64(value))
    case .integers(let values): (type, ints) = (.ints, values.map(Int64.init))
    case .float(let value): (type, f) = (.float, value)
    case .string(let value): (type, s) = (.string, Data(value.utf8))
    }
  }
}
