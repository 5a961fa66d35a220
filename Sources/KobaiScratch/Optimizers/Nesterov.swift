/// Momentum that looks ahead to where it is about to be (common/optimizer.py; Nesterov, 1983, in the form of Bengio et al.,
/// 2012): W ← W + α² v − (1 + α) η ∂L/∂W, v ← α v − η ∂L/∂W.
public struct Nesterov: Optimizer {
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
      let v = self.v[key] ?? 0
      p += momentum * momentum * v - (1 + momentum) * lr * g
      self.v[key] = momentum * v - lr * g
    }
  }
}
