import Foundation
import KobaiKernels

extension Oracle {
  public static func exp(_ x: Double) -> Double { Foundation.exp(x) }
  public static func log(_ x: Double) -> Double { Foundation.log(x) }
  public static func sigmoid(_ x: Double) -> Double { 1 / (1 + Foundation.exp(-x)) }
  public static func tanh(_ x: Double) -> Double { Foundation.tanh(x) }

  /// The softmax of each row.
  public static func softmax(rows: Int, columns: Int, _ x: [Double]) -> [Double] {
    var y = x
    for i in 0..<rows {
      let row = i * columns..<(i + 1) * columns
      let largest = x[row].max() ?? 0
      let total = x[row].reduce(0) { $0 + exp($1 - largest) }
      for j in row { y[j] = exp(x[j] - largest) / total }
    }
    return y
  }

  /// The mean over the rows of −Σ t log softmax(x).
  public static func crossEntropy(rows: Int, columns: Int, _ x: [Double], targets: [Double]) -> Double {
    var total = 0.0
    for i in 0..<rows {
      let row = i * columns..<(i + 1) * columns
      let largest = x[row].max() ?? 0
      let logSum = log(x[row].reduce(0) { $0 + exp($1 - largest) }) + largest
      total -= row.reduce(0) { $0 + targets[$1] * (x[$1] - logSum) }
    }
    return total / Double(rows)
  }

  /// The mean over the rows of ½ Σ (x − t)².
  public static func sumOfSquares(rows: Int, _ x: [Double], targets: [Double]) -> Double {
    zip(x, targets).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / 2 / Double(rows)
  }

  /// The gradient of `f` at `x` by central differences (section 4.3.1 of the book). In Double with h = 1e-5 it is right
  /// to about 1e-9, far better than the floats it is compared with.
  public static func gradient(of f: ([Double]) -> Double, at x: [Double], h: Double = 1e-5) -> [Double] {
    var point = x
    return x.indices.map { i in
      point[i] = x[i] + h
      let above = f(point)
      point[i] = x[i] - h
      let below = f(point)
      point[i] = x[i]
      return (above - below) / (2 * h)
    }
  }

  /// An activation function's value and slope; where it bends, the slope to the left.
  public static func activation(_ activation: Activation, _ x: Double) -> (value: Double, slope: Double) {
    let (p, q) = (sigmoid(x), sigmoid(-x))
    switch activation {
    case .custom: preconditionFailure("an oracle of its own")
    case .relu: return (max(x, 0), x > 0 ? 1 : 0)
    case .sigmoid: return (p, p * q)
    case .tanh: return (tanh(x), 1 - tanh(x) * tanh(x))
    case .step: return (x > 0 ? 1 : 0, 0)
    case .identity: return (x, 1)
    case .leakyReLU(let slope): return (x > 0 ? x : Double(slope) * x, x > 0 ? 1 : Double(slope))
    case .elu(let alpha):
      return (x > 0 ? x : Double(alpha) * expm1(x), x > 0 ? 1 : Double(alpha) * exp(x))
    case .gelu: return (x * normal(x), normal(x) + x * normalDensity(x))
    case .geluTanh:
      // (1 + tanh u) / 2 as the logistic function of 2u, which has the right digits also where it is small
      let factor = 2 * (2 / Double.pi).squareRoot()
      let u = factor * (x + 0.044715 * x * x * x)
      let (p, q) = (sigmoid(u), sigmoid(-u))
      return (x * p, p * (1 + x * q * factor * (1 + 3 * 0.044715 * x * x)))
    case .silu: return (x * p, p * (1 + x * q))
    case .softplus(let beta, let threshold):
      let z = Double(beta) * x
      guard z <= Double(threshold) else { return (x, 1) }
      return ((max(z, 0) + log1p(exp(-abs(z)))) / Double(beta), sigmoid(z))
    case .hardSwish: return (x * min(max(x + 3, 0), 6) / 6, x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5)
    }
  }
}
