import CKernels

/// An element-wise activation function.
public enum Activation: String, Sendable, CaseIterable {
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

  var name: StaticString {
    switch self {
    case .relu: "relu"
    case .sigmoid: "sigmoid"
    case .tanh: "tanh"
    case .step: "step"
    case .identity: "identity"
    }
  }

  var raw: ck_activation {
    switch self {
    case .relu: CK_RELU
    case .sigmoid: CK_SIGMOID
    case .tanh: CK_TANH
    case .step: CK_STEP
    case .identity: CK_IDENTITY
    }
  }
}

extension Kernels {
  /// y[i] = f(x[i])
  public func activationForward(
    _ activation: Activation, _ x: Span<Float>, into y: consuming MutableSpan<Float>
  ) throws(KernelError) {
    try Checks(" forward", activation.name).count("y", y.count, x.count)
    let target = unsafe y.pointer()
    unsafe withContext { unsafe ck_activation_forward($0, activation.raw, x.count, x.pointer, target) }
  }

  /// dx[i] = dy[i] · f′, with f′ taken from the output y.
  public func activationBackward(
    _ activation: Activation, _ dy: Span<Float>, y: Span<Float>, into dx: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks(" backward", activation.name)
    try checks.count("y", y.count, dy.count)
    try checks.count("dx", dx.count, dy.count)
    let target = unsafe dx.pointer()
    unsafe withContext { unsafe ck_activation_backward($0, activation.raw, dy.count, dy.pointer, y.pointer, target) }
  }

  /// Each row of y is the softmax of the row of x.
  public func softmaxForward(
    rows: Int, columns: Int, _ x: Span<Float>, into y: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks("softmax forward")
    try checks.matrix(rows: rows, columns: columns)
    try checks.count("x", x.count, rows * columns)
    try checks.count("y", y.count, rows * columns)
    let target = unsafe y.pointer()
    unsafe withContext { unsafe ck_softmax_forward($0, rows, columns, x.pointer, target) }
  }

  /// dx = y · (dy − Σ dy · y), the sum over each row.
  public func softmaxBackward(
    rows: Int, columns: Int, _ dy: Span<Float>, y: Span<Float>, into dx: consuming MutableSpan<Float>
  ) throws(KernelError) {
    let checks = Checks("softmax backward")
    try checks.matrix(rows: rows, columns: columns)
    try checks.count("dy", dy.count, rows * columns)
    try checks.count("y", y.count, rows * columns)
    try checks.count("dx", dx.count, rows * columns)
    let target = unsafe dx.pointer()
    unsafe withContext { unsafe ck_softmax_backward($0, rows, columns, dy.pointer, y.pointer, target) }
  }
}
