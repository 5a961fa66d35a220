import KobaiKernels

/// Stochastic gradient descent (section 6.1.2 of the book): w ← w − η g.
public struct SGD: FusedOptimizer {
  public var learningRate: Float
  public var weightDecay: Float
  var update = FusedUpdate(.sgd)

  /// The default rate is the book's.
  public init(learningRate: Float = 0.01, weightDecay: Float = 0) {
    (self.learningRate, self.weightDecay) = (learningRate, weightDecay)
  }

  var hyperparameters: UpdateStep { UpdateStep(learningRate: learningRate, weightDecay: weightDecay) }
}
