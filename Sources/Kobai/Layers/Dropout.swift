/// Drops elements at random while training and scales the others up, so that inference changes nothing ("inverted"
/// dropout, as in every framework; the book, section 6.4.3, scales down at inference instead).
public struct Dropout: LayerSpec, Codable {
  /// The probability that an element is dropped.
  public var rate: Float

  /// The rate must be in 0 ..< 1; building the network says so otherwise.
  public init(_ rate: Float = 0.5) { self.rate = rate }

  public var description: String { "Dropout \(rate)" }

  public func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> DropoutLayer {
    try DropoutLayer(rate, input, plane: 1, scope)
  }
}

/// Drops whole channels of images at random while training, and scales the others up (Tompson et al., 2015):
/// neighbouring pixels are too much alike for ``Dropout`` to do anything.
public struct Dropout2D: LayerSpec, Codable {
  /// The probability that a channel is dropped.
  public var rate: Float

  /// The rate must be in 0 ..< 1; building the network says so otherwise.
  public init(_ rate: Float = 0.5) { self.rate = rate }

  public var description: String { "Dropout2D \(rate)" }

  public func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> DropoutLayer {
    guard input.rank == 3, input.count > 0 else {
      throw scope.error("dropping channels needs (channels, height, width), not \(input)")
    }
    return try DropoutLayer(rate, input, plane: input[1] * input[2], scope)
  }
}

/// A built ``Dropout`` or ``Dropout2D``. The mask is never stored: it is a function of seed, layer, step and element, which is
/// counted from the first of the whole batch where that comes in parts, and drawn again for the backward pass.
public final class DropoutLayer: Layer {
  public let output: Shape
  private let rate: Float
  private let plane: Int  // elements that are dropped together
  private let scope: BuildScope
  private var key: RandomKey?  // that of the last forward pass; nil where it was inference

  init(_ rate: Float, _ shape: Shape, plane: Int, _ scope: BuildScope) throws(BuildError) {
    guard rate >= 0, rate < 1 else { throw scope.error("dropout rate \(rate) must be in 0 ..< 1") }
    (self.rate, output, self.plane, self.scope) = (rate, shape, plane, scope)
  }

  public var retained: Retained { [] }
  public var placement: Placement { .inPlace }

  public func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws {
    if case .training(let step) = mode { key = scope.randomKey(step: step) } else { key = nil }
    try apply(x, into: y)
  }

  public func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws {
    if let dx { try apply(dy, into: dx) }
  }

  private func apply(_ x: Tensor, into y: Tensor) throws(KernelError) {
    // Which of the stream's numbers decides on the first element.
    let first = (scope.batchPart?.first ?? 0) * output.count / plane
    if let key, plane > 1 {
      try scope.kernels.dropoutPlanes(key, rate: rate, plane: plane, first: first, x.span, into: y.mutableSpan)
    } else if let key {
      try scope.kernels.dropout(key, rate: rate, first: first, x.span, into: y.mutableSpan)
    } else if !y.sharesMemory(with: x) {
      y.copy(from: x)
    }
  }
}
