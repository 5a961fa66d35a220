/// What went wrong, as a line of its own.
public struct TextbookError: Error, Equatable, CustomStringConvertible {
  public let description: String
  /// An error that reads as given.
  public init(_ description: String) { self.description = description }
}
