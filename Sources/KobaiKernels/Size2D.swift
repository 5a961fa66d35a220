/// A height and a width, in pixels; a plain integer means both.
public struct Size2D: Sendable, Hashable, ExpressibleByIntegerLiteral, CustomStringConvertible {
  public var height: Int, width: Int

  public init(_ height: Int, _ width: Int) {
    (self.height, self.width) = (height, width)
  }
  public init(_ both: Int) { self.init(both, both) }
  public init(integerLiteral both: Int) { self.init(both, both) }

  public var area: Int { height * width }
  public var description: String { "\(height)×\(width)" }
}
