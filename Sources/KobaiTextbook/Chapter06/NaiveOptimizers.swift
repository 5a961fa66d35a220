/// The book's optimizers for a handful of numbers, each in a few lines (section 6.1). Kobai's own, for networks, are in
/// `Sources/Kobai/Optimizers`.
protocol NaiveOptimizer {
  mutating func update(_ p: inout [Double], _ g: [Double])
}

struct NaiveSGD: NaiveOptimizer {
  var lr: Double
  mutating func update(_ p: inout [Double], _ g: [Double]) {
    for i in p.indices { p[i] -= lr * g[i] }
  }
}

struct NaiveMomentum: NaiveOptimizer {
  var lr: Double
  var momentum = 0.9
  var v: [Double] = []
  mutating func update(_ p: inout [Double], _ g: [Double]) {
    if v.isEmpty { v = g.map { _ in 0 } }
    for i in p.indices {
      v[i] = momentum * v[i] - lr * g[i]
      p[i] += v[i]
    }
  }
}

struct NaiveNesterov: NaiveOptimizer {
  var lr: Double
  var momentum = 0.9
  var v: [Double] = []
  mutating func update(_ p: inout [Double], _ g: [Double]) {
    if v.isEmpty { v = g.map { _ in 0 } }
    for i in p.indices {
      p[i] += momentum * momentum * v[i] - (1 + momentum) * lr * g[i]
      v[i] = momentum * v[i] - lr * g[i]
    }
  }
}

struct NaiveAdaGrad: NaiveOptimizer {
  var lr: Double
  var h: [Double] = []
  mutating func update(_ p: inout [Double], _ g: [Double]) {
    if h.isEmpty { h = g.map { _ in 0 } }
    for i in p.indices {
      h[i] += g[i] * g[i]
      p[i] -= lr * g[i] / (h[i].squareRoot() + 1e-7)
    }
  }
}

struct NaiveRMSProp: NaiveOptimizer {
  var lr: Double
  var decay = 0.99
  var h: [Double] = []
  mutating func update(_ p: inout [Double], _ g: [Double]) {
    if h.isEmpty { h = g.map { _ in 0 } }
    for i in p.indices {
      h[i] = decay * h[i] + (1 - decay) * g[i] * g[i]
      p[i] -= lr * g[i] / (h[i].squareRoot() + 1e-7)
    }
  }
}

/// The book's form: the bias correction goes into the rate, and ε = 1e-7 stays outside of it.
struct NaiveAdam: NaiveOptimizer {
  var lr: Double
  var beta1 = 0.9, beta2 = 0.999
  var powers1 = 1.0, powers2 = 1.0
  var m: [Double] = [], v: [Double] = []
  mutating func update(_ p: inout [Double], _ g: [Double]) {
    if m.isEmpty { (m, v) = (g.map { _ in 0 }, g.map { _ in 0 }) }
    (powers1, powers2) = (powers1 * beta1, powers2 * beta2)
    let rate = lr * (1 - powers2).squareRoot() / (1 - powers1)
    for i in p.indices {
      m[i] += (1 - beta1) * (g[i] - m[i])
      v[i] += (1 - beta2) * (g[i] * g[i] - v[i])
      p[i] -= rate * m[i] / (v[i].squareRoot() + 1e-7)
    }
  }
}
