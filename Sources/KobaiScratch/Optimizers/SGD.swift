/// Stochastic gradient descent: W ← W − η ∂L/∂W (section 6.1.2).
public struct SGD: Optimizer {
  /// η
  public var lr: Double

  /// The book's rate unless given.
  public init(lr: Double = 0.01) { self.lr = lr }

  public mutating func update(_ params: OrderedDictionary<Parameter>, _ grads: OrderedDictionary<NDArray>) {
    params.update(grads) { _, p, g in p -= lr * g }
  }
}
