import KobaiKernels

/// Means of windows, chosen so that the output has the given size whatever the input's is.
///
/// As in PyTorch, output i of n along an axis is the mean of what lies from ⌊i · size / n⌋ up to, not including,
/// ⌈(i + 1) · size / n⌉; windows overlap where n does not divide the size.
public struct AdaptiveAveragePool2D: LayerSpec, Codable {
  /// The output's height and width.
  public var size: Size2D

  /// Pools every channel to `size`; 1 stands for one mean of all its pixels, as in ``GlobalAveragePool2D``.
  public init(_ size: Size2D) { self.size = size }

  public var description: String { "AdaptiveAveragePool2D \(size)" }

  public func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> AdaptiveAveragePool2DLayer {
    guard input.rank == 3, input.count > 0 else {
      throw scope.error("pooling needs (channels, height, width), not \(input)")
    }
    guard size.height > 0, size.width > 0 else { throw scope.error("an output of \(size): both must be positive") }
    return AdaptiveAveragePool2DLayer(input, size, scope.kernels)
  }
}

/// The mean of all pixels of each channel: (channels, 1, 1).
public struct GlobalAveragePool2D: LayerSpec, Codable {
  /// There is nothing to set.
  public init() {}
  public var description: String { "GlobalAveragePool2D" }

  public func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> AdaptiveAveragePool2DLayer {
    try AdaptiveAveragePool2D(1).build(input, in: scope)
  }
}

/// A built ``AdaptiveAveragePool2D`` or ``GlobalAveragePool2D``.
public final class AdaptiveAveragePool2DLayer: Layer {
  public let output: Shape
  private let input: Size2D
  private let kernels: Kernels

  init(_ input: Shape, _ size: Size2D, _ kernels: Kernels) {
    output = [input[0], size.height, size.width]
    (self.input, self.kernels) = (Size2D(input[1], input[2]), kernels)
  }

  public var retained: Retained { [] }

  private func shape(_ batch: Int) -> AdaptivePool2DShape {
    AdaptivePool2DShape(planes: batch * output[0], input: input, output: Size2D(output[1], output[2]))
  }

  public func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws {
    try kernels.adaptiveAveragePool2DForward(shape(x.shape[0]), x.span, into: y.mutableSpan)
  }

  public func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws {
    guard let dx else { return }
    try kernels.adaptiveAveragePool2DBackward(shape(x.shape[0]), dy.span, into: dx.mutableSpan)
  }
}
