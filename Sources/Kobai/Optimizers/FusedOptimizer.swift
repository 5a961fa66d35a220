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

  public var numbersPerParameter: Int { (update.rule.hasFirst ? 1 : 0) + (update.rule.hasSecond ? 1 : 0) }

  public func state(for parameters: ParameterStore) -> OptimizerState { update.state(for: parameters) }

  public mutating func load(state: OptimizerState, for parameters: ParameterStore) throws {
    try update.load(state, for: parameters)
  }
}

/// An update rule and what it keeps for each parameter between steps. The buffers are allocated in the first step.
struct FusedUpdate {
  let rule: UpdateRule
  /// Which parameters the rule updates.
  private let covers: (Parameter) -> Bool
  private var first: [Tensor?] = []  // one for each group of parameters, nil where the rule has none
  private var second: [Tensor?] = []
  /// βᵗ of each parameter, by which Adam's means are still biased towards their first zeros; t counts its own updates.
  private var betaPowers = BetaPowers()
  private var runs: [UpdateRun] = []
  // Of which parameters the runs were made, and how those were trained then.
  private var store: ParameterStore?
  private var tunings = -1

  init(_ rule: UpdateRule, covering covers: @escaping (Parameter) -> Bool = { _ in true }) {
    (self.rule, self.covers) = (rule, covers)
  }

  mutating func apply(_ hyperparameters: UpdateStep, to parameters: ParameterStore) throws {
    if first.isEmpty { allocate(parameters) }
    if store !== parameters || tunings != parameters.tunings { makeRuns(parameters) }
    for i in runs.indices { try runs[i].update(rule, hyperparameters, betaPowers, on: parameters.kernels) }
  }

  func state(for parameters: ParameterStore) -> OptimizerState {
    OptimizerState(tensors: first.isEmpty ? [] : views(parameters), scalars: scalars(parameters))
  }

  mutating func load(_ state: OptimizerState, for parameters: ParameterStore) throws {
    // A state of before the first step is empty: nothing stays of steps that this rule has made meanwhile.
    (first, second, runs, store, betaPowers) = ([], [], [], nil, BetaPowers())
    if !state.tensors.isEmpty {
      allocate(parameters)
      try state.copyTensors(into: views(parameters))
    }
    for (i, parameter) in parameters.all.enumerated() where betaPowers.of.indices.contains(i) {
      func power(_ name: String) -> Double {
        state.scalars["\(parameter.name).\(name)"] ?? state.scalars[name] ?? 1
      }
      betaPowers.of[i] = BetaPowers.Pair(first: power(Self.power1), second: power(Self.power2))
    }
    tunings = -1
  }

  private static let (power1, power2) = ("beta1_power", "beta2_power")

  /// The powers of the parameter that was updated most often, and of those that were updated less often.
  private func scalars(_ parameters: ParameterStore) -> [String: Double] {
    guard rule.correctsBias else { return [:] }
    let covered = zip(parameters.all, betaPowers.of).filter { covers($0.0) }
    let most = covered.map(\.1).min { $0.second < $1.second } ?? BetaPowers.Pair()
    var scalars = [Self.power1: most.first, Self.power2: most.second]
    for (parameter, powers) in covered where powers != most {
      scalars["\(parameter.name).\(Self.power1)"] = powers.first
      scalars["\(parameter.name).\(Self.power2)"] = powers.second
    }
    return scalars
  }

  private mutating func allocate(_ parameters: ParameterStore) {
    func buffers(_ isKept: Bool) -> [Tensor?] {
      parameters.groups.indices.map { group in
        let isUsed = parameters.all.contains { covers($0) && parameters.location(of: $0).group == group }
        return isKept && isUsed ? Tensor(parameters.groups[group].values.shape) : nil
      }
    }
    (first, second) = (buffers(rule.hasFirst), buffers(rule.hasSecond))
    betaPowers = BetaPowers(parameters.all.count)
  }

  /// Joins parameters that lie side by side and are updated alike, so that a kernel updates them in one pass.
  private mutating func makeRuns(_ parameters: ParameterStore) {
    runs = []
    (store, tunings) = (parameters, parameters.tunings)
    for group in parameters.groups.indices {
      for (i, parameter) in parameters.all.enumerated() {
        let location = parameters.location(of: parameter)
        guard location.group == group, covers(parameter), parameter.tuning.isTrainable else { continue }
        let end = parameters.groups[group].parameterEnds.first { $0 > location.first } ?? location.first
        if let last = runs.last, last.group == group, last.start + last.count == location.first,
          last.tuning == parameter.tuning, betaPowers.of[last.parameters[0]] == betaPowers.of[i]
        {
          last.append(i, end: end)
        } else {
          let run = UpdateRun(group: group, tuning: parameter.tuning, start: location.first)
          run.append(i, end: end)
          runs.append(run)
        }
      }
    }
    for run in runs { run.locate(parameters.groups[run.group], first[run.group], second[run.group]) }
  }

  /// The buffers as tensors that belong to one parameter each.
  private func views(_ parameters: ParameterStore) -> [NamedTensor] {
    parameters.all.filter(covers).flatMap { parameter in
      let group = parameters.location(of: parameter).group
      return [(rule.firstName, first[group]), (rule.secondName, second[group])].compactMap { name, buffer in
        buffer.map { ("\(parameter.name).\(name)", parameters.view(of: parameter, in: $0)) }
      }
    }
  }
}

/// Parameters side by side that are updated alike. A class, of which a step copies nothing.
private final class UpdateRun {
  let group: Int
  let tuning: Tuning
  let start: Int
  private(set) var count = 0
  private(set) var parameters: [Int] = []  // the indices in the store
  private(set) var ends: [Int] = []  // counted from the start
  // Where its elements are, looked up once; nil where the rule has none.
  private var values: Buffer<Float>?
  private var gradients: Buffer<Float>?
  private var first: Buffer<Float>?
  private var second: Buffer<Float>?
  private var decays = false

  init(group: Int, tuning: Tuning, start: Int) { (self.group, self.tuning, self.start) = (group, tuning, start) }

  func append(_ parameter: Int, end: Int) {
    parameters.append(parameter)
    count = end - start
    ends.append(count)
  }

  /// Looks up where its elements are.
  func locate(_ group: ParameterStore.Group, _ first: Tensor?, _ second: Tensor?) {
    func slice(_ tensor: Tensor) -> Buffer<Float> { tensor.buffer.slice(start, count) }
    (values, gradients, decays) = (slice(group.values), slice(group.gradients), group.decays)
    (self.first, self.second) = (first.map(slice), second.map(slice))
  }

  /// Updates its parameters.
  func update(
    _ rule: UpdateRule, _ hyperparameters: UpdateStep, _ betaPowers: BetaPowers, on kernels: Kernels
  ) throws(KernelError) {
    guard let values, let gradients else { return }
    let (first, second, ends) = (first, second, ends)
    var step = hyperparameters
    if rule.correctsBias {
      for i in parameters.indices { betaPowers.multiply(parameters[i], by: step.beta1, step.beta2) }
      let powers = betaPowers.of[parameters[0]]
      (step.correction1, step.correction2) = (Float(1 - powers.first), Float(1 - powers.second))
    }
    step.learningRate *= tuning.learningRateFactor
    step.weightDecay = tuning.weightDecay ?? (decays ? hyperparameters.weightDecay : 0)
    try kernels.update(
      rule, step, gradient: gradients.span, weights: values.mutableSpan, first: first.mutableSpan,
      second: second.mutableSpan, parameterEnds: ends.span)
  }
}

/// β₁ᵗ and β₂ᵗ of every parameter: a handle, like the buffers of the rule, so that a step copies nothing.
private final class BetaPowers {
  struct Pair: Equatable {
    var first = 1.0
    var second = 1.0
  }

  var of: [Pair]

  init(_ count: Int = 0) { of = [Pair](repeating: Pair(), count: count) }

  func multiply(_ i: Int, by beta1: Float, _ beta2: Float) {
    of[i].first *= Double(beta1)
    of[i].second *= Double(beta2)
  }
}

extension Buffer<Float>? {
  /// The elements, to write; nil where there is no buffer.
  fileprivate var mutableSpan: MutableSpan<Float>? {
    @_lifetime(borrow self) get {
      guard let buffer = self else { return nil }
      return unsafe _overrideLifetime(buffer.mutableSpan, borrowing: self)
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
