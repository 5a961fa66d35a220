import Foundation

/// Heights for things that stand above each other and pull at each other: minimises Σ w (yₐ + o − y_b)² while every pair
/// keeps its distance. An interior-point method with a logarithmic barrier (Boyd & Vandenberghe, 2004, section 11.3): a
/// few dozen things, solved to a fraction of a pixel.
struct Placement {
  /// Things that would be at one height, but for an offset: y[a] + offset = y[b].
  struct Spring {
    let a: Int, b: Int
    let offset: Double, weight: Double
  }

  /// y[lower] is at least `distance` more than y[upper].
  struct Separation {
    let upper: Int, lower: Int
    let distance: Double
  }

  let count: Int
  var springs: [Spring] = []
  var separations: [Separation] = []

  init(count: Int) { self.count = count }

  /// Heights that keep every distance with a little to spare; nil where the separations go round in a circle.
  private var feasible: [Double]? {
    var y = [Double](repeating: 0, count: count)
    for _ in 0...count {
      var changed = false
      for s in separations where y[s.lower] < y[s.upper] + s.distance + 1 {
        (y[s.lower], changed) = (y[s.upper] + s.distance + 1, true)
      }
      if !changed { return y }
    }
    return nil
  }

  /// The best heights; nil where the separations go round in a circle.
  func solved() -> [Double]? {
    guard var y = feasible else { return nil }
    let accuracy = 1e-2
    var t = 1e-3
    while true {
      for _ in 0..<40 {
        let (gradient, hessian) = derivatives(y, t)
        let step = Self.solve(hessian, gradient.map { -$0 })
        let decrease = -zip(gradient, step).reduce(0) { $0 + $1.0 * $1.1 }
        if decrease < 1e-7 { break }
        var length = 1.0
        let before = objective(y, t)
        while length > 1e-12 {
          let next = zip(y, step).map { $0 + length * $1 }
          if objective(next, t) <= before - 0.25 * length * decrease { break }
          length /= 2
        }
        y = zip(y, step).map { $0 + length * $1 }
      }
      if Double(separations.count) / t < accuracy { return y }
      t *= 20
    }
  }

  /// t times the springs' energy, plus the barrier: infinite where a distance is not kept.
  private func objective(_ y: [Double], _ t: Double) -> Double {
    var sum = y.reduce(0) { $0 + 1e-6 * $1 * $1 }
    for s in springs { sum += s.weight * pow(y[s.a] + s.offset - y[s.b], 2) }
    sum *= t
    for s in separations {
      let spare = y[s.lower] - y[s.upper] - s.distance
      if spare <= 0 { return .infinity }
      sum -= log(spare)
    }
    return sum
  }

  private func derivatives(_ y: [Double], _ t: Double) -> (gradient: [Double], hessian: [[Double]]) {
    var gradient = y.map { 2e-6 * t * $0 }
    var hessian = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    for i in 0..<count { hessian[i][i] = 2e-6 * t }
    func add(_ a: Int, _ b: Int, slope: Double, curvature: Double) {
      gradient[a] += slope
      gradient[b] -= slope
      hessian[a][a] += curvature
      hessian[b][b] += curvature
      hessian[a][b] -= curvature
      hessian[b][a] -= curvature
    }
    for s in springs {
      add(s.a, s.b, slope: 2 * t * s.weight * (y[s.a] + s.offset - y[s.b]), curvature: 2 * t * s.weight)
    }
    for s in separations {
      let spare = y[s.lower] - y[s.upper] - s.distance
      add(s.upper, s.lower, slope: 1 / spare, curvature: 1 / (spare * spare))
    }
    return (gradient, hessian)
  }

  /// Solves A x = b for a symmetric positive definite A, by Cholesky's decomposition.
  private static func solve(_ a: [[Double]], _ b: [Double]) -> [Double] {
    var (l, x) = (a, b)
    for i in b.indices {
      for j in 0...i {
        var sum = l[i][j]
        for k in 0..<j { sum -= l[i][k] * l[j][k] }
        l[i][j] = i == j ? max(sum, 1e-300).squareRoot() : sum / l[j][j]
      }
      var sum = x[i]
      for k in 0..<i { sum -= l[i][k] * x[k] }
      x[i] = sum / l[i][i]
    }
    for i in b.indices.reversed() {
      var sum = x[i]
      for k in (i + 1)..<max(b.count, i + 1) { sum -= l[k][i] * x[k] }
      x[i] = sum / l[i][i]
    }
    return x
  }
}
