import Foundation

// The functions of chapter 3, for a number and for every element of an array.

/// 1 where x > 0, else 0 (section 3.2.2).
public func stepFunction(_ x: Double) -> Double { x > 0 ? 1 : 0 }
/// 1 / (1 + e⁻ˣ) (section 3.2.4).
public func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
/// max(0, x) (section 3.2.7).
public func relu(_ x: Double) -> Double { larger(0, x) }

/// 1 where x > 0, else 0 (section 3.2.2).
public func stepFunction(_ x: NDArray) -> NDArray { x.map(stepFunction) }
/// 1 / (1 + e⁻ˣ) (section 3.2.4).
public func sigmoid(_ x: NDArray) -> NDArray { x.map(sigmoid) }
/// max(0, x) (section 3.2.7).
public func relu(_ x: NDArray) -> NDArray { x.map(relu) }
/// x itself (section 3.4.3).
public func identityFunction(_ x: NDArray) -> NDArray { x }

/// eˣ / Σ eˣ of a vector, or of each row of a matrix. The largest element is subtracted first: that changes nothing, but
/// keeps the exponentials from overflowing (section 3.5.2).
public func softmax(_ x: NDArray) -> NDArray {
  let e = exp(x - x.max(axis: -1, keepDims: true))
  return e / e.sum(axis: -1, keepDims: true)
}
