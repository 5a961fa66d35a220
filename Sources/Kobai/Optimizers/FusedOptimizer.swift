import KobaiKernels

/// An optimizer whose step is one pass of a kernel over all parameters. Each is its hyper-parameters and an ``UpdateRule``:
/// buffers, steps and checkpoints are the same for all of them, and stand here once.
protocol FusedOptimizer: Optimizer {
  /// The hyper-parameters of the next step.
  var hyperparameters: UpdateStep { get }
  /// The rule and its buffers.
  var update: FusedUpdate { get set }
}

extension FusedOptimizer {
  public mutating func step(_ parameters: ParameterStore) throws {
    // In debug builds, changing the property in place through the protocol would allocate in every step.
    var update = update
    try update.apply(hyperparameters, to: parameters)
    self.update = update
  }

  public func state(for parameters: ParameterStore) -> OptimizerState { update.state(for: parameters) }

  public mutating func load(state: OptimizerState, for parameters: ParameterStore) throws {
    try update.load(state, for: parameters)
  }
}

/// An update rule and what it keeps for each parameter between steps. The buffers are allocated in the first step.
struct FusedUpdate {
  let rule: UpdateRule
  private var first: [Tensor?] = []  // one for each group of parameters, nil where the rule has none
  private var second: [Tensor?] = []
  private var betaPowers = (1.0, 1.0)  // βᵗ, by which Adam's means are still biased towards their first zeros

  init(_ rule: UpdateRule) { self.rule = rule }

  mutating func apply(_ hyperparameters: UpdateStep, to parameters: ParameterStore) throws {
    if first.isEmpty { allocate(parameters) }
    var step = hyperparameters
    if rule.correctsBias {
      betaPowers = (betaPowers.0 * Double(step.beta1), betaPowers.1 * Double(step.beta2))
      (step.correction1, step.correction2) = (Float(1 - betaPowers.0), Float(1 - betaPowers.1))
    }
    for i in parameters.groups.indices {
      let group = parameters.groups[i]
      step.weightDecay = group.decays ? hyperparameters.weightDecay : 0
      try parameters.kernels.update(
        rule, step, gradient: group.gradients.span, weights: group.values.mutableSpan,
        first: first[i].mutableSpan, second: second[i].mutableSpan, parameterEnds: group.parameterEnds.span)
    }
  }

  func state(for parameters: ParameterStore) -> OptimizerState {
    OptimizerState(
      tensors: first.isEmpty ? [] : views(parameters),
      scalars: rule.correctsBias ? ["beta1_power": betaPowers.0, "beta2_power": betaPowers.1] : [:])
  }

  mutating func load(_ state: OptimizerState, for parameters: ParameterStore) throws {
    if !state.tensors.isEmpty {
      allocate(parameters)
      try state.copyTensors(into: views(parameters))
    }
    betaPowers = (state.scalars["beta1_power"] ?? 1, state.scalars["beta2_power"] ?? 1)
  }

  private mutating func allocate(_ parameters: ParameterStore) {
    first = parameters.groups.map { rule.hasFirst ? Tensor($0.values.shape) : nil }
    second = parameters.groups.map { rule.hasSecond ? Tensor($0.values.shape) : nil }
  }

  /// The buffers as tensors that belong to one parameter each.
  private func views(_ parameters: ParameterStore) -> [NamedTensor] {
    parameters.all.flatMap { parameter in
      let group = parameters.location(of: parameter).group
      return [(rule.firstName, first[group]), (rule.secondName, second[group])].compactMap { name, buffer in
        buffer.map { ("\(parameter.name).\(name)", parameters.view(of: parameter, in: $0)) }
      }
    }
  }
}

extension UpdateRule {
  /// Whether the rule divides its means by 1 − βᵗ.
  fileprivate var correctsBias: Bool { self == .adam || self == .adamW }

  /// PyTorch's names for what the rules keep.
  fileprivate var firstName: String { correctsBias ? "exp_avg" : "momentum_buffer" }
  fileprivate var secondName: String {
    switch self {
    case .adaGrad: "sum"
    case .rmsProp: "square_avg"
    case .sgd, .momentum, .nesterov, .adam, .adamW: "exp_avg_sq"
    }
  }
}
