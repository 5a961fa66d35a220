/// Dropout as the book has it (section 6.4.3): while training, elements are dropped at random and the others left as they
/// are; afterwards everything is multiplied by the share that training kept.
public final class Dropout: Layer {
  private let ratio: Double
  private var numbers: RandomNumbers
  private var mask: NDArray?  // 1 where an element is kept

  /// - Parameters:
  ///   - ratio: the share of elements that is dropped.
  ///   - seed: of the random choice.
  public init(_ ratio: Double = 0.5, seed: UInt64 = 0) {
    (self.ratio, numbers) = (ratio, RandomNumbers(seed: seed))
  }

  public func forward(_ x: NDArray, train: Bool) -> NDArray {
    guard train else { return x * (1 - ratio) }
    let mask = NDArray.randomUniform(x.shape, using: &numbers).map { $0 > ratio ? 1 : 0 }
    self.mask = mask
    return x * mask
  }

  public func backward(_ dout: NDArray) -> NDArray { dout * kept(mask) }
}
