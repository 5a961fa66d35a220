import KobaiKernels

/// Enlarges images, as PyTorch's Upsample does with its default `align_corners=False`: by a whole factor, or to a given
/// size, which may be smaller, too.
public struct Upsample: LayerSpec, Codable {
  /// What the output's size is.
  public enum Target: Sendable, Equatable, Codable {
    /// The input's size times this.
    case scale(Size2D)
    /// This, whatever the input's size is.
    case size(Size2D)
  }
  /// What the output's size is.
  public var target: Target
  /// How pixels between those of the input are made.
  public var mode: UpsampleMode

  /// Enlarges by a factor for each axis, or one for both.
  public init(scale: Size2D, mode: UpsampleMode = .nearest) { (target, self.mode) = (.scale(scale), mode) }
  /// Makes images of that size.
  public init(size: Size2D, mode: UpsampleMode = .nearest) { (target, self.mode) = (.size(size), mode) }

  public var description: String {
    switch target {
    case .scale(let scale): "Upsample by \(scale), \(mode)"
    case .size(let size): "Upsample to \(size), \(mode)"
    }
  }

  public func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> UpsampleLayer {
    guard input.rank == 3, input.count > 0 else {
      throw scope.error("upsampling needs (channels, height, width), not \(input)")
    }
    switch target {
    case .scale(let scale):
      guard min(scale.height, scale.width) > 0 else { throw scope.error("scale \(scale): both must be positive") }
      guard SizeLimit.holds(scale), SizeLimit.holds(Size2D(input[1], input[2])) else {
        throw scope.error("scale \(scale) of \(input): no size may be beyond \(SizeLimit.axis)")
      }
      return UpsampleLayer(
        input, Size2D(input[1] * scale.height, input[2] * scale.width), mode, in: scope)
    case .size(let size):
      guard min(size.height, size.width) > 0 else {
        throw scope.error("an output of \(size): both must be positive")
      }
      return UpsampleLayer(input, size, mode, in: scope)
    }
  }
}

/// A built ``Upsample``.
public final class UpsampleLayer: Layer {
  public let output: Shape
  private let shape: Upsample2DShape  // of one image
  private let kernels: Kernels
  private let workspace: Workspace

  init(_ input: Shape, _ size: Size2D, _ mode: UpsampleMode, in scope: BuildScope) {
    output = [input[0], size.height, size.width]
    shape = Upsample2DShape(planes: input[0], input: Size2D(input[1], input[2]), output: size, mode: mode)
    (kernels, workspace) = (scope.kernels, scope.workspace)
    workspace.reserve(kernels.upsample2DWorkspaceBytes(shape))
  }

  public var retained: Retained { [] }

  private func shape(_ batch: Int) -> Upsample2DShape {
    var shape = self.shape
    shape.planes *= batch
    return shape
  }

  public func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws {
    try kernels.upsample2DForward(shape(x.shape[0]), x.span, into: y.mutableSpan, workspace: workspace)
  }

  public func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws {
    guard let dx else { return }
    try kernels.upsample2DBackward(shape(x.shape[0]), dy.span, into: dx.mutableSpan, workspace: workspace)
  }
}
