import Foundation
import KobaiPreconditions

/// What a few noisy observations say about a function everywhere: at each point a normal distribution, narrow near the
/// observations and wide far from them (Rasmussen & Williams, "Gaussian Processes for Machine Learning", 2006, algorithm
/// 2.1).
public struct GaussianProcess: Sendable {
  /// The kernel.
  public let covariance: Covariance
  /// The variance of the noise in the observations.
  public let noise: Double
  /// What is expected where nothing is known.
  public let mean: Double
  /// How probable the observations are under this process: log p(y | X). The larger, the better the kernel fits.
  public let logMarginalLikelihood: Double
  /// (y − mean)ᵀ (K + noise · I)⁻¹ (y − mean): how far the observations are from what was expected.
  let weightedSquares: Double
  private let points: [[Double]]
  private let factor: Cholesky  // of K + noise · I
  private let weights: [Double]  // α = (K + noise · I)⁻¹ (y − mean)

  /// - Parameters:
  ///   - points: where the function was observed: one point at least, each with a coordinate for every length scale.
  ///   - values: what was observed there.
  ///   - covariance: the kernel.
  ///   - noise: the variance of the noise. Points that lie (almost) on top of each other need some.
  ///   - mean: what is expected where nothing is known.
  public init(_ points: [[Double]], _ values: [Double], covariance: Covariance, noise: Double, mean: Double = 0) {
    require(
      !points.isEmpty && points.count == values.count, "\(points.count) points for \(values.count) observations")
    require(
      points.allSatisfy { $0.count == covariance.lengthScales.count },
      "a point of \(points.first { $0.count != covariance.lengthScales.count }?.count ?? 0) coordinates for "
        + "\(covariance.lengthScales.count) length scales")
    let factor = Self.factor(points, covariance, noise)
    let centred = values.map { $0 - mean }
    weights = factor.solve(centred)
    weightedSquares = zip(centred, weights).reduce(0) { $0 + $1.0 * $1.1 }
    logMarginalLikelihood =
      -0.5 * weightedSquares - factor.diagonal.reduce(0) { $0 + log($1) }
      - 0.5 * Double(points.count) * log(2 * .pi)
    (self.points, self.covariance, self.noise, self.mean, self.factor) = (points, covariance, noise, mean, factor)
  }

  /// The factor of K + noise · I. Where rounding makes that indefinite, the diagonal grows until it is not.
  private static func factor(_ points: [[Double]], _ covariance: Covariance, _ noise: Double) -> Cholesky {
    let rows = points.indices.map { i in (0...i).map { covariance(points[i], points[$0]) } }
    var jitter = 0.0
    while true {
      var matrix = rows
      for i in matrix.indices { matrix[i][i] += noise + jitter }
      if let factor = Cholesky(matrix) { return factor }
      jitter = max(jitter * 10, covariance.variance * 1e-12)
      require(jitter <= covariance.variance, "the kernel of a Gaussian process must be a positive number")
    }
  }

  /// The function's value at a point, as far as it is known: the mean and the variance of a normal distribution. Noise of
  /// a new observation is not part of it.
  public func predict(_ point: [Double]) -> (mean: Double, variance: Double) {
    let k = points.map { covariance(point, $0) }
    let v = factor.forward(k)
    let predicted = mean + zip(k, weights).reduce(0) { $0 + $1.0 * $1.1 }
    return (predicted, max(0, covariance(point, point) - v.reduce(0) { $0 + $1 * $1 }))
  }

  /// The largest mean at the observed points: the best value so far, without the luck of noise.
  public var best: Double { points.map { predict($0).mean }.max() ?? mean }
}
