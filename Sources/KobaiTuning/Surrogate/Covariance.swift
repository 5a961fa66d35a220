import Foundation

/// How alike the scores of two points are expected to be, from how far apart the points lie: the kernel of a Gaussian
/// process.
public struct Covariance: Sendable, Equatable {
  /// The function of the distance r, which counts in length scales.
  public enum Family: Sendable, Equatable, CaseIterable {
    /// (1 + √5 r + 5/3 r²) exp(−√5 r): functions that have two derivatives. What Snoek et al. recommend, because real
    /// scores are seldom smoother.
    case matern52
    /// exp(−r² / 2), the RBF kernel: functions that are smooth beyond measure.
    case squaredExponential
  }

  /// The function of the distance.
  public var family: Family
  /// For each coordinate, the distance along it at which scores begin to tell little about each other. A long one means
  /// that the hyper-parameter matters little ("automatic relevance determination").
  public var lengthScales: [Double]
  /// The variance of the scores themselves, σ².
  public var variance: Double

  /// A kernel with a length scale for each coordinate.
  public init(_ family: Family = .matern52, lengthScales: [Double], variance: Double = 1) {
    (self.family, self.lengthScales, self.variance) = (family, lengthScales, variance)
  }

  /// The covariance of the scores at two points.
  public func callAsFunction(_ a: [Double], _ b: [Double]) -> Double {
    let squared = lengthScales.indices.reduce(0) { sum, i in
      let distance = (a[i] - b[i]) / lengthScales[i]
      return sum + distance * distance
    }
    switch family {
    case .matern52:
      let r = (5 * squared).squareRoot()
      return variance * (1 + r + r * r / 3) * exp(-r)
    case .squaredExponential: return variance * exp(-squared / 2)
    }
  }
}
