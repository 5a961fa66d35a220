/// Changes parameters along their gradients. Formulas, names and defaults are PyTorch's.
public protocol Optimizer {
  /// η, which a training's schedule sets before each step.
  var learningRate: Float { get set }
  /// λ of the L2 penalty ½ λ Σ w² on weights; biases and normalisation are left alone.
  var weightDecay: Float { get set }

  /// One step, from the gradients that ``Network/backward()`` left in `parameters`.
  mutating func step(_ parameters: ParameterStore) throws

  /// What it remembers between steps. A training that goes on from a checkpoint goes on with it; an optimizer that
  /// remembers anything must hand it out here and take it back in ``recall(_:_:)``.
  func memory(_ parameters: ParameterStore) -> OptimizerMemory

  /// Goes on from what ``memory(_:)`` gave.
  mutating func recall(_ memory: OptimizerMemory, _ parameters: ParameterStore) throws
}

extension Optimizer {
  public func memory(_ parameters: ParameterStore) -> OptimizerMemory { OptimizerMemory() }
  public mutating func recall(_ memory: OptimizerMemory, _ parameters: ParameterStore) throws {}
}

/// What an optimizer remembers between steps.
public struct OptimizerMemory {
  /// Under the parameter's name and PyTorch's for the state: "conv1.weight.exp_avg".
  public var tensors: [NamedTensor]
  /// Whatever else it counts, such as βᵗ.
  public var numbers: [String: Double]

  /// Nothing unless given.
  public init(tensors: [NamedTensor] = [], numbers: [String: Double] = [:]) {
    (self.tensors, self.numbers) = (tensors, numbers)
  }

  /// Overwrites each of `targets`, an optimizer's own memories, with the tensor of its name.
  ///
  /// - Throws: ``BuildError`` for one that is missing or of another shape.
  public func copyTensors(into targets: [NamedTensor]) throws(BuildError) {
    try copyByName(tensors, into: targets, what: "the optimizer's memories")
  }
}

/// What an update rule keeps for each parameter between steps. The memory is set aside in the first step.
struct OptimizerState {
  let rule: UpdateRule
  private(set) var first: [Tensor?] = []  // one for each group of parameters, nil where the rule has none
  private(set) var second: [Tensor?] = []

  init(_ rule: UpdateRule) { self.rule = rule }

  mutating func apply(_ step: UpdateStep, to parameters: ParameterStore) throws {
    if first.isEmpty { allocate(parameters) }
    for i in parameters.groups.indices {
      let group = parameters.groups[i]
      var step = step
      if !group.decays { step.weightDecay = 0 }
      try parameters.kernels.update(
        rule, step, gradient: group.gradients.span, weights: group.values.mutableSpan,
        first: first[i].mutableSpan, second: second[i].mutableSpan, parameterEnds: group.parameterEnds.span)
    }
  }

  private mutating func allocate(_ parameters: ParameterStore) {
    first = parameters.groups.map { rule.hasFirst ? Tensor($0.values.shape) : nil }
    second = parameters.groups.map { rule.hasSecond ? Tensor($0.values.shape) : nil }
  }

  func memory(_ parameters: ParameterStore) -> OptimizerMemory {
    guard !first.isEmpty else { return OptimizerMemory() }
    return OptimizerMemory(tensors: views(parameters))
  }

  mutating func recall(_ memory: OptimizerMemory, _ parameters: ParameterStore) throws {
    guard !memory.tensors.isEmpty else { return }
    allocate(parameters)
    try memory.copyTensors(into: views(parameters))
  }

  /// The states as parts that belong to one parameter each.
  private func views(_ parameters: ParameterStore) -> [NamedTensor] {
    parameters.all.flatMap { parameter in
      let (group, start) = parameters.place(of: parameter)
      return [(rule.firstName, first[group]), (rule.secondName, second[group])].compactMap { name, state in
        state.map { state in
          (
            "\(parameter.name).\(name)",
            Tensor(parameter.value.shape, state.buffer.slice(start, parameter.value.count))
          )
        }
      }
    }
  }
}

extension UpdateRule {
  /// PyTorch's names for what the rules keep.
  fileprivate var firstName: String { self == .adam || self == .adamW ? "exp_avg" : "momentum_buffer" }
  fileprivate var secondName: String {
    switch self {
    case .adaGrad: "sum"
    case .rmsProp: "square_avg"
    case .sgd, .momentum, .nesterov, .adam, .adamW: "exp_avg_sq"
    }
  }
}
