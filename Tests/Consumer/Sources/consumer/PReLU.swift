import Kobai

/// max(x, 0) + a · min(x, 0), the slope a of each channel learnt (He et al., "Delving deep into rectifiers", 2015).
///
/// Parameter: "weight" (channels), as in PyTorch.
struct PReLU: LayerSpec, Codable {
  var slope: Float = 0.25

  var description: String { "PReLU" }
  var preferredInitializer: Initializer? { .he }

  func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> PReLULayer {
    guard input.rank > 0, input.count > 0 else { throw scope.error("an input of \(input) has no channels") }
    return PReLULayer(self, input, in: scope)
  }
}

/// A built ``PReLU``.
final class PReLULayer: Layer {
  let slopes: Parameter
  let output: Shape
  private let planeSums: Tensor
  private let kernels: Kernels

  init(_ spec: PReLU, _ input: Shape, in scope: BuildScope) {
    slopes = scope.parameter("weight", [input[0]], .constant(spec.slope), decays: false)
    planeSums = scope.memory([scope.batch, input[0]])
    (output, kernels) = (input, scope.kernels)
  }

  var retained: Retained { .input }

  func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws {
    let slopes = slopes.value.span
    try kernels.map(x.span, rows: x.shape[0] * slopes.count, into: y.mutableSpan) { x, plane in
      x.replacing(with: slopes[plane % slopes.count] * x, where: x .< 0)
    }
  }

  func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws {
    if let gradient = slopes.trainedGradient {
      let sums = planeSums.prefix(x.shape[0])
      try kernels.sumRows(dy.span, x.span, into: sums.mutableSpan) { dy, x in dy * x.replacing(with: 0, where: x .> 0) }
      let planes = sums.span
      var gradients = gradient.mutableSpan
      for channel in gradients.indices {
        gradients[channel] = 0
        for sample in 0..<x.shape[0] { gradients[channel] += planes[sample * gradients.count + channel] }
      }
    }
    guard let dx else { return }
    let slopes = slopes.value.span
    try kernels.map(dy.span, x.span, rows: x.shape[0] * slopes.count, into: dx.mutableSpan) { dy, x, plane in
      dy.replacing(with: slopes[plane % slopes.count] * dy, where: x .<= 0)
    }
  }
}
