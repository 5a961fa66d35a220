import Foundation
import KobaiPreconditions

// How far answers are from what they should be (section 4.2).

/// ½ Σ (y − t)² (section 4.2.1).
public func sumSquaredError(_ y: NDArray, _ t: NDArray) -> Double { 0.5 * ((y - t) * (y - t)).sum() }

/// ``sumSquaredError(_:_:)`` by its name in the book's first printings, though it takes no mean.
public func meanSquaredError(_ y: NDArray, _ t: NDArray) -> Double { sumSquaredError(y, t) }

/// −Σ t log(y + ε), the mean over the rows where y has rows (section 4.2.4). ε keeps the logarithm of 0 away.
///
/// - Parameters:
///   - y: probabilities, (classes) or (batch, classes).
///   - t: what they should be, one-hot for instance, in the same shape.
///   - epsilon: ε, what the logarithm's argument grows by.
public func crossEntropyError(_ y: NDArray, _ t: NDArray, epsilon: Double = 1e-7) -> Double {
  require(y.shape == t.shape, "answers of shape \(NDArray.text(y.shape)), labels of \(NDArray.text(t.shape))")
  return -(t * log(y + epsilon)).sum() / Double(y.rank == 2 ? y.shape[0] : 1)
}

/// The same with the labels instead of one-hot rows: only their logarithms count.
public func crossEntropyError(_ y: NDArray, _ labels: [Int], epsilon: Double = 1e-7) -> Double {
  require(y.rank == 2 && y.shape[0] == labels.count, "\(labels.count) labels for shape \(NDArray.text(y.shape))")
  return -labels.indices.reduce(0) { $0 + log(y[$1, labels[$1]] + epsilon) } / Double(labels.count)
}

/// Rows of zeros with a one at each label.
public func oneHot(_ labels: [Int], classes: Int) -> NDArray {
  var rows = NDArray.zeros(labels.count, classes)
  for (i, label) in labels.enumerated() { rows[i, label] = 1 }
  return rows
}
