import KobaiPreconditions

/// A value in a ``Graph``: an input, or the result of what was computed from inputs. Operators and functions on variables
/// compute at once and record what they did.
///
/// Arrays of different shapes are broadcast as numpy does it, by a node of its own: on the way back that node sums, which
/// is why the derivative of a bias is the sum over the batch.
public struct Variable {
  /// The graph that records it.
  public let graph: Graph
  /// Its number in ``Graph/nodes``.
  public let node: Int

  /// What the forward pass gave.
  public var value: NDArray { graph.nodes[node].value }
  /// The value's shape.
  public var shape: [Int] { value.shape }
  /// The derivative of the output that ``backward(_:)`` was called on, in the value's shape; nil before.
  public var derivative: NDArray? { graph.nodes[node].derivative }

  /// The same value under a name, which pictures show.
  @discardableResult public func named(_ name: String) -> Variable {
    graph.setName(name, of: node)
    return self
  }

  /// Computes the derivative of this value on every edge of the graph; derivatives of an earlier call are forgotten.
  ///
  /// - Parameter dout: what arrives from behind, ∂L/∂y, in the value's shape; ones unless given.
  public func backward(_ dout: NDArray? = nil) {
    graph.backward(from: node, dout ?? NDArray(repeating: 1, shape: shape))
  }

  /// Two variables through an operation that works element by element, after a broadcast where the shapes differ.
  private static func elementwise(_ operation: Operation, _ a: Variable, _ b: Variable) -> Variable {
    let shape: [Int]
    do { shape = try NDArray.broadcastShape(a.shape, b.shape) } catch { fail(error.description, #fileID, #line) }
    return a.graph.apply(operation, [broadcast(a, to: shape), broadcast(b, to: shape)])
  }

  /// A number in the shape of this value.
  private func number(_ number: Double) -> Variable {
    graph.constant(nil, NDArray(repeating: number, shape: shape))
  }

  /// Element by element.
  public static func + (a: Variable, b: Variable) -> Variable { elementwise(.add, a, b) }
  /// Element by element.
  public static func - (a: Variable, b: Variable) -> Variable { elementwise(.subtract, a, b) }
  /// Element by element; the matrix product is `dot`.
  public static func * (a: Variable, b: Variable) -> Variable { elementwise(.multiply, a, b) }
  /// a times 1 / b, two nodes, as the book draws it.
  public static func / (a: Variable, b: Variable) -> Variable { a * (1 / b) }

  /// Plus a number.
  public static func + (a: Variable, b: Double) -> Variable { a + a.number(b) }
  /// A number plus each element.
  public static func + (a: Double, b: Variable) -> Variable { b.number(a) + b }
  /// Minus a number.
  public static func - (a: Variable, b: Double) -> Variable { a - a.number(b) }
  /// A number minus each element.
  public static func - (a: Double, b: Variable) -> Variable { b.number(a) - b }
  /// Times a number.
  public static func * (a: Variable, b: Double) -> Variable { a * a.number(b) }
  /// A number times each element.
  public static func * (a: Double, b: Variable) -> Variable { b.number(a) * b }
  /// Times the reciprocal of a number.
  public static func / (a: Variable, b: Double) -> Variable { a * a.number(1 / b) }
  /// The node "/" of the book for 1 / b; any other numerator is multiplied by it.
  public static func / (a: Double, b: Variable) -> Variable {
    let reciprocal = b.graph.apply(.reciprocal, [b])
    return a == 1 ? reciprocal : reciprocal * a
  }
  /// Times −1, as the book draws it.
  public static prefix func - (a: Variable) -> Variable { a * -1 }
}

/// The elements repeated to fill a larger shape; the variable itself where it has that shape.
public func broadcast(_ x: Variable, to shape: [Int]) -> Variable {
  x.shape == shape ? x : x.graph.apply(.broadcast(to: shape), [x])
}

/// eˣ of every element.
public func exp(_ x: Variable) -> Variable { x.graph.apply(.exp, [x]) }
/// The natural logarithm of every element.
public func log(_ x: Variable) -> Variable { x.graph.apply(.log, [x]) }
/// The square root of every element.
public func sqrt(_ x: Variable) -> Variable { x.graph.apply(.sqrt, [x]) }
/// The square of every element.
public func square(_ x: Variable) -> Variable { x.graph.apply(.square, [x]) }
/// max(0, x) of every element.
public func relu(_ x: Variable) -> Variable { x.graph.apply(.relu, [x]) }
/// The hyperbolic tangent of every element.
public func tanh(_ x: Variable) -> Variable { x.graph.apply(.tanh, [x]) }

/// The matrix product: (N, D) · (D, H) is (N, H). A vector counts as a row on the left and as a column on the right.
public func dot(_ a: Variable, _ b: Variable) -> Variable {
  require(!a.shape.isEmpty && !b.shape.isEmpty, "dot takes vectors and matrices; for a number there is *")
  return a.graph.apply(.dot, [a, b])
}

/// The sum along an axis, counted from 0 or from the last one below 0; of all elements without one.
public func sum(_ x: Variable, axis: Int? = nil, keepsAxis: Bool = false) -> Variable {
  x.graph.apply(.sum(axis: axis, keepsAxis: keepsAxis), [x])
}
/// The mean in the same way.
public func mean(_ x: Variable, axis: Int? = nil, keepsAxis: Bool = false) -> Variable {
  x.graph.apply(.mean(axis: axis, keepsAxis: keepsAxis), [x])
}
/// The largest element in the same way.
public func max(_ x: Variable, axis: Int? = nil, keepsAxis: Bool = false) -> Variable {
  x.graph.apply(.max(axis: axis, keepsAxis: keepsAxis), [x])
}
/// The sum of several variables of one shape, in one node.
public func sum(_ x: [Variable]) -> Variable {
  require(!x.isEmpty, "sum: there is nothing to add")
  require(x.allSatisfy { $0.shape == x[0].shape }, "sum: the shapes differ")
  return x.count == 1 ? x[0] : x[0].graph.apply(.add, x)
}
