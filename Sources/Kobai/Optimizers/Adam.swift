import KobaiKernels

/// Adam (section 6.1.6 of the book; Kingma & Ba, 2015).
public struct Adam: FusedOptimizer {
  public var learningRate: Float
  /// ε, beside a root so that nothing divides by zero.
  public var epsilon: Float
  public var weightDecay: Float
  private let betas: (Float, Float)
  var update = FusedUpdate(.adam)

  /// The defaults are PyTorch's. `betas` are the shares of the mean of gradients and of the mean of squares that stay
  /// from step to step.
  public init(
    learningRate: Float = 0.001, betas: (Float, Float) = (0.9, 0.999), epsilon: Float = 1e-8, weightDecay: Float = 0
  ) {
    (self.learningRate, self.betas) = (learningRate, betas)
    (self.epsilon, self.weightDecay) = (epsilon, weightDecay)
  }

  var hyperparameters: UpdateStep {
    UpdateStep(
      learningRate: learningRate, weightDecay: weightDecay, beta1: betas.0, beta2: betas.1, epsilon: epsilon)
  }
}

/// Adam with weight decay decoupled from the gradient (Loshchilov & Hutter, 2019).
public struct AdamW: FusedOptimizer {
  public var learningRate: Float
  /// ε, beside a root so that nothing divides by zero.
  public var epsilon: Float
  public var weightDecay: Float
  private let betas: (Float, Float)
  var update = FusedUpdate(.adamW)

  /// The defaults are PyTorch's. `betas` are the shares of the mean of gradients and of the mean of squares that stay
  /// from step to step.
  public init(
    learningRate: Float = 0.001, betas: (Float, Float) = (0.9, 0.999), epsilon: Float = 1e-8,
    weightDecay: Float = 0.01
  ) {
    (self.learningRate, self.betas) = (learningRate, betas)
    (self.epsilon, self.weightDecay) = (epsilon, weightDecay)
  }

  var hyperparameters: UpdateStep {
    UpdateStep(
      learningRate: learningRate, weightDecay: weightDecay, beta1: betas.0, beta2: betas.1, epsilon: epsilon)
  }
}
