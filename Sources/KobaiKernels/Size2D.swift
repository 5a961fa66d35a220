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
  public var area: Int { height * width }
  public var description: String { "\(height)×\(width)" }
}
