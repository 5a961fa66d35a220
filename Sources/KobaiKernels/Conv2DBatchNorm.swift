import CKernels

/// Convolutions with a batch normalisation behind them, in one pass; the shape's post-op is ``Conv2DPostOp/batchNorm``. The
/// bits are those of the two apart.
extension Conv2DPlan {
  /// The forward pass in training: y = x ⋆ w + bias, and the moments of y's planes, of which the normalisation makes its
  /// statistics.
  ///
  /// - Parameters:
  ///   - batch: how many images; at most the plan's.
  ///   - x: (batch, channels, height, width)
  ///   - weight: (filters, channels / groups, kernel height, kernel width)
  ///   - bias: (filters); nil adds none.
  ///   - y: (batch, filters, output height, output width)
  ///   - moments: ``BatchNormShape/momentsCount`` elements.
  ///   - workspace: scratch memory; give the same one again and again.
  /// - Throws: ``KernelError`` where a buffer's size is not the shape's.
  public func forward(
    batch: Int, _ x: Span<Float>, weight: Span<Float>, bias: Span<Float>?, into y: consuming MutableSpan<Float>,
    moments: consuming MutableSpan<Float>, workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("conv2d forward with moments")
    let shape = try checkForward(checks, batch, x, weight, bias, y.count)
    try checks.count("moments", moments.count, 2 *| batch *| shape.filters)
    let target = unsafe y.pointer()
    var operands = unsafe ck_conv2d_forward_operands()
    unsafe operands.moments = unsafe moments.pointer()
    let scratch = unsafe workspace.pointer(bytes: workspaceBytes)
    unsafe ck_conv2d_forward_fused(
      plan, batch, x.pointer, weight.pointer, bias?.pointer ?? nil, target, &operands, scratch)
  }

  /// The forward pass in inference: y = gamma · (x ⋆ w + bias − mean) · inverseStd + beta, plus a shortcut, then an activation.
  ///
  /// - Parameters:
  ///   - batch: how many images; at most the plan's.
  ///   - x: (batch, channels, height, width)
  ///   - weight: (filters, channels / groups, kernel height, kernel width)
  ///   - bias: (filters); nil adds none.
  ///   - gamma: (filters), as the next three.
  ///   - beta: (filters)
  ///   - mean: the running mean.
  ///   - inverseStd: of the running variance, from ``Kernels/batchNormInverseStd(variance:epsilon:into:)``.
  ///   - activation: what follows; nil is nothing.
  ///   - shortcut: added before the activation, shaped like `y`; nil adds none.
  ///   - y: (batch, filters, output height, output width)
  ///   - workspace: scratch memory; give the same one again and again.
  /// - Throws: ``KernelError`` where a buffer's size is not the shape's.
  public func forward(
    batch: Int, _ x: Span<Float>, weight: Span<Float>, bias: Span<Float>?, gamma: Span<Float>, beta: Span<Float>,
    mean: Span<Float>, inverseStd: Span<Float>, activation: Activation?, shortcut: Span<Float>? = nil,
    into y: consuming MutableSpan<Float>, workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("conv2d forward with batch norm")
    let shape = try checkForward(checks, batch, x, weight, bias, y.count)
    try checks.count("shortcut", shortcut?.count, shape.outputCount)
    let channels = unsafe try checks.channels(shape.filters, gamma, beta, mean, inverseStd)
    try activation?.check(checks)
    var normalisation = unsafe ck_normalisation(
      channels: channels, shortcut: shortcut?.pointer ?? nil, activates: activation != nil,
      activation: (activation ?? .relu).raw)
    let target = unsafe y.pointer()
    let scratch = unsafe workspace.pointer(bytes: workspaceBytes)
    unsafe withUnsafePointer(to: &normalisation) {
      var operands = unsafe ck_conv2d_forward_operands()
      unsafe operands.normalisation = unsafe $0
      unsafe ck_conv2d_forward_fused(
        plan, batch, x.pointer, weight.pointer, bias?.pointer ?? nil, target, &operands, scratch)
    }
  }

  /// The gradients of the input, the weights and the bias, from that of the *normalisation's* output. Its input's gradient
  /// is computed on the way in and never stored.
  ///
  /// - Parameters:
  ///   - norm: the normalisation; its batch is the forward pass's. With a shortcut its post-op is none, for
  ///     ``Kernels/batchNormBackward(_:_:x:kept:argmax:gamma:beta:mean:inverseStd:dx:dShortcut:dGamma:dBeta:workspace:)`` gives
  ///     the gradient of the activation's input.
  ///   - dy: the gradient of the normalisation's output.
  ///   - convolved: the convolution's output.
  ///   - argmax: what a pooling normalisation kept.
  ///   - gamma: the normalisation's, as the next five.
  ///   - beta: (filters)
  ///   - mean: (filters)
  ///   - inverseStd: (filters)
  ///   - dGamma: what the normalisation's backward pass gave.
  ///   - dBeta: the same.
  ///   - samples: how many values of each channel those are sums over; those of this batch unless given.
  ///   - x: the convolution's input.
  ///   - weight: the convolution's.
  ///   - dx: shaped like `x`.
  ///   - dWeight: shaped like `weight`.
  ///   - dBias: (filters)
  ///   - sums: where the batch comes in parts, lets the sums of `dWeight` and `dBias` go on.
  ///   - workspace: scratch memory; give the same one again and again.
  /// - Throws: ``KernelError`` where a buffer's size is not the shape's.
  public func backward(
    through norm: BatchNormShape, _ dy: Span<Float>, convolved: Span<Float>, argmax: Span<UInt8>? = nil,
    gamma: Span<Float>, beta: Span<Float>, mean: Span<Float>, inverseStd: Span<Float>, dGamma: Span<Float>,
    dBeta: Span<Float>, samples: Int? = nil, x: Span<Float>, weight: Span<Float>, dx: consuming MutableSpan<Float>?,
    dWeight: consuming MutableSpan<Float>?, dBias: consuming MutableSpan<Float>?, sums: BatchSums? = nil,
    workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("conv2d backward through batch norm")
    let shape = try checkForward(checks, norm.batch, x, weight, nil, convolved.count)
    try norm.check(checks)
    try checks.require(
      norm.channels == shape.filters && norm.size == shape.convolved,
      "the normalisation is of \(norm.channels)×\(norm.size), the convolution's output \(shape.filters)×\(shape.convolved)"
    )
    try checks.count("dy", dy.count, norm.outputCount)
    try checks.count("argmax", argmax?.count ?? 0, norm.argmaxCount)
    try checks.count("dGamma", dGamma.count, shape.filters)
    try checks.count("dBeta", dBeta.count, shape.filters)
    try checks.count("dx", dx?.count, shape.inputCount)
    try checks.count("dWeight", dWeight?.count, shape.weightCount)
    try checks.count("dBias", dBias?.count, shape.filters)
    let channels = unsafe try checks.channels(shape.filters, gamma, beta, mean, inverseStd)
    var gradient = unsafe ck_norm_gradient(
      channels: channels, x: convolved.pointer, dgamma: dGamma.pointer, dbeta: dBeta.pointer,
      samples: Float(samples ?? norm.batch * norm.plane), argmax: norm.argmaxCount > 0 ? argmax?.pointer ?? nil : nil,
      activates: norm.postOp != .none, activation: (norm.postOp.activation ?? .relu).raw)
    let (dxPointer, dwPointer, dbPointer) = unsafe (dx.pointer(), dWeight.pointer(), dBias.pointer())
    try unsafe withPart(sums, checks, norm.batch) { part in
      let scratch = unsafe workspace.pointer(bytes: workspaceBytes(part))
      unsafe withUnsafePointer(to: &gradient) {
        var operands = unsafe ck_conv2d_backward_operands()
        unsafe (operands.norm, operands.part) = unsafe ($0, part)
        unsafe ck_conv2d_backward_fused(
          plan, norm.batch, dy.pointer, x.pointer, weight.pointer, &operands, dxPointer, dwPointer, dbPointer, scratch)
      }
    }
  }

  private func checkForward(
    _ checks: Checks, _ batch: Int, _ x: Span<Float>, _ weight: Span<Float>, _ bias: Span<Float>?, _ outputs: Int
  ) throws(KernelError) -> Conv2DShape {
    try checks.require(shape.postOp == .batchNorm, "the plan's post-op is \(shape.postOp), not batchNorm")
    let shape = try shape(batch, checks)
    try checks.count("x", x.count, shape.inputCount)
    try checks.count("weight", weight.count, shape.weightCount)
    try checks.count("bias", bias?.count, shape.filters)
    try checks.count("the convolution's output", outputs, shape.outputCount)
    return shape
  }
}
