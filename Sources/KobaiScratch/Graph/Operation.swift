import Foundation
import KobaiPreconditions

/// What a node does: forward from its inputs to its result, backward from the result's derivative to the inputs'.
public enum Operation: Sendable, Equatable {
  /// Takes nothing: a variable of the expression.
  case input
  /// Takes nothing: a number or array that nobody varies.
  case constant
  /// The sum of two inputs or more.
  case add
  /// The first input minus the second.
  case subtract
  /// The product, element by element.
  case multiply
  /// 1 / x, the node that the book draws as "/".
  case reciprocal
  /// eˣ.
  case exp
  /// The natural logarithm.
  case log
  /// √x.
  case sqrt
  /// x².
  case square
  /// max(0, x).
  case relu
  /// The hyperbolic tangent.
  case tanh
  /// The matrix product, with numpy's rules for vectors.
  case dot
  /// The elements repeated to fill a larger shape.
  case broadcast(to: [Int])
  /// The sum along an axis, which stays with length 1 where it is kept, or of all elements.
  case sum(axis: Int?, keepsAxis: Bool)
  /// The mean in the same way.
  case mean(axis: Int?, keepsAxis: Bool)
  /// The largest element in the same way.
  case max(axis: Int?, keepsAxis: Bool)

  /// What stands in the node's circle.
  public var symbol: String {
    switch self {
    case .input, .constant: ""
    case .add: "+"
    case .subtract: "−"
    case .multiply: "×"
    case .reciprocal: "/"
    case .exp: "exp"
    case .log: "log"
    case .sqrt: "√"
    case .square: "x²"
    case .relu: "relu"
    case .tanh: "tanh"
    case .dot: "dot"
    case .broadcast: "broadcast"
    case .sum: "Σ"
    case .mean: "mean"
    case .max: "max"
    }
  }

  /// The result for the given inputs, whose shapes fit.
  func forward(_ x: [NDArray]) -> NDArray {
    switch self {
    case .input, .constant: fail("\(self) has nothing to compute", #fileID, #line)
    case .add: x.dropFirst().reduce(x[0]) { $0 + $1 }
    case .subtract: x[0] - x[1]
    case .multiply: x[0] * x[1]
    case .reciprocal: 1 / x[0]
    case .exp: x[0].map { Foundation.exp($0) }
    case .log: x[0].map { Foundation.log($0) }
    case .sqrt: x[0].map { $0.squareRoot() }
    case .square: x[0] * x[0]
    case .relu: x[0].map { larger(0, $0) }
    case .tanh: x[0].map { Foundation.tanh($0) }
    case .dot: x[0].dot(x[1])
    case .broadcast(let shape): x[0].broadcast(to: shape)
    case .sum(let axis, let keeps): Self.reduced(x[0], axis, keeps, { $0.sum() }, { $0.sum(axis: $1, keepDims: $2) })
    case .mean(let axis, let keeps): Self.reduced(x[0], axis, keeps, { $0.mean() }, { $0.mean(axis: $1, keepDims: $2) })
    case .max(let axis, let keeps): Self.reduced(x[0], axis, keeps, { $0.max() }, { $0.max(axis: $1, keepDims: $2) })
    }
  }

  /// The derivative along each input's edge, from the inputs, the result and its derivative.
  func backward(_ x: [NDArray], _ y: NDArray, _ dy: NDArray) -> [NDArray] {
    switch self {
    case .input, .constant: []
    case .add: x.map { _ in dy }
    case .subtract: [dy, -dy]
    case .multiply: [dy * x[1], dy * x[0]]
    case .reciprocal: [-(dy * y * y)]
    case .exp: [dy * y]
    case .log: [dy / x[0]]
    case .sqrt: [dy / (2 * y)]
    case .square: [dy * 2 * x[0]]
    case .relu: [NDArray.map(dy, x[0]) { $1 > 0 ? $0 : 0 }]
    case .tanh: [dy * (1 - y * y)]
    case .dot: Self.dotBackward(x[0], x[1], dy)
    case .broadcast: [dy.sum(to: x[0].shape)]
    case .sum(let axis, _): [Self.spread(dy, axis, over: x[0].shape)]
    case .mean(let axis, _):
      [Self.spread(dy, axis, over: x[0].shape) / Double(axis.map { x[0].shape[x[0].axis($0)] } ?? x[0].count)]
    case .max(let axis, _): [Self.maxBackward(x[0], axis, y, dy)]
    }
  }

  private static func reduced(
    _ x: NDArray, _ axis: Int?, _ keepsAxis: Bool, _ whole: (NDArray) -> Double,
    _ along: (NDArray, Int, Bool) -> NDArray
  ) -> NDArray {
    if let axis { return along(x, axis, keepsAxis) }
    return NDArray(shape: keepsAxis ? x.shape.map { _ in 1 } : [], [whole(x)])
  }

  /// What was reduced along an axis, repeated along it.
  private static func spread(_ reduced: NDArray, _ axis: Int?, over shape: [Int]) -> NDArray {
    var kept = shape
    if let axis { kept[axis < 0 ? axis + shape.count : axis] = 1 } else { kept = shape.map { _ in 1 } }
    return reduced.reshaped(kept).broadcast(to: shape)
  }

  /// The derivative goes to the largest element alone; to the first of several, as in the book's pooling.
  private static func maxBackward(_ x: NDArray, _ axis: Int?, _ y: NDArray, _ dy: NDArray) -> NDArray {
    let (largest, derivative) = (spread(y, axis, over: x.shape), spread(dy, axis, over: x.shape))
    let axis = axis.map { x.axis($0) }
    let inner = axis.map { x.shape[($0 + 1)...].reduce(1, *) } ?? 1
    let length = axis.map { x.shape[$0] } ?? x.count
    var taken: Set<Int> = []  // lanes along the axis whose largest element was found
    var result = NDArray.zeros(like: x)
    for i in x.elements.indices where x.elements[i] == largest.elements[i] {
      if taken.insert(i / (inner * length) * inner + i % inner).inserted { result.elements[i] = derivative.elements[i] }
    }
    return result
  }

  /// dX = dY · Wᵀ and dW = Xᵀ · dY; a vector counts as a row on the left and as a column on the right.
  private static func dotBackward(_ a: NDArray, _ b: NDArray, _ dy: NDArray) -> [NDArray] {
    let left = a.rank == 1 ? a.reshaped(1, -1) : a
    let right = b.rank == 1 ? b.reshaped(-1, 1) : b
    let derivative = dy.reshaped(left.shape[0], right.shape[1])
    return [
      derivative.dot(right.transposed).reshaped(a.shape), left.transposed.dot(derivative).reshaped(b.shape),
    ]
  }
}
