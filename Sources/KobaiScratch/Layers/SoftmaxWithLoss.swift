/// Softmax, and cross-entropy as the loss (section 5.6.3). Their derivative together is as simple as can be: y − t.
public final class SoftmaxWithLoss {
  /// The last batch's.
  public private(set) var loss = 0.0
  private let epsilon: Double
  private var answer: (y: NDArray, t: NDArray)?

  /// The book's loss, which adds ε = 1e-7 inside the logarithm. (The derivative is that without it.)
  public init(epsilon: Double = 1e-7) { self.epsilon = epsilon }

  /// The mean loss of a batch.
  ///
  /// - Parameters:
  ///   - x: scores (batch, classes).
  ///   - t: what the probabilities should be, one-hot rows for instance.
  public func forward(_ x: NDArray, _ t: NDArray) -> Double {
    let y = softmax(x)
    answer = (y, t)
    loss = crossEntropyError(y, t, epsilon: epsilon)
    return loss
  }

  /// The same with the labels.
  public func forward(_ x: NDArray, _ labels: [Int]) -> Double {
    let y = softmax(x)
    answer = (y, oneHot(labels, classes: y.shape[1]))
    loss = crossEntropyError(y, labels, epsilon: epsilon)  // without those of zeros, where a logarithm may be infinite
    return loss
  }

  /// The loss's derivative by the scores.
  public func backward(_ dout: Double = 1) -> NDArray {
    let (y, t) = kept(answer)
    return dout * (y - t) / Double(t.shape.count > 1 ? t.shape[0] : 1)  // the loss of a single sample is not divided
  }
}
