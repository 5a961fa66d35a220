import Foundation

// The book's functions, in Double.

/// 1 where x > 0, else 0 (section 3.2.2).
func stepFunction(_ x: Double) -> Double { x > 0 ? 1 : 0 }
/// 1 / (1 + e⁻ˣ) (section 3.2.4).
func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
/// max(0, x) (section 3.2.7).
func relu(_ x: Double) -> Double { max(0, x) }

/// The softmax of each row; subtracting the largest element keeps the exponentials from overflowing (section 3.5.2).
func softmax(_ x: Matrix) -> Matrix {
  var y = x
  for i in 0..<x.rows {
    let row = x.row(i)
    let largest = row.max() ?? 0
    let exponentials = row.map { exp($0 - largest) }
    let total = exponentials.reduce(0, +)
    for j in row.indices { y[i, j] = exponentials[j] / total }
  }
  return y
}

/// ½ Σ (y − t)² (section 4.2.1).
func sumSquaredError(_ y: [Double], _ t: [Double]) -> Double {
  0.5 * zip(y, t).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
}

/// −Σ t log(y + 1e-7), the mean over the rows. The tiny number keeps log 0 away (section 4.2.2).
func crossEntropyError(_ y: Matrix, oneHot t: Matrix) -> Double {
  -zip(y.elements, t.elements).reduce(0) { $0 + $1.1 * log($1.0 + 1e-7) } / Double(y.rows)
}

/// The same with labels instead of one-hot rows (section 4.2.4).
func crossEntropyError(_ y: Matrix, labels: [Int], offset: Double = 1e-7) -> Double {
  -labels.enumerated().reduce(0) { $0 + log(y[$1.offset, $1.element] + offset) } / Double(y.rows)
}

/// Rows of zeros with a one at each label.
func oneHot(_ labels: [Int], classes: Int) -> Matrix {
  var rows = Matrix(zeros: labels.count, classes)
  for (i, label) in labels.enumerated() { rows[i, label] = 1 }
  return rows
}

/// f′(x) by central differences: (f(x + h) − f(x − h)) / 2h (section 4.3.1).
func numericalDifferentiation(_ f: (Double) -> Double, _ x: Double, h: Double = 1e-4) -> Double {
  (f(x + h) - f(x - h)) / (2 * h)
}

/// The gradient of `f` by central differences: all partial derivatives, one after the other (section 4.4).
func numericalGradient(_ f: ([Double]) -> Double, _ x: [Double]) -> [Double] {
  let h = 1e-4
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

/// The path of x ← x − η ∇f, `steps` times, with the start (section 4.4.1).
func gradientDescent(
  _ f: ([Double]) -> Double, from start: [Double], learningRate: Double, steps: Int
) -> [[Double]] {
  var path = [start]
  for _ in 0..<steps {
    let gradient = numericalGradient(f, path[path.count - 1])
    path.append(zip(path[path.count - 1], gradient).map { $0 - learningRate * $1 })
  }
  return path
}
