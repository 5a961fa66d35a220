import CKernels

/// How pixels between those of the input are made.
public enum UpsampleMode: String, Sendable, CaseIterable, Codable {
  /// Output pixel i of n along an axis is input pixel ⌊i · size / n⌋.
  case nearest
  /// The mean of the pixels around, weighted by nearness; corners are not aligned, as is PyTorch's default.
  case bilinear
}

/// The sizes of an upsampling; `planes` is batch · channels.
public struct Upsample2DShape: Sendable, Equatable {
  /// Images · channels, and each one's height and width in pixels.
  public var planes: Int, input: Size2D
  /// The output's height and width.
  public var output: Size2D
  /// How pixels between those of the input are made.
  public var mode: UpsampleMode

  /// Enlarges, or shrinks, each plane to the given size.
  public init(planes: Int, input: Size2D, output: Size2D, mode: UpsampleMode = .nearest) {
    (self.planes, self.input, self.output, self.mode) = (planes, input, output, mode)
  }

  /// Elements of the input (planes, height, width).
  public var inputCount: Int { planes *| input.area }
  /// Elements of the output (planes, output height, output width).
  public var outputCount: Int { planes *| output.area }

  fileprivate func check(_ checks: Checks) throws(KernelError) {
    try checks.require(
      planes >= 0 && input.height > 0 && input.width > 0 && output.height > 0 && output.width > 0,
      "\(planes) planes of \(input) to \(output): sizes must be positive")
  }

  fileprivate var raw: ck_upsample2d {
    ck_upsample2d(
      height: input.height, width: input.width, out_height: output.height, out_width: output.width,
      mode: mode == .nearest ? CK_NEAREST : CK_BILINEAR)
  }
}

extension Kernels {
  /// y (planes, output height, output width) from x (planes, height, width).
  public func upsample2DForward(
    _ shape: Upsample2DShape, _ x: Span<Float>, into y: consuming MutableSpan<Float>,
    workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("upsample forward")
    try shape.check(checks)
    try checks.count("x", x.count, shape.inputCount)
    try checks.count("y", y.count, shape.outputCount)
    var upsample = shape.raw
    let target = unsafe y.pointer()
    unsafe withContext { context in
      let scratch = unsafe workspace.pointer(bytes: ck_upsample2d_workspace_bytes(context, &upsample))
      unsafe ck_upsample2d_forward(context, &upsample, shape.planes, x.pointer, target, scratch)
    }
  }

  /// dx = for each input pixel the sum of the dy that it went into, weighted as it was.
  public func upsample2DBackward(
    _ shape: Upsample2DShape, _ dy: Span<Float>, into dx: consuming MutableSpan<Float>,
    workspace: Workspace = Workspace()
  ) throws(KernelError) {
    let checks = Checks("upsample backward")
    try shape.check(checks)
    try checks.count("dy", dy.count, shape.outputCount)
    try checks.count("dx", dx.count, shape.inputCount)
    var upsample = shape.raw
    let target = unsafe dx.pointer()
    unsafe withContext { context in
      let scratch = unsafe workspace.pointer(bytes: ck_upsample2d_workspace_bytes(context, &upsample))
      unsafe ck_upsample2d_backward(context, &upsample, shape.planes, dy.pointer, target, scratch)
    }
  }

  /// The scratch that upsampling needs, however many planes there are.
  public func upsample2DWorkspaceBytes(_ shape: Upsample2DShape) -> Int {
    var upsample = shape.raw
    return unsafe withContext { unsafe ck_upsample2d_workspace_bytes($0, &upsample) }
  }
}
