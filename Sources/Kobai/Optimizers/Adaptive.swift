/// AdaGrad (section 6.1.5; Duchi, Hazan & Singer, 2011): h ← h + g², w ← w − η g / (√h + ε).
public struct AdaGrad: Optimizer {
  public var learningRate: Float
  /// ε, beside a root so that nothing divides by zero.
  public var epsilon: Float
  public var weightDecay: Float
  private var state = OptimizerState(.adaGrad)

  /// The defaults are PyTorch's.
  public init(learningRate: Float = 0.01, epsilon: Float = 1e-10, weightDecay: Float = 0) {
    (self.learningRate, self.epsilon, self.weightDecay) = (learningRate, epsilon, weightDecay)
  }

  public mutating func step(_ parameters: ParameterStore) throws {
    try state.apply(
      UpdateStep(learningRate: learningRate, weightDecay: weightDecay, epsilon: epsilon), to: parameters)
  }

  public func memory(_ parameters: ParameterStore) -> OptimizerMemory { state.memory(parameters) }
  public mutating func recall(_ memory: OptimizerMemory, _ parameters: ParameterStore) throws {
    try state.recall(memory, parameters)
  }
}

/// RMSProp (Tieleman & Hinton, 2012): h ← α h + (1 − α) g², w ← w − η g / (√h + ε).
public struct RMSProp: Optimizer {
  public var learningRate: Float
  /// α, the share of the mean of squares that stays from step to step.
  public var alpha: Float
  /// ε, beside a root so that nothing divides by zero.
  public var epsilon: Float
  public var weightDecay: Float
  private var state = OptimizerState(.rmsProp)

  /// The defaults are PyTorch's.
  public init(learningRate: Float = 0.01, alpha: Float = 0.99, epsilon: Float = 1e-8, weightDecay: Float = 0) {
    (self.learningRate, self.alpha) = (learningRate, alpha)
    (self.epsilon, self.weightDecay) = (epsilon, weightDecay)
  }

  public mutating func step(_ parameters: ParameterStore) throws {
    try state.apply(
      UpdateStep(learningRate: learningRate, weightDecay: weightDecay, beta2: alpha, epsilon: epsilon),
      to: parameters)
  }

  public func memory(_ parameters: ParameterStore) -> OptimizerMemory { state.memory(parameters) }
  public mutating func recall(_ memory: OptimizerMemory, _ parameters: ParameterStore) throws {
    try state.recall(memory, parameters)
  }
}

/// The means of Adam and AdamW, and how far they are still biased towards the zeros they start from.
private struct Moments {
  var betas: (Float, Float)
  private var powers = (1.0, 1.0)  // βᵗ
  private var state: OptimizerState

  init(_ rule: UpdateRule, betas: (Float, Float)) {
    (self.betas, state) = (betas, OptimizerState(rule))
  }

  mutating func step(
    _ parameters: ParameterStore, learningRate: Float, weightDecay: Float, epsilon: Float
  ) throws {
    powers = (powers.0 * Double(betas.0), powers.1 * Double(betas.1))
    try state.apply(
      UpdateStep(
        learningRate: learningRate, weightDecay: weightDecay, beta1: betas.0, beta2: betas.1, epsilon: epsilon,
        correction1: Float(1 - powers.0), correction2: Float(1 - powers.1)), to: parameters)
  }

  func memory(_ parameters: ParameterStore) -> OptimizerMemory {
    var memory = state.memory(parameters)
    memory.numbers = ["beta1_power": powers.0, "beta2_power": powers.1]
    return memory
  }

  mutating func recall(_ memory: OptimizerMemory, _ parameters: ParameterStore) throws {
    try state.recall(memory, parameters)
    powers = (memory.numbers["beta1_power"] ?? 1, memory.numbers["beta2_power"] ?? 1)
  }
}

/// Adam (section 6.1.6; Kingma & Ba, 2015).
public struct Adam: Optimizer {
  public var learningRate: Float
  /// ε, beside a root so that nothing divides by zero.
  public var epsilon: Float
  public var weightDecay: Float
  private var moments: Moments

  /// The defaults are PyTorch's. `betas` are the shares of the mean of gradients and of the mean of squares that stay
  /// from step to step.
  public init(
    learningRate: Float = 0.001, betas: (Float, Float) = (0.9, 0.999), epsilon: Float = 1e-8, weightDecay: Float = 0
  ) {
    (self.learningRate, self.epsilon, self.weightDecay) = (learningRate, epsilon, weightDecay)
    moments = Moments(.adam, betas: betas)
  }

  public mutating func step(_ parameters: ParameterStore) throws {
    try moments.step(parameters, learningRate: learningRate, weightDecay: weightDecay, epsilon: epsilon)
  }

  public func memory(_ parameters: ParameterStore) -> OptimizerMemory { moments.memory(parameters) }
  public mutating func recall(_ memory: OptimizerMemory, _ parameters: ParameterStore) throws {
    try moments.recall(memory, parameters)
  }
}

/// Adam with weight decay decoupled from the gradient (Loshchilov & Hutter, 2019).
public struct AdamW: Optimizer {
  public var learningRate: Float
  /// ε, beside a root so that nothing divides by zero.
  public var epsilon: Float
  public var weightDecay: Float
  private var moments: Moments

  /// The defaults are PyTorch's. `betas` are the shares of the mean of gradients and of the mean of squares that stay
  /// from step to step.
  public init(
    learningRate: Float = 0.001, betas: (Float, Float) = (0.9, 0.999), epsilon: Float = 1e-8,
    weightDecay: Float = 0.01
  ) {
    (self.learningRate, self.epsilon, self.weightDecay) = (learningRate, epsilon, weightDecay)
    moments = Moments(.adamW, betas: betas)
  }

  public mutating func step(_ parameters: ParameterStore) throws {
    try moments.step(parameters, learningRate: learningRate, weightDecay: weightDecay, epsilon: epsilon)
  }

  public func memory(_ parameters: ParameterStore) -> OptimizerMemory { moments.memory(parameters) }
  public mutating func recall(_ memory: OptimizerMemory, _ parameters: ParameterStore) throws {
    try moments.recall(memory, parameters)
  }
}
