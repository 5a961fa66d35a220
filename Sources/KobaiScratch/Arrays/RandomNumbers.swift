import Foundation

/// Random numbers that are the same for the same seed, on every machine (SplitMix64: Steele, Lea & Flood, 2014).
public struct RandomNumbers: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// The sequence of that seed.
  public init(seed: UInt64) { state = seed }

  /// 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }

  /// Uniform in 0 ..< 1, as numpy's `random.rand`.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Normal with mean 0 and deviation 1, as numpy's `random.randn` (Box & Muller, 1958).
  public mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }

  /// So many whole numbers in 0 ..< bound, each drawn from all of them: one may come twice. numpy's `random.choice`.
  public mutating func choices(_ count: Int, below bound: Int) -> [Int] {
    (0..<count).map { _ in Int.random(in: 0..<bound, using: &self) }
  }
}

extension NDArray {
  /// Normal random numbers with mean 0, numpy's `deviation * random.randn(…)`.
  public static func randomNormal(
    _ shape: [Int], deviation: Double = 1, using numbers: inout RandomNumbers
  ) -> NDArray {
    NDArray(shape: shape, (0..<shape.reduce(1, *)).map { _ in deviation * numbers.normal() })
  }

  /// Random numbers in 0 ..< 1, numpy's `random.rand(…)`.
  public static func randomUniform(_ shape: [Int], using numbers: inout RandomNumbers) -> NDArray {
    NDArray(shape: shape, (0..<shape.reduce(1, *)).map { _ in numbers.uniform() })
  }
}
