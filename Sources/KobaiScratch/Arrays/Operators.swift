// Arithmetic element by element, with broadcasting; the matrix product is ``NDArray/dot(_:)``.

extension NDArray {
  /// The sum of each two elements, after broadcasting.
  public static func + (a: NDArray, b: NDArray) -> NDArray { map(a, b, +) }
  /// The sum of each element and a number.
  public static func + (a: NDArray, b: Double) -> NDArray { a.map { $0 + b } }
  /// The sum of a number and each element.
  public static func + (a: Double, b: NDArray) -> NDArray { b.map { a + $0 } }

  /// The difference of each two elements, after broadcasting.
  public static func - (a: NDArray, b: NDArray) -> NDArray { map(a, b, -) }
  /// The difference of each element and a number.
  public static func - (a: NDArray, b: Double) -> NDArray { a.map { $0 - b } }
  /// The difference of a number and each element.
  public static func - (a: Double, b: NDArray) -> NDArray { b.map { a - $0 } }

  /// The product of each two elements, after broadcasting. The matrix product is ``dot(_:)``.
  public static func * (a: NDArray, b: NDArray) -> NDArray { map(a, b, *) }
  /// The product of each element and a number.
  public static func * (a: NDArray, b: Double) -> NDArray { a.map { $0 * b } }
  /// The product of a number and each element.
  public static func * (a: Double, b: NDArray) -> NDArray { b.map { a * $0 } }

  /// The quotient of each two elements, after broadcasting.
  public static func / (a: NDArray, b: NDArray) -> NDArray { map(a, b, /) }
  /// The quotient of each element and a number.
  public static func / (a: NDArray, b: Double) -> NDArray { a.map { $0 / b } }
  /// The quotient of a number and each element.
  public static func / (a: Double, b: NDArray) -> NDArray { b.map { a / $0 } }

  /// Every element with the other sign.
  public static prefix func - (a: NDArray) -> NDArray { a.map { -$0 } }

  /// Adds `b` in place, element by element; `b` may be broadcast.
  public static func += (a: inout NDArray, b: NDArray) { a.combine(b, +) }
  /// Subtracts `b` in place, element by element; `b` may be broadcast.
  public static func -= (a: inout NDArray, b: NDArray) { a.combine(b, -) }
  /// Multiplies by `b` in place, element by element; `b` may be broadcast.
  public static func *= (a: inout NDArray, b: NDArray) { a.combine(b, *) }
  /// Divides by `b` in place, element by element; `b` may be broadcast.
  public static func /= (a: inout NDArray, b: NDArray) { a.combine(b, /) }
}
