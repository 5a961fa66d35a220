import Foundation

/// Momentum and RMSprop together (section 6.1.6; Kingma & Ba, 2015). As in the book's code, the rate takes up the correction
/// of both means' bias towards 0, and 1e-7 stays outside of it.
public struct Adam: Optimizer {
  /// η
  public var lr: Double
  /// The share of the mean of gradients that stays.
  public var beta1: Double
  /// The share of the mean of squares that stays.
  public var beta2: Double
  private var iter = 0
  private var m: OrderedDictionary<NDArray> = [:]
  private var v: OrderedDictionary<NDArray> = [:]

  /// The book's numbers unless given.
  public init(lr: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999) {
    (self.lr, self.beta1, self.beta2) = (lr, beta1, beta2)
  }

  public mutating func update(_ params: OrderedDictionary<Parameter>, _ grads: OrderedDictionary<NDArray>) {
    if m.isEmpty { (m, v) = (grads.zeros, grads.zeros) }
    iter += 1
    let rate = lr * (1 - pow(beta2, Double(iter))).squareRoot() / (1 - pow(beta1, Double(iter)))
    params.update(grads) { key, p, g in
      var (m, v) = (self.m[key] ?? 0, self.v[key] ?? 0)
      m += (1 - beta1) * (g - m)
      v += (1 - beta2) * (g * g - v)
      (self.m[key], self.v[key]) = (m, v)
      p -= rate * m / (sqrt(v) + 1e-7)
    }
  }
}
