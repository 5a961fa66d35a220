import Foundation
import Kobai

/// The book's TwoLayerNet, in Double: affine, activation, affine, softmax with loss. It has both of the book's gradients,
/// the numerical one of chapter 4 and the one by backpropagation of chapter 5.
struct TwoLayerNetDouble {
  var w1: Matrix, b1: [Double], w2: Matrix, b2: [Double]
  /// Whether the activation is ReLU, as in chapter 5, or sigmoid, as in chapter 4.
  let usesReLU: Bool
  /// What the loss adds inside its logarithm.
  var logOffset = 1e-7

  /// A network with weights from a normal distribution of deviation 0.01 and with biases of zero.
  init(inputs: Int, hidden: Int, outputs: Int, usesReLU: Bool, lab: Lab) {
    w1 = lab.normal(inputs, hidden, deviation: 0.01, stream: 1)
    w2 = lab.normal(hidden, outputs, deviation: 0.01, stream: 2)
    (b1, b2) = ([Double](repeating: 0, count: hidden), [Double](repeating: 0, count: outputs))
    self.usesReLU = usesReLU
  }

  private func activate(_ a: Matrix) -> Matrix { a.map(usesReLU ? relu : sigmoid) }

  func predict(_ x: Matrix) -> Matrix { softmax(activate(x * w1 + b1) * w2 + b2) }

  func loss(_ x: Matrix, _ labels: [Int]) -> Double {
    crossEntropyError(predict(x), labels: labels, offset: logOffset)
  }

  func accuracy(_ x: Matrix, _ labels: [Int]) -> Double {
    Double(zip(predict(x).argmax, labels).count { $0 == $1 }) / Double(labels.count)
  }

  /// All parameters, in the order of ``names``.
  var parameters: [[Double]] {
    get { [w1.elements, b1, w2.elements, b2] }
    set {
      w1 = Matrix(w1.rows, w1.columns, newValue[0])
      b1 = newValue[1]
      w2 = Matrix(w2.rows, w2.columns, newValue[2])
      b2 = newValue[3]
    }
  }

  static let names = ["W1", "b1", "W2", "b2"]

  /// The gradients by central differences, which take two passes for each single element (section 4.5.1).
  func numericalGradients(_ x: Matrix, _ labels: [Int]) -> [[Double]] {
    parameters.indices.map { i in
      var changed = self
      return numericalGradient(
        { values in
          changed.parameters[i] = values
          return changed.loss(x, labels)
        }, parameters[i])
    }
  }

  /// The gradients by backpropagation, which takes one pass forward and one back (section 5.7.2).
  func gradients(_ x: Matrix, _ labels: [Int]) -> [[Double]] {
    let a1 = x * w1 + b1
    let z1 = activate(a1)
    let y = softmax(z1 * w2 + b2)
    let dy = (1 / Double(x.rows)) * (y - oneHot(labels, classes: b2.count))
    let dz1 = dy * w2.transposed
    let slope = usesReLU ? a1.map(stepFunction) : z1.map { $0 * (1 - $0) }
    let da1 = Matrix(dz1.rows, dz1.columns, zip(dz1.elements, slope.elements).map { $0 * $1 })
    return [
      (x.transposed * da1).elements, da1.columnSums, (z1.transposed * dy).elements, dy.columnSums,
    ]
  }

  mutating func update(_ gradients: [[Double]], learningRate: Double) {
    parameters = zip(parameters, gradients).map { zip($0, $1).map { $0 - learningRate * $1 } }
  }
}

extension Lab {
  /// A matrix of normal random numbers.
  func normal(_ rows: Int, _ columns: Int, deviation: Double, stream: Int) -> Matrix {
    var values = [Float](repeating: 0, count: rows * columns)
    kernels.randomNormal(RandomKey(seed: seed, .weights, index: stream), into: values.mutableSpan)
    return Matrix(rows, columns, values.map { Double($0) * deviation })
  }

  /// The first images as a matrix, a row each, and their labels.
  func firstDigits(_ count: Int) -> (x: Matrix, labels: [Int]) {
    let train = digits.train
    return (
      Matrix((0..<count).map { train.image($0).map(Double.init) }), (0..<count).map { Int(train.labels[$0]) }
    )
  }
}
