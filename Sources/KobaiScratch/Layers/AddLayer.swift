/// x + y of two numbers (section 5.4.2). Backward, what comes is handed on to both as it is.
public final class AddLayer {
  /// There is nothing to set.
  public init() {}

  /// x + y
  public func forward(_ x: Double, _ y: Double) -> Double { x + y }

  /// The derivatives by x and by y.
  public func backward(_ dout: Double) -> (dx: Double, dy: Double) { (dout * 1, dout * 1) }
}
