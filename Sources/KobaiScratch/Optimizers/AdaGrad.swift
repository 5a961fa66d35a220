/// A rate for every single weight, smaller where gradients were large: h ← h + g², W ← W − η g / (√h + 1e-7) (section
/// 6.1.5; Duchi, Hazan & Singer, 2011).
public struct AdaGrad: Optimizer {
  /// η
  public var lr: Double
  private var h: OrderedDictionary<NDArray> = [:]

  /// The book's rate unless given.
  public init(lr: Double = 0.01) { self.lr = lr }

  public mutating func update(_ params: OrderedDictionary<Parameter>, _ grads: OrderedDictionary<NDArray>) {
    if h.isEmpty { h = grads.zeros }
    params.update(grads) { key, p, g in
      let h = (self.h[key] ?? 0) + g * g
      self.h[key] = h
      p -= lr * g / (sqrt(h) + 1e-7)
    }
  }
}
