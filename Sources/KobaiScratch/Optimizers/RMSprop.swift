/// AdaGrad that forgets: h ← ρ h + (1 − ρ) g², W ← W − η g / (√h + 1e-7) (common/optimizer.py; Tieleman & Hinton, 2012).
public struct RMSprop: Optimizer {
  /// η
  public var lr: Double
  /// ρ, the share of the past that stays.
  public var decayRate: Double
  private var h: OrderedDictionary<NDArray> = [:]

  /// The book's numbers unless given.
  public init(lr: Double = 0.01, decayRate: Double = 0.99) { (self.lr, self.decayRate) = (lr, decayRate) }

  public mutating func update(_ params: OrderedDictionary<Parameter>, _ grads: OrderedDictionary<NDArray>) {
    if h.isEmpty { h = grads.zeros }
    params.update(grads) { key, p, g in
      let h = decayRate * (self.h[key] ?? 0) + (1 - decayRate) * g * g
      self.h[key] = h
      p -= lr * g / (sqrt(h) + 1e-7)
    }
  }
}
