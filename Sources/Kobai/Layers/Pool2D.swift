/// The largest element of each window (section 7.3 of the book).
public struct MaxPool2D: LayerSpec, Codable {
  /// A window's sides, the pixels from one to the next, and the pixels of padding, which are never the largest.
  public var window: Size2D, stride: Size2D, padding: Size2D

  /// The stride is the window's size unless given, so that windows lie side by side.
  public init(_ window: Size2D, stride: Size2D? = nil, padding: Size2D = 0) {
    (self.window, self.stride, self.padding) = (window, stride ?? window, padding)
  }

  public var description: String { describePool("MaxPool2D", window, stride, padding) }

  public func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> MaxPool2DLayer {
    MaxPool2DLayer(try poolShape(input, window, stride, padding, in: scope), channels: input[0], in: scope)
  }
}

/// The mean of each window, padding counted as zeros.
public struct AveragePool2D: LayerSpec, Codable {
  /// A window's sides, the pixels from one to the next, and the pixels of padding on each side.
  public var window: Size2D, stride: Size2D, padding: Size2D

  /// The stride is the window's size unless given, so that windows lie side by side.
  public init(_ window: Size2D, stride: Size2D? = nil, padding: Size2D = 0) {
    (self.window, self.stride, self.padding) = (window, stride ?? window, padding)
  }

  public var description: String { describePool("AveragePool2D", window, stride, padding) }

  public func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> AveragePool2DLayer {
    AveragePool2DLayer(try poolShape(input, window, stride, padding, in: scope), channels: input[0], in: scope)
  }
}

private func describePool(_ name: String, _ window: Size2D, _ stride: Size2D, _ padding: Size2D) -> String {
  name + " \(window)" + (stride == window ? "" : ", stride \(stride)") + (padding == 0 ? "" : ", padding \(padding)")
}

/// The sizes of a pooling of one image, checked.
private func poolShape(
  _ input: Shape, _ window: Size2D, _ stride: Size2D, _ padding: Size2D, in scope: BuildScope
) throws(BuildError) -> Pool2DShape {
  guard input.rank == 3 else { throw scope.error("pooling needs (channels, height, width), not \(input)") }
  guard window.height > 0, window.width > 0, stride.height > 0, stride.width > 0 else {
    throw scope.error("window \(window), stride \(stride): both must be positive")
  }
  let size = Size2D(input[1], input[2])
  guard [size, window, stride, padding].allSatisfy(SizeLimit.holds) else {
    throw scope.error("window \(window), stride \(stride), padding \(padding): no size may be beyond \(SizeLimit.axis)")
  }
  guard padding.height >= 0, padding.width >= 0, 2 * padding.height <= window.height,
    2 * padding.width <= window.width
  else { throw scope.error("padding \(padding) must be at most half the window \(window)") }
  guard window.height <= size.height + 2 * padding.height, window.width <= size.width + 2 * padding.width else {
    throw scope.error("\(window) window exceeds its \(size) input; pool less before it")
  }
  return Pool2DShape(planes: input[0], input: size, window: window, stride: stride, padding: padding)
}

/// A built ``MaxPool2D``: it keeps the index of each window's largest element for the backward pass.
public final class MaxPool2DLayer: Layer {
  public let output: Shape
  private let shape: Pool2DShape  // of one image
  private let argmax: Buffer<UInt8>
  private let kernels: Kernels

  init(_ shape: Pool2DShape, channels: Int, in scope: BuildScope) {
    output = [channels, shape.output.height, shape.output.width]
    argmax = scope.bytes(scope.batch * shape.argmaxCount)
    (self.shape, kernels) = (shape, scope.kernels)
  }

  public var retained: Retained { [] }

  public func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws {
    let shape = shape.times(x.shape[0])
    try kernels.maxPool2DForward(
      shape, x.span, into: y.mutableSpan, argmax: argmax.slice(0, shape.argmaxCount).mutableSpan)
  }

  public func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws {
    guard let dx else { return }
    let shape = shape.times(x.shape[0])
    try kernels.maxPool2DBackward(
      shape, dy.span, argmax: argmax.slice(0, shape.argmaxCount).span, into: dx.mutableSpan)
  }
}

/// A built ``AveragePool2D``.
public final class AveragePool2DLayer: Layer {
  public let output: Shape
  private let shape: Pool2DShape  // of one image
  private let kernels: Kernels

  init(_ shape: Pool2DShape, channels: Int, in scope: BuildScope) {
    output = [channels, shape.output.height, shape.output.width]
    (self.shape, kernels) = (shape, scope.kernels)
  }

  public var retained: Retained { [] }

  public func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws {
    try kernels.averagePool2DForward(shape.times(x.shape[0]), x.span, into: y.mutableSpan)
  }

  public func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws {
    guard let dx else { return }
    try kernels.averagePool2DBackward(shape.times(x.shape[0]), dy.span, into: dx.mutableSpan)
  }
}

extension Pool2DShape {
  /// The sizes for a batch of such images.
  fileprivate func times(_ batch: Int) -> Pool2DShape {
    var shape = self
    shape.planes *= batch
    return shape
  }
}
