/// x · W + b (section 5.6.2). An image counts as one long row.
public final class Affine: Layer {
  /// W (inputs, outputs).
  public let w: Parameter
  /// b (outputs).
  public let b: Parameter
  private var x: NDArray?
  private var shape: [Int] = []

  /// A layer with the given weights.
  public init(_ w: Parameter, _ b: Parameter) { (self.w, self.b) = (w, b) }

  public func forward(_ x: NDArray, train: Bool) -> NDArray {
    shape = x.shape
    let x = x.reshaped(shape[0], -1)
    self.x = x
    return dot(x, w.value) + b.value
  }

  public func backward(_ dout: NDArray) -> NDArray {
    w.gradient = dot(kept(x).transposed, dout)
    b.gradient = dout.sum(axis: 0)  // forward it was broadcast over the batch
    return dot(dout, w.value.transposed).reshaped(shape)
  }
}
