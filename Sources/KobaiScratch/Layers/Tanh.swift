/// y = tanh x, the activation that section 6.2.2 compares with the sigmoid; its derivative is 1 − y².
public final class Tanh: Layer {
  private var out: NDArray?

  /// There is nothing to set.
  public init() {}

  public func forward(_ x: NDArray, train: Bool) -> NDArray {
    let out = tanh(x)
    self.out = out
    return out
  }

  public func backward(_ dout: NDArray) -> NDArray {
    let out = kept(out)
    return dout * (1 - out * out)
  }
}
