/// y = 1 / (1 + e⁻ˣ) (section 5.5.2), whose derivative needs nothing but y: y (1 − y).
public final class Sigmoid: Layer {
  private var out: NDArray?

  /// There is nothing to set.
  public init() {}

  public func forward(_ x: NDArray, train: Bool) -> NDArray {
    let out = sigmoid(x)
    self.out = out
    return out
  }

  public func backward(_ dout: NDArray) -> NDArray {
    let out = kept(out)
    return dout * (1 - out) * out
  }
}
