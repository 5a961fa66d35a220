import KobaiKernels

/// SGD with momentum (section 6.1.4 of the book): v ← μ v + g, w ← w − η v.
public struct Momentum: FusedOptimizer {
  public var learningRate: Float
  /// μ, the share of the velocity that stays from step to step.
  public var momentum: Float
  public var weightDecay: Float
  var update = FusedUpdate(.momentum)

  /// The defaults are the book's.
  public init(learningRate: Float = 0.01, momentum: Float = 0.9, weightDecay: Float = 0) {
    (self.learningRate, self.momentum, self.weightDecay) = (learningRate, momentum, weightDecay)
  }

  var hyperparameters: UpdateStep {
    UpdateStep(learningRate: learningRate, weightDecay: weightDecay, beta1: momentum)
  }
}

/// Nesterov's accelerated gradient (Sutskever et al., 2013): v ← μ v + g, w ← w − η (g + μ v).
public struct Nesterov: FusedOptimizer {
  public var learningRate: Float
  /// μ, the share of the velocity that stays from step to step.
  public var momentum: Float
  public var weightDecay: Float
  var update = FusedUpdate(.nesterov)

  /// The defaults are the book's.
  public init(learningRate: Float = 0.01, momentum: Float = 0.9, weightDecay: Float = 0) {
    (self.learningRate, self.momentum, self.weightDecay) = (learningRate, momentum, weightDecay)
  }

  var hyperparameters: UpdateStep {
    UpdateStep(learningRate: learningRate, weightDecay: weightDecay, beta1: momentum)
  }
}
