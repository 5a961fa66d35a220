/// A ball that rolls down the loss: v ← α v − η ∂L/∂W, W ← W + v (section 6.1.4).
public struct Momentum: Optimizer {
  /// η
  public var lr: Double
  /// α, the share of the speed that stays.
  public var momentum: Double
  private var v: OrderedDictionary<NDArray> = [:]

  /// The book's numbers unless given.
  public init(lr: Double = 0.01, momentum: Double = 0.9) { (self.lr, self.momentum) = (lr, momentum) }

  public mutating func update(_ params: OrderedDictionary<Parameter>, _ grads: OrderedDictionary<NDArray>) {
    if v.isEmpty { v = grads.zeros }
    params.update(grads) { key, p, g in
      let v = momentum * (self.v[key] ?? 0) - lr * g
      self.v[key] = v
      p += v
    }
  }
}
