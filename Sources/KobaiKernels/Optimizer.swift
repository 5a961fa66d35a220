import CKernels

/// An update rule; `ck_optim.h` has the formulas.
public enum UpdateRule: Sendable, CaseIterable {
  case sgd, momentum, nesterov, adaGrad, rmsProp, adam, adamW

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

  /// Whether the rule keeps a velocity (the first state), or a mean of squares (the second).
  public var hasFirst: Bool {
    switch self {
    case .momentum, .nesterov, .adam, .adamW: true
    case .sgd, .adaGrad, .rmsProp: false
    }
  }
  public var hasSecond: Bool {
    switch self {
    case .adaGrad, .rmsProp, .adam, .adamW: true
    case .sgd, .momentum, .nesterov: false
    }
  }
}

/// The numbers of one update step.
public struct UpdateStep: Sendable {
  public var learningRate: Float
  /// λ of the L2 decay; decoupled from the gradient for AdamW.
  public var weightDecay: Float
  public var beta1: Float, beta2: Float, epsilon: Float
  /// Adam's 1 − β₁ᵗ and 1 − β₂ᵗ.
  public var correction1: Float, correction2: Float

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
  public func update(
    _ rule: UpdateRule, _ step: UpdateStep, gradient: Span<Float>, weights: consuming MutableSpan<Float>,
    first: consuming MutableSpan<Float>? = nil, second: consuming MutableSpan<Float>? = nil
  ) throws(KernelError) {
    let checks = Checks(" update", rule.name)
    let count = weights.count
    try checks.count("gradient", gradient.count, count)
    try checks.require((first != nil) == rule.hasFirst, rule.hasFirst ? "needs a first state" : "has no first state")
    try checks.require(
      (second != nil) == rule.hasSecond, rule.hasSecond ? "needs a second state" : "has no second state")
    try checks.count("first", first?.count, count)
    try checks.count("second", second?.count, count)
    var raw = ck_optimizer_step(
      learning_rate: step.learningRate, weight_decay: step.weightDecay, beta1: step.beta1, beta2: step.beta2,
      epsilon: step.epsilon, correction1: step.correction1, correction2: step.correction2)
    let (target, states) = unsafe (weights.pointer(), (first.pointer(), second.pointer()))
    unsafe withContext {
      unsafe ck_optimizer_update($0, rule.raw, &raw, count, gradient.pointer, target, states.0, states.1)
    }
  }
}
