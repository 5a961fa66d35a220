import Kobai

/// The product of two inputs, element by element, as in gated linear units (Dauphin et al., "Language modeling with gated
/// convolutional networks", 2017).
struct Multiply: MergeSpec {
  var description: String { "Multiply" }

  func build(_ inputs: [Shape], in scope: BuildScope) throws(BuildError) -> MultiplyLayer {
    guard inputs.count == 2, inputs[0] == inputs[1] else {
      throw scope.error("\(inputs.map(\.description).joined(separator: " and ")) are not two inputs of one shape")
    }
    return MultiplyLayer(inputs[0], scope.kernels)
  }
}

/// A built ``Multiply``.
final class MultiplyLayer: MergeLayer {
  let output: Shape
  private let kernels: Kernels

  init(_ output: Shape, _ kernels: Kernels) { (self.output, self.kernels) = (output, kernels) }

  var retained: Retained { .input }

  func forward(_ xs: Selection<Tensor>, into y: Tensor, _ mode: Mode) throws {
    try kernels.multiply(xs[0].span, xs[1].span, into: y.mutableSpan)
  }

  func backward(_ dy: Tensor, xs: Selection<Tensor>, y: Tensor, into dxs: Selection<Tensor?>) throws {
    if let dx = dxs[0] { try kernels.multiply(dy.span, xs[1].span, into: dx.mutableSpan) }
    if let dx = dxs[1] { try kernels.multiply(dy.span, xs[0].span, into: dx.mutableSpan) }
  }
}
