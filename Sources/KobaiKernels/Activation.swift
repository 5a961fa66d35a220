import CKernels

/// An element-wise activation function, with its constants; those that are left out are PyTorch's.
public enum Activation: Sendable, Hashable, CaseIterable {
  /// max(x, 0)
  case relu
  /// 1 / (1 + e⁻ˣ)
  case sigmoid
  /// The hyperbolic tangent.
  case tanh
  /// 1 where x > 0, else 0; its derivative counts as 0.
  case step
  /// x itself.
  case identity
  /// x where x > 0, else slope · x.
  case leakyReLU(slope: Float = 0.01)
  /// x where x > 0, else α (eˣ − 1), α ≥ 0.
  case elu(alpha: Float = 1)
  /// x · Φ(x), Φ the distribution function of the standard normal distribution.
  case gelu
  /// ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))), an approximation of ``gelu``.
  case geluTanh
  /// x / (1 + e⁻ˣ)
  case silu
  /// log(1 + e^(βx)) / β, β > 0, and x itself where βx is above the threshold.
  case softplus(beta: Float = 1, threshold: Float = 20)
  /// x · min(max(x + 3, 0), 6) / 6
  case hardSwish
  /// A function of your own: see ``PointwiseActivation``.
  case custom(CustomActivation)

  /// All functions of Kobai's, with the constants that are left out.
  public static let allCases: [Activation] = [
    .relu, .sigmoid, .tanh, .step, .identity, .leakyReLU(), .elu(), .gelu, .geluTanh, .silu, .softplus(), .hardSwish,
  ]

  /// Whether the derivative is taken from the function's input; else it is taken from its output.
  public var keepsInput: Bool { unsafe ck_activation_keeps_input(raw) }

  /// What is wrong with the constants; nil where they make sense.
  public var invalidReason: String? {
    switch self {
    case .leakyReLU(let slope) where !slope.isFinite: "slope \(slope) must be a finite number"
    case .elu(let alpha) where !(alpha >= 0 && alpha.isFinite): "alpha \(alpha) must not be negative"
    case .softplus(let beta, _) where !(beta > 0 && beta.isFinite): "beta \(beta) must be positive"
    case .softplus(_, let threshold) where threshold.isNaN: "threshold nan must be a number"
    default: nil
    }
  }

  var name: StaticString {
    switch self {
    case .relu: "relu"
    case .sigmoid: "sigmoid"
    case .tanh: "tanh"
    case .step: "step"
    case .identity: "identity"
    case .leakyReLU: "leaky relu"
    case .elu: "elu"
    case .gelu: "gelu"
    case .geluTanh: "gelu tanh"
    case .silu: "silu"
    case .softplus: "softplus"
    case .hardSwish: "hard swish"
    case .custom: "custom activation"
    }
  }

  /// What C calls. Of a custom activation it points to the function, which lives as long as `self` does.
  var raw: ck_activation {
    if case .custom(let custom) = self { return unsafe custom.raw }
    let (kind, alpha, threshold) = constants
    var function = unsafe ck_activation()
    unsafe (function.kind, function.alpha, function.threshold) = (kind, alpha, threshold)
    return unsafe function
  }

  private var constants: (kind: ck_activation_kind, alpha: Float, threshold: Float) {
    switch self {
    case .relu: (CK_RELU, 0, 0)
    case .sigmoid: (CK_SIGMOID, 0, 0)
    case .tanh: (CK_TANH, 0, 0)
    case .step: (CK_STEP, 0, 0)
    case .identity: (CK_IDENTITY, 0, 0)
    case .leakyReLU(let slope): (CK_LEAKY_RELU, slope, 0)
    case .elu(let alpha): (CK_ELU, alpha, 0)
    case .gelu: (CK_GELU, 0, 0)
    case .geluTanh: (CK_GELU_TANH, 0, 0)
    case .silu: (CK_SILU, 0, 0)
    case .softplus(let beta, let threshold): (CK_SOFTPLUS, beta, threshold)
    case .hardSwish: (CK_HARD_SWISH, 0, 0)
    case .custom: (CK_CUSTOM, 0, 0)
    }
  }

  func check(_ checks: Checks) throws(KernelError) {
    if let reason = invalidReason { try checks.require(false, reason) }
  }
}

extension Kernels {
  /// Calls `body` with what a C kernel takes that another kernel's activation is fused with; nil is none.
  func withContext(
    _ activation: Activation?, _ checks: Checks,
    _ body: (UnsafePointer<ck_context>, UnsafePointer<ck_activation>?) -> Void
  ) throws(KernelError) {
    guard let activation else { return unsafe withContext { unsafe body($0, nil) } }
    try activation.check(checks)
    var raw = unsafe activation.raw
    unsafe withContext { context in unsafe withUnsafePointer(to: &raw) { unsafe body(context, $0) } }
  }

  /// y[i] = f(x[i])
  public func activationForward(
    _ activation: Activation, _ x: Span<Float>, into y: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks(" forward", activation.name)
    try activation.check(checks)
    try checks.count("y", y.count, x.count)
    let target = unsafe y.pointer()
    unsafe withContext { unsafe ck_activation_forward($0, activation.raw, x.count, x.pointer, target) }
  }

  /// dx[i] = dy[i] · f′, with f′ taken from the input x where ``Activation/keepsInput`` says so, else from the output y;
  /// the other one may be left out.
  public func activationBackward(
    _ activation: Activation, _ dy: Span<Float>, x: Span<Float>? = nil, y: Span<Float>? = nil,
    into dx: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks(" backward", activation.name)
    try activation.check(checks)
    try checks.count("x", x?.count, dy.count)
    try checks.count("y", y?.count, dy.count)
    try checks.count("dx", dx.count, dy.count)
    guard let kept = activation.keepsInput ? x : y else {
      throw .invalid(
        kernel: "\(activation.name) backward",
        reason: "its derivative needs \(activation.keepsInput ? "the input x" : "the output y")")
    }
    let target = unsafe dx.pointer()
    unsafe withContext {
      unsafe ck_activation_backward($0, activation.raw, dy.count, dy.pointer, kept.pointer, target)
    }
  }

  /// PReLU of x (samples, channels, plane): y = x where x > 0, else weight[channel] · x.
  public func preluForward(
    samples: Int, channels: Int, plane: Int, _ x: Span<Float>, weight: Span<Float>,
    into y: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks("prelu forward")
    try checks.planes(samples, channels, plane)
    try checks.count("x", x.count, samples *| channels *| plane)
    try checks.count("weight", weight.count, channels)
    try checks.count("y", y.count, x.count)
    let target = unsafe y.pointer()
    unsafe withContext {
      unsafe ck_prelu_forward($0, samples, channels, plane, x.pointer, weight.pointer, target)
    }
  }

  /// dx and dWeight[channel] = Σ dy · min(x, 0); each may be left out. Where the batch comes in parts, `sums` lets that of
  /// the weight go on.
  public func preluBackward(
    samples: Int, channels: Int, plane: Int, _ dy: Span<Float>, x: Span<Float>, weight: Span<Float>,
    dx: consuming MutableSpan<Float>?, dWeight: consuming MutableSpan<Float>?, sums: BatchSums? = nil,
    workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("prelu backward")
    try checks.planes(samples, channels, plane)
    try checks.count("dy", dy.count, samples *| channels *| plane)
    try checks.count("x", x.count, dy.count)
    try checks.count("weight", weight.count, channels)
    try checks.count("dx", dx?.count, dy.count)
    try checks.count("dWeight", dWeight?.count, channels)
    let (dxPointer, dwPointer) = unsafe (dx.pointer(), dWeight.pointer())
    let scratch = unsafe workspace.pointer(bytes: ck_prelu_workspace_bytes(samples, channels))
    try unsafe sums.withPart(checks, samples, floats: ck_prelu_sums_floats(channels, plane)) { part in
      unsafe withContext {
        unsafe ck_prelu_backward(
          $0, samples, channels, plane, dy.pointer, x.pointer, weight.pointer, dxPointer, dwPointer, part, scratch)
      }
    }
  }

  /// The scratch that ``preluBackward(samples:channels:plane:_:x:weight:dx:dWeight:sums:workspace:)`` needs.
  public func preluWorkspaceBytes(samples: Int, channels: Int) -> Int { ck_prelu_workspace_bytes(samples, channels) }

  /// Each row of y is the softmax of the row of x.
  public func softmaxForward(
    rows: Int, columns: Int, _ x: Span<Float>, into y: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks("softmax forward")
    try checks.matrix(rows: rows, columns: columns)
    try checks.count("x", x.count, rows *| columns)
    try checks.count("y", y.count, rows *| columns)
    let target = unsafe y.pointer()
    unsafe withContext { unsafe ck_softmax_forward($0, rows, columns, x.pointer, target) }
  }

  /// dx = y · (dy − Σ dy · y), the sum over each row.
  public func softmaxBackward(
    rows: Int, columns: Int, _ dy: Span<Float>, y: Span<Float>, into dx: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks("softmax backward")
    try checks.matrix(rows: rows, columns: columns)
    try checks.count("dy", dy.count, rows *| columns)
    try checks.count("y", y.count, rows *| columns)
    try checks.count("dx", dx.count, rows *| columns)
    let target = unsafe dx.pointer()
    unsafe withContext { unsafe ck_softmax_backward($0, rows, columns, dy.pointer, y.pointer, target) }
  }
}
