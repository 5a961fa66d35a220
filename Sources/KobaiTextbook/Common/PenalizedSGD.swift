import Kobai

/// SGD on the loss with both penalties, ½ λ₂ Σ w² + λ₁ Σ |w|: their gradients are λ₂ w, which becomes small with the weight, and
/// λ₁ sign(w), which does not.
struct PenalizedSGD: Optimizer {
  private var sgd: SGD
  private let l1: Float

  init(learningRate: Float, weightDecay: Float, l1: Float) {
    sgd = SGD(learningRate: learningRate, weightDecay: weightDecay)
    self.l1 = l1
  }

  var learningRate: Float {
    get { sgd.learningRate }
    set { sgd.learningRate = newValue }
  }
  var weightDecay: Float {
    get { sgd.weightDecay }
    set { sgd.weightDecay = newValue }
  }

  mutating func step(_ parameters: ParameterStore) throws {
    if l1 > 0 {
      for group in parameters.groups where group.decays {
        let weights = group.values.span
        var gradients = group.gradients.mutableSpan
        for i in gradients.indices { gradients[i] += weights[i] > 0 ? l1 : weights[i] < 0 ? -l1 : 0 }
      }
    }
    try sgd.step(parameters)
  }
}
