/// x · y of two numbers (section 5.4.1). Backward, what comes is multiplied by the other of the two.
public final class MulLayer {
  private var (x, y) = (0.0, 0.0)

  /// There is nothing to set.
  public init() {}

  /// x · y
  public func forward(_ x: Double, _ y: Double) -> Double {
    (self.x, self.y) = (x, y)
    return x * y
  }

  /// The derivatives by x and by y.
  public func backward(_ dout: Double) -> (dx: Double, dy: Double) { (dout * y, dout * x) }
}
