import KobaiKernels

/// AdaGrad (section 6.1.5 of the book; Duchi, Hazan & Singer, 2011): h ← h + g², w ← w − η g / (√h + ε).
public struct AdaGrad: FusedOptimizer {
  public var learningRate: Float
  /// ε, beside a root so that nothing divides by zero.
  public var epsilon: Float
  public var weightDecay: Float
  var update = FusedUpdate(.adaGrad)

  /// The defaults are PyTorch's.
  public init(learningRate: Float = 0.01, epsilon: Float = 1e-10, weightDecay: Float = 0) {
    (self.learningRate, self.epsilon, self.weightDecay) = (learningRate, epsilon, weightDecay)
  }

  var hyperparameters: UpdateStep {
    UpdateStep(learningRate: learningRate, weightDecay: weightDecay, epsilon: epsilon)
  }
}
