/// Softmax over the elements of each sample (section 3.5), for networks that predict probabilities. To train,
/// leave it out and use ``SoftmaxCrossEntropy``, which is exact where the two apart lose digits.
public struct Softmax: LayerSpec, Codable {
  /// There is nothing to set.
  public init() {}
  public var description: String { "Softmax" }

  public func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> SoftmaxLayer {
    guard input.count > 0 else { throw scope.error("an input of \(input) has no elements") }
    return SoftmaxLayer(input, scope.kernels)
  }
}

/// A built ``Softmax``.
public final class SoftmaxLayer: Layer {
  public let output: Shape
  private let kernels: Kernels

  init(_ shape: Shape, _ kernels: Kernels) { (output, self.kernels) = (shape, kernels) }

  public var retained: Retained { .output }
  public var placement: Placement { .inPlace }

  public func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws {
    try kernels.softmaxForward(rows: x.shape[0], columns: output.count, x.span, into: y.mutableSpan)
  }

  public func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws {
    guard let dx else { return }
    try kernels.softmaxBackward(
      rows: x.shape[0], columns: output.count, dy.span, y: y.span, into: dx.mutableSpan)
  }
}
