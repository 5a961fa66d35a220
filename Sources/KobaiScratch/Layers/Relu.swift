/// max(0, x) (section 5.5.1). Backward, it is a switch: on where x was above 0, off elsewhere.
public final class Relu: Layer {
  private var mask: NDArray?  // 1 where the switch is off: x ≤ 0

  /// There is nothing to set.
  public init() {}

  public func forward(_ x: NDArray, train: Bool) -> NDArray {
    mask = x.map { $0 <= 0 ? 1 : 0 }
    return switched(x)
  }

  public func backward(_ dout: NDArray) -> NDArray { switched(dout) }

  /// The elements with zeros where the switch is off.
  private func switched(_ x: NDArray) -> NDArray { NDArray.map(x, kept(mask)) { $1 == 1 ? 0 : $0 } }
}
