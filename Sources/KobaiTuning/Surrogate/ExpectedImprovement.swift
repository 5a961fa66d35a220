import Foundation

/// By how much a normally distributed value is expected to exceed the best so far, where what falls short counts 0:
/// E[max(0, f − best)] = σ (z Φ(z) + φ(z)), z = (μ − best) / σ (Mockus, 1978; Snoek et al., equation 2).
///
/// It is large where the mean is high and where little is known: one formula for exploiting and exploring.
///
/// - Parameters:
///   - mean: μ, the mean of the value.
///   - variance: σ², its variance; 0 where the value is known.
///   - best: the best value so far.
public func expectedImprovement(mean: Double, variance: Double, over best: Double) -> Double {
  let deviation = max(variance, 0).squareRoot()
  guard deviation > 0 else { return max(0, mean - best) }
  let z = (mean - best) / deviation
  let density = exp(-z * z / 2) / (2 * .pi).squareRoot()
  let probability = erfc(-z / 2.0.squareRoot()) / 2
  // Far below the best, rounding may make the sum a little less than nothing.
  return max(0, deviation * (z * probability + density))
}
