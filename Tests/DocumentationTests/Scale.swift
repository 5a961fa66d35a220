import Kobai

/// factor · x, and max(factor · x, 0) where it has absorbed a ReLU.
struct Scale: LayerSpec {
  var factor: Float
  var clips = false

  var description: String { clips ? "Scale(\(factor)) + ReLU" : "Scale(\(factor))" }

  func absorbing(_ next: any NodeSpec, inputs: [Shape]) -> (any NodeSpec)? {
    next is ReLU && !clips ? Scale(factor: factor, clips: true) : nil
  }

  func build(_ input: Shape, in scope: BuildScope) -> ScaleLayer { ScaleLayer(self, input, scope.kernels) }
}

/// A built ``Scale``.
final class ScaleLayer: Layer {
  let output: Shape
  private let factor: Float
  private let clips: Bool
  private let kernels: Kernels

  init(_ spec: Scale, _ input: Shape, _ kernels: Kernels) {
    (factor, clips, output, self.kernels) = (spec.factor, spec.clips, input, kernels)
  }

  var retained: Retained { clips ? .output : [] }
  var placement: Placement { .inPlace }

  func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws {
    let (factor, clips) = (factor, clips)
    try kernels.map(x.span, into: y.mutableSpan) { x in
      let y = factor * x
      return clips ? y.replacing(with: 0, where: y .< 0) : y
    }
  }

  func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws {
    guard let dx else { return }
    let factor = factor
    if clips {
      try kernels.map(dy.span, y.span, into: dx.mutableSpan) { dy, y in
        factor * dy.replacing(with: 0, where: .!(y .> 0))
      }
    } else {
      try kernels.map(dy.span, into: dx.mutableSpan) { dy in factor * dy }
    }
  }
}
