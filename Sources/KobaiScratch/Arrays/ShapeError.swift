/// Two shapes that do not go together, in numpy's own words. The operators trap with them; who wants to look first asks
/// ``NDArray/broadcastShape(_:_:)`` or ``NDArray/dotShape(_:_:)``.
public struct ShapeError: Error, Equatable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }

  /// "(2,3)", without blanks, as numpy's errors have it.
  static func text(_ shape: [Int]) -> String {
    "(\(shape.map(String.init).joined(separator: ","))\(shape.count == 1 ? "," : ""))"
  }
}
