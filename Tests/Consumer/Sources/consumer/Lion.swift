import Kobai

/// Steps of one size along the sign of a mean of gradients (Chen et al., "Symbolic discovery of optimization
/// algorithms", 2023): w ← w − η (sign(β₁ m + (1 − β₁) g) + λ w), m ← β₂ m + (1 − β₂) g.
struct Lion: Optimizer {
  var learningRate: Float
  var weightDecay: Float
  var betas: (Float, Float) = (0.9, 0.99)
  private var means: [Tensor] = []  // one for each parameter

  init(learningRate: Float = 1e-4, weightDecay: Float = 0) {
    (self.learningRate, self.weightDecay) = (learningRate, weightDecay)
  }

  mutating func step(_ parameters: ParameterStore) {
    if means.isEmpty { means = parameters.all.map { Tensor($0.value.shape) } }
    for (parameter, mean) in zip(parameters.all, means) where parameter.tuning.isTrainable {
      let decay = parameter.decays ? weightDecay : 0
      let gradients = parameter.gradient.span
      var weights = parameter.value.mutableSpan
      var m = mean.mutableSpan
      for i in gradients.indices {
        let direction = betas.0 * m[i] + (1 - betas.0) * gradients[i]
        let sign: Float = direction > 0 ? 1 : direction < 0 ? -1 : 0
        weights[i] -= learningRate * (sign + decay * weights[i])
        m[i] = betas.1 * m[i] + (1 - betas.1) * gradients[i]
      }
    }
  }

  func state(for parameters: ParameterStore) -> OptimizerState {
    OptimizerState(tensors: zip(parameters.all, means).map { ("\($0.name).exp_avg", $1) })
  }

  mutating func load(state: OptimizerState, for parameters: ParameterStore) throws {
    guard !state.tensors.isEmpty else { return }
    means = parameters.all.map { Tensor($0.value.shape) }
    try state.copyTensors(into: zip(parameters.all, means).map { ("\($0.name).exp_avg", $1) })
  }
}
