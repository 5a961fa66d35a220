/// Stochastic gradient descent (section 6.1.2 of the book): w ← w − η g.
public struct SGD: Optimizer {
  public var learningRate: Float
  public var weightDecay: Float
  private var state = OptimizerState(.sgd)

  /// The default rate is the book's.
  public init(learningRate: Float = 0.01, weightDecay: Float = 0) {
    (self.learningRate, self.weightDecay) = (learningRate, weightDecay)
  }

  public mutating func step(_ parameters: ParameterStore) throws {
    try state.apply(UpdateStep(learningRate: learningRate, weightDecay: weightDecay), to: parameters)
  }

  public func memory(_ parameters: ParameterStore) -> OptimizerMemory { state.memory(parameters) }
  public mutating func recall(_ memory: OptimizerMemory, _ parameters: ParameterStore) throws {
    try state.recall(memory, parameters)
  }
}

/// SGD with momentum (section 6.1.4): v ← μ v + g, w ← w − η v.
public struct Momentum: Optimizer {
  public var learningRate: Float
  /// μ, the share of the velocity that stays from step to step.
  public var momentum: Float
  public var weightDecay: Float
  private var state = OptimizerState(.momentum)

  /// The defaults are the book's.
  public init(learningRate: Float = 0.01, momentum: Float = 0.9, weightDecay: Float = 0) {
    (self.learningRate, self.momentum, self.weightDecay) = (learningRate, momentum, weightDecay)
  }

  public mutating func step(_ parameters: ParameterStore) throws {
    try state.apply(
      UpdateStep(learningRate: learningRate, weightDecay: weightDecay, beta1: momentum), to: parameters)
  }

  public func memory(_ parameters: ParameterStore) -> OptimizerMemory { state.memory(parameters) }
  public mutating func recall(_ memory: OptimizerMemory, _ parameters: ParameterStore) throws {
    try state.recall(memory, parameters)
  }
}

/// Nesterov's accelerated gradient (Sutskever et al., 2013): v ← μ v + g, w ← w − η (g + μ v).
public struct Nesterov: Optimizer {
  public var learningRate: Float
  /// μ, the share of the velocity that stays from step to step.
  public var momentum: Float
  public var weightDecay: Float
  private var state = OptimizerState(.nesterov)

  /// The defaults are the book's.
  public init(learningRate: Float = 0.01, momentum: Float = 0.9, weightDecay: Float = 0) {
    (self.learningRate, self.momentum, self.weightDecay) = (learningRate, momentum, weightDecay)
  }

  public mutating func step(_ parameters: ParameterStore) throws {
    try state.apply(
      UpdateStep(learningRate: learningRate, weightDecay: weightDecay, beta1: momentum), to: parameters)
  }

  public func memory(_ parameters: ParameterStore) -> OptimizerMemory { state.memory(parameters) }
  public mutating func recall(_ memory: OptimizerMemory, _ parameters: ParameterStore) throws {
    try state.recall(memory, parameters)
  }
}
