import KobaiKernels

/// RMSProp (Tieleman & Hinton, 2012): h ← α h + (1 − α) g², w ← w − η g / (√h + ε).
public struct RMSProp: FusedOptimizer {
  public var learningRate: Float
  /// α, the share of the mean of squares that stays from step to step.
  public var alpha: Float
  /// ε, beside a root so that nothing divides by zero.
  public var epsilon: Float
  public var weightDecay: Float
  var update = FusedUpdate(.rmsProp)

  /// The defaults are PyTorch's.
  public init(learningRate: Float = 0.01, alpha: Float = 0.99, epsilon: Float = 1e-8, weightDecay: Float = 0) {
    (self.learningRate, self.alpha) = (learningRate, alpha)
    (self.epsilon, self.weightDecay) = (epsilon, weightDecay)
  }

  var hyperparameters: UpdateStep {
    UpdateStep(learningRate: learningRate, weightDecay: weightDecay, beta2: alpha, epsilon: epsilon)
  }
}
