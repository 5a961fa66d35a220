/// Changes parameters along their gradients. Formulas, names and defaults are PyTorch's.
public protocol Optimizer {
  /// η, which a training's schedule sets before each step.
  var learningRate: Float { get set }
  /// λ of the L2 penalty ½ λ Σ w² on weights; biases and normalisation are left alone.
  var weightDecay: Float { get set }

  /// One step, from the gradients that ``Network/backward()`` left in `parameters`.
  mutating func step(_ parameters: ParameterStore) throws
}

/// What an update rule keeps for each parameter between steps. The memory is set aside in the first step.
struct OptimizerState {
  let rule: UpdateRule
  private(set) var first: [Tensor?] = []  // one for each group of parameters, nil where the rule has none
  private(set) var second: [Tensor?] = []

  init(_ rule: UpdateRule) { self.rule = rule }

  mutating func apply(_ step: UpdateStep, to parameters: ParameterStore) throws {
    if first.isEmpty {
      first = parameters.groups.map { rule.hasFirst ? Tensor($0.values.shape) : nil }
      second = parameters.groups.map { rule.hasSecond ? Tensor($0.values.shape) : nil }
    }
    for i in parameters.groups.indices {
      let group = parameters.groups[i]
      var step = step
      if !group.decays { step.weightDecay = 0 }
      try parameters.kernels.update(
        rule, step, gradient: group.gradients.span, weights: group.values.mutableSpan,
        first: first[i].mutableSpan, second: second[i].mutableSpan)
    }
  }
}
