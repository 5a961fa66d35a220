import Foundation

extension GaussianProcess {
  /// The process whose kernel fits the observations best.
  ///
  /// Length scales and noise are those of the largest marginal likelihood, tried one after the other from a list until none
  /// improves it. (Snoek et al. average over them by slice sampling.) With few observations the likelihood is nearly flat and
  /// would take any extreme; as in the paper a prior holds it, which favours length scales of about a third of the range
  /// and little noise. The variance need not be tried: the best one for given scales is known in closed form.
  ///
  /// - Parameters:
  ///   - points: where the function was observed, in the unit cube.
  ///   - values: what was observed there.
  ///   - family: the kernel's function of the distance.
  public static func fitted(
    _ points: [[Double]], _ values: [Double], family: Covariance.Family = .matern52
  ) -> GaussianProcess {
    let mean = values.reduce(0, +) / Double(values.count)
    let centred = values.map { $0 - mean }
    // Noise explains what short length scales explain as well: from either side, a climb may stay there.
    let climbs = [0.001, 0.1].map { noise in
      KernelCandidate(
        scales: [Double](repeating: 0.3, count: points[0].count), noise: noise, points, centred, family
      ).climbed(points, centred)
    }
    let best = climbs[0].posterior >= climbs[1].posterior ? climbs[0] : climbs[1]
    return GaussianProcess(
      points, values, covariance: Covariance(family, lengthScales: best.scales, variance: best.variance),
      noise: best.noise * best.variance, mean: mean)
  }
}

/// Length scales and noise, with how probable they are.
private struct KernelCandidate {
  /// In ratios of √2 over the range and beyond it.
  static let scaleList = stride(from: -9, through: 4, by: 1).map { 0.3 * pow(2, Double($0 + 2) / 2) }
  static let noiseList = [1e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1]

  let family: Covariance.Family
  let scales: [Double]
  /// The noise's variance, as a share of the function's.
  let noise: Double
  /// The function's variance that fits best.
  let variance: Double
  /// The logarithm of likelihood times prior, but for a constant.
  let posterior: Double

  init(
    scales: [Double], noise: Double, _ points: [[Double]], _ centred: [Double], _ family: Covariance.Family
  ) {
    (self.family, self.scales, self.noise) = (family, scales, noise)
    let unit = GaussianProcess(points, centred, covariance: Covariance(family, lengthScales: scales), noise: noise)
    // With variance 1, −2 log p = yᵀK⁻¹y + log |K| + n log 2π; with σ² it is yᵀK⁻¹y / σ² + log |K| + n log σ² + …, which
    // is least at σ² = yᵀK⁻¹y / n.
    let count = Double(points.count)
    let fit = unit.weightedSquares
    variance = max(fit / count, 1e-12)
    let likelihood = unit.logMarginalLikelihood + 0.5 * fit - 0.5 * count * (1 + log(variance))
    func logNormal(_ value: Double, median: Double, spread: Double) -> Double {
      let z = log(value / median) / spread
      return -0.5 * z * z
    }
    posterior =
      likelihood + scales.reduce(0) { $0 + logNormal($1, median: 0.3, spread: 0.7) }
      + logNormal(noise, median: 0.01, spread: 2)
  }

  /// The best candidate that changes of one number at a time lead to.
  func climbed(_ points: [[Double]], _ centred: [Double]) -> KernelCandidate {
    var best = self
    var improves = true
    while improves {
      improves = false
      for coordinate in 0...scales.count {
        for value in coordinate < scales.count ? Self.scaleList : Self.noiseList {
          var (scales, noise) = (best.scales, best.noise)
          if coordinate < scales.count { scales[coordinate] = value } else { noise = value }
          let other = KernelCandidate(scales: scales, noise: noise, points, centred, family)
          if other.posterior > best.posterior + 1e-9 { (best, improves) = (other, true) }
        }
      }
    }
    return best
  }
}
