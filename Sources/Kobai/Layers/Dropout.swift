/// Drops elements at random while training and scales the others up, so that inference changes nothing ("inverted"
/// dropout, as in every framework; the book, section 6.4.3, scales down at inference instead).
public struct Dropout: LayerSpec, Codable {
  /// The probability that an element is dropped.
  public var rate: Float

  /// The rate must be in 0 ..< 1; building the network says so otherwise.
  public init(_ rate: Float = 0.5) { self.rate = rate }

  public var description: String { "Dropout \(rate)" }

  public func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> DropoutLayer {
    guard rate >= 0, rate < 1 else { throw scope.error("dropout rate \(rate) must be in 0 ..< 1") }
    return DropoutLayer(rate, input, scope)
  }
}

/// A built ``Dropout``. The mask is never stored: it is a function of seed, layer, step and element, and drawn again
/// for the backward pass.
public final class DropoutLayer: Layer {
  public let output: Shape
  private let rate: Float
  private let scope: BuildScope
  private var key: RandomKey?  // that of the last forward pass; nil where it was inference

  init(_ rate: Float, _ shape: Shape, _ scope: BuildScope) {
    (self.rate, output, self.scope) = (rate, shape, scope)
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
    if let key {
      try scope.kernels.dropout(key, rate: rate, x.span, into: y.mutableSpan)
    } else if !y.sharesMemory(with: x) {
      y.copy(from: x)
    }
  }
}
