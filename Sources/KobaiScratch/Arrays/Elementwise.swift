import Foundation

// Functions of every element, named as numpy's and as the ones for a single number.

/// eˣ of every element.
public func exp(_ x: NDArray) -> NDArray { x.map(Foundation.exp) }
/// The natural logarithm of every element.
public func log(_ x: NDArray) -> NDArray { x.map(Foundation.log) }
/// The square root of every element.
public func sqrt(_ x: NDArray) -> NDArray { x.map { $0.squareRoot() } }
/// The hyperbolic tangent of every element.
public func tanh(_ x: NDArray) -> NDArray { x.map(Foundation.tanh) }
/// The size of every element, without its sign.
public func abs(_ x: NDArray) -> NDArray { x.map { Swift.abs($0) } }
/// The larger of each two elements; where one is no number, that.
public func maximum(_ a: NDArray, _ b: NDArray) -> NDArray { NDArray.map(a, b) { larger($0, $1) } }

/// The larger of two numbers. `Swift.max` drops a NaN that comes second, behind which a training would seem to be well.
func larger(_ a: Double, _ b: Double) -> Double { b.isNaN ? b : Swift.max(a, b) }
