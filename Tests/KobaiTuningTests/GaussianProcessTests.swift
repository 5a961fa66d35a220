import Foundation
import Testing

@testable import KobaiTuning

/// Against numpy:
///
///     X = np.array([[0.1, 0.2], [0.4, 0.9], [0.5, 0.3], [0.8, 0.7], [0.95, 0.1]])
///     y = np.array([0.3, 0.8, 0.9, 0.5, 0.2])
///     Q = np.array([[0.45, 0.5], [0.0, 1.0], [0.4, 0.9]])
///     scale, variance, noise, mean = np.array([0.3, 0.6]), 0.09, 1e-3, 0.54
///     def k(A, B, family):
///         d2 = (((A[:, None] - B[None]) / scale) ** 2).sum(-1)
///         if family == "rbf": return variance * np.exp(-d2 / 2)
///         r = np.sqrt(5 * d2)
///         return variance * (1 + r + 5 * d2 / 3) * np.exp(-r)
///     for family in ["matern52", "rbf"]:
///         K = k(X, X, family) + noise * np.eye(5)
///         Ki = np.linalg.inv(K)
///         S = k(Q, X, family)
///         print((mean + S @ Ki @ (y - mean)).tolist())
///         print((variance - np.einsum("ij,jk,ik->i", S, Ki, S)).tolist())
///         print(-0.5 * (y - mean) @ Ki @ (y - mean) - 0.5 * np.linalg.slogdet(K)[1] - 2.5 * np.log(2 * np.pi))
///
/// scikit-learn's `GaussianProcessRegressor` says the same for Matérn's kernel.
@Suite("The Gaussian process")
struct GaussianProcessTests {
  private let points = [[0.1, 0.2], [0.4, 0.9], [0.5, 0.3], [0.8, 0.7], [0.95, 0.1]]
  private let values = [0.3, 0.8, 0.9, 0.5, 0.2]

  struct Oracle: Sendable {
    let family: Covariance.Family
    let means: [Double], variances: [Double], likelihood: Double
  }

  @Test(
    "means, variances and likelihood are numpy's",
    arguments: [
      Oracle(
        family: .matern52, means: [0.8898792016897739, 0.511141569746227, 0.7981642777947644],
        variances: [0.009071408807246356, 0.07241940024328751, 0.0009846793722996378], likelihood: -1.0740778416721595),
      Oracle(
        family: .squaredExponential, means: [0.8935319442335977, 0.4558350470564122, 0.7988798891836659],
        variances: [0.0032249865197932215, 0.0636140392365998, 0.0009822477668692403], likelihood: -1.2462124825845047),
    ])
  func numpy(_ oracle: Oracle) {
    let process = GaussianProcess(
      points, values, covariance: Covariance(oracle.family, lengthScales: [0.3, 0.6], variance: 0.09), noise: 1e-3,
      mean: 0.54)
    for (i, query) in [[0.45, 0.5], [0.0, 1.0], [0.4, 0.9]].enumerated() {
      let (mean, variance) = process.predict(query)
      #expect(abs(mean - oracle.means[i]) < 1e-12 && abs(variance - oracle.variances[i]) < 1e-12)
    }
    #expect(abs(process.logMarginalLikelihood - oracle.likelihood) < 1e-12)
  }

  @Test("L·Lᵀ is the matrix, and substitutions solve for it; what is not positive definite has no L")
  func cholesky() throws {
    let matrix = [[4.0, 2, 0.6], [2, 5, 1], [0.6, 1, 3]]
    let factor = try #require(Cholesky(matrix))
    let x = factor.solve([1, 2, 3])
    for (row, b) in zip(matrix, [1.0, 2, 3]) {
      #expect(abs(zip(row, x).reduce(0) { $0 + $1.0 * $1.1 } - b) < 1e-14)
    }
    // By Sarrus: 4·14 − 2·5.4 + 0.6·(−1)
    #expect(abs(factor.diagonal.reduce(1) { $0 * $1 * $1 } - 44.6) < 1e-12)
    #expect(Cholesky([[1, 2], [2, 1]]) == nil)
    #expect(Cholesky([[.nan]]) == nil)
  }

  @Test("the same point twice without noise, and many points close together, still have an answer")
  func nearlySingular() {
    for points in [[[0.5], [0.5]], (0..<40).map { [Double($0) * 1e-4] }] {
      let process = GaussianProcess(
        points, points.map { _ in 1 }, covariance: Covariance(.squaredExponential, lengthScales: [1]), noise: 0)
      let (mean, variance) = process.predict(points[0])
      #expect(abs(mean - 1) < 1e-3 && variance < 1e-3)
    }
  }

  @Test("a fit finds out which coordinate matters, and how noisy the values are")
  func fit() {
    let random = RandomPoints(seed: 3, dimension: 3)
    let points = (0..<40).map { Array(random.point($0).prefix(2)) }
    let smooth = GaussianProcess.fitted(points, points.map { sin(6 * $0[0]) })
    #expect(smooth.covariance.lengthScales[0] * 3 < smooth.covariance.lengthScales[1])
    #expect(smooth.noise < 1e-3)
    for query in [[0.2, 0.5], [0.7, 0.1]] { #expect(abs(smooth.predict(query).mean - sin(6 * query[0])) < 0.05) }
    let noisy = GaussianProcess.fitted(
      points, points.indices.map { sin(6 * points[$0][0]) + random.point($0)[2] - 0.5 })
    // Uniform numbers of width 1 have a variance of 1/12.
    #expect((0.03...0.2).contains(noisy.noise))
  }

  @Test(
    "the expected improvement is the integral of what exceeds the best",
    arguments: [(0.8, 0.1, 0.9), (0.9, 0.02, 0.9), (0.5, 0.3, 0.9), (1.0, 0.05, 0.9), (0.2, 0.1, 0.9)])
  func improvement(mean: Double, deviation: Double, best: Double) {
    // Simpson's rule over ten deviations each way, from where the integrand begins.
    let (low, high) = (max(best, mean - 10 * deviation), max(best, mean + 10 * deviation))
    let steps = 2000
    let width = (high - low) / Double(steps)
    let integral = (0...steps).reduce(0.0) { sum, i in
      let f = low + Double(i) * width
      let z = (f - mean) / deviation
      let value = (f - best) * exp(-z * z / 2) / (deviation * (2 * .pi).squareRoot())
      return sum + value * (i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2)
    }
    let expected = integral * width / 3
    let improvement = expectedImprovement(mean: mean, variance: deviation * deviation, over: best)
    #expect(abs(improvement - expected) < 1e-10, "\(improvement) \(expected)")
  }

  @Test("where the value is known, the improvement is too")
  func certain() {
    #expect(expectedImprovement(mean: 0.75, variance: 0, over: 0.5) == 0.25)
    #expect(expectedImprovement(mean: 0.25, variance: 0, over: 0.5) == 0)
    #expect(expectedImprovement(mean: -100, variance: 1, over: 0.5) == 0)
  }
}
