/// A height and a width, in pixels; a plain integer means both.
public struct Size2D: Sendable, Hashable, ExpressibleByIntegerLiteral, CustomStringConvertible {
  /// Pixels from top to bottom, and from left to right.
  public var height: Int, width: Int

  /// Height first, as in NCHW.
  public init(_ height: Int, _ width: Int) {
    (self.height, self.width) = (height, width)
  }
  /// The same height and width.
  public init(_ both: Int) { self.init(both, both) }
  public init(integerLiteral both: Int) { self.init(both, both) }

  /// Height · width.
  public var area: Int { height *| width }
  public var description: String { "\(height)×\(width)" }
}

/// Written as [height, width]; a single number is read as both.
extension Size2D: Codable {
  public init(from decoder: any Decoder) throws {
    if let both = try? decoder.singleValueContainer().decode(Int.self) {
      self.init(both)
      return
    }
    var sizes = try decoder.unkeyedContainer()
    self.init(try sizes.decode(Int.self), try sizes.decode(Int.self))
    guard sizes.isAtEnd else {
      throw DecodingError.dataCorruptedError(in: sizes, debugDescription: "a size is [height, width]")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var sizes = encoder.unkeyedContainer()
    try sizes.encode(height)
    try sizes.encode(width)
  }
}
