import Foundation

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
}
