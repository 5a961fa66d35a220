import CKernels

/// An update rule for weights w with gradient g, in PyTorch's formulas: η is the learning rate, v the first state, h the
/// second. Weight decay λ adds λ w to g before all else, but for AdamW.
public enum UpdateRule: Sendable, CaseIterable {
  /// w ← w − η g
  case sgd
  /// v ← β₁ v + g, w ← w − η v
  case momentum
  /// v ← β₁ v + g, w ← w − η (g + β₁ v)
  case nesterov
  /// h ← h + g², w ← w − η g / (√h + ε)
  case adaGrad
  /// h ← β₂ h + (1 − β₂) g², w ← w − η g / (√h + ε)
  case rmsProp
  /// v ← β₁ v + (1 − β₁) g, h as for RMSProp, w ← w − η / c₁ · v / (√h / √c₂ + ε) with the corrections c of the step
  case adam
  /// w ← (1 − η λ) w, then as Adam without decay in g
  case adamW

  var name: StaticString {
    switch self {
    case .sgd: "sgd"
    case .momentum: "momentum"
    case .nesterov: "nesterov"
    case .adaGrad: "adagrad"
    case .rmsProp: "rmsprop"
    case .adam: "adam"
    case .adamW: "adamw"
    }
  }

  var raw: ck_optimizer {
    switch self {
    case .sgd: CK_SGD
    case .momentum: CK_MOMENTUM
    case .nesterov: CK_NESTEROV
    case .adaGrad: CK_ADAGRAD
    case .rmsProp: CK_RMSPROP
    case .adam: CK_ADAM
    case .adamW: CK_ADAMW
    }
  }

  /// Whether the rule keeps a velocity, or a mean of gradients: the first state.
  public var hasFirst: Bool {
    switch self {
    case .momentum, .nesterov, .adam, .adamW: true
    case .sgd, .adaGrad, .rmsProp: false
    }
  }
  /// Whether the rule keeps a mean, or a sum, of squares: the second state.
  public var hasSecond: Bool {
    switch self {
    case .adaGrad, .rmsProp, .adam, .adamW: true
    case .sgd, .momentum, .nesterov: false
    }
  }
}

/// The hyper-parameters of one update step.
public struct UpdateStep: Sendable {
  /// The learning rate η.
  public var learningRate: Float
  /// The L2 decay λ, which is decoupled from the gradient for AdamW.
  public var weightDecay: Float
  /// The share that the first and the second state keep from step to step, and what is added to a root.
  public var beta1: Float, beta2: Float, epsilon: Float
  /// Adam's bias corrections 1 − β₁ᵗ and 1 − β₂ᵗ.
  public var correction1: Float, correction2: Float

  /// Hyper-parameters that a rule has no use for may be left out.
  public init(
    learningRate: Float, weightDecay: Float = 0, beta1: Float = 0, beta2: Float = 0, epsilon: Float = 0,
    correction1: Float = 1, correction2: Float = 1
  ) {
    (self.learningRate, self.weightDecay) = (learningRate, weightDecay)
    (self.beta1, self.beta2, self.epsilon) = (beta1, beta2, epsilon)
    (self.correction1, self.correction2) = (correction1, correction2)
  }
}

extension Kernels {
  /// Updates the weights from their gradient in one pass. `first` and `second` are the rule's states, zero before
  /// the first step; nil where the rule has none.
  ///
  /// Where the weights are several parameters, one after the other, `parameterEnds` says where each of them ends: every
  /// thread then takes its share of each, which it mostly has in its cache. The results are the same.
  public func update(
    _ rule: UpdateRule, _ step: UpdateStep, gradient: Span<Float>, weights: consuming MutableSpan<Float>,
    first: consuming MutableSpan<Float>? = nil, second: consuming MutableSpan<Float>? = nil,
    parameterEnds: Span<Int>? = nil
  ) throws(KernelError) {
    let checks = Checks(" update", rule.name)
    let count = weights.count
    try checks.count("gradient", gradient.count, count)
    try checks.require((first != nil) == rule.hasFirst, rule.hasFirst ? "needs a first state" : "has no first state")
    try checks.require(
      (second != nil) == rule.hasSecond, rule.hasSecond ? "needs a second state" : "has no second state")
    try checks.count("first", first?.count, count)
    try checks.count("second", second?.count, count)
    if let ends = parameterEnds {
      var rises = ends.count > 0 && ends[ends.count - 1] == count
      for i in ends.indices { rises = rises && ends[i] >= (i > 0 ? ends[i - 1] : 0) }
      try checks.require(rises, "parameters must end one after the other, the last at \(count)")
    }
    var raw = ck_optimizer_step(
      learning_rate: step.learningRate, weight_decay: step.weightDecay, beta1: step.beta1, beta2: step.beta2,
      epsilon: step.epsilon, correction1: step.correction1, correction2: step.correction2)
    let (target, states) = unsafe (weights.pointer(), (first.pointer(), second.pointer()))
    unsafe withContext {
      unsafe ck_optimizer_update(
        $0, rule.raw, &raw, count, gradient.pointer, target, states.0, states.1, parameterEnds?.count ?? 0,
        parameterEnds?.pointer ?? nil)
    }
  }
}
