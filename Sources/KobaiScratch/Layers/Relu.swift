/// max(0, x) (section 5.5.1). Backward, it is a switch: on where x was above 0, off elsewhere.
public final class Relu: Layer {
  private var mask: NDArray?  // 1 where the switch is on

  /// There is nothing to set.
  public init() {}

  public func forward(_ x: NDArray, train: Bool) -> NDArray {
    let mask = stepFunction(x)
    self.mask = mask
    return x * mask
  }

  public func backward(_ dout: NDArray) -> NDArray { dout * kept(mask) }
}
