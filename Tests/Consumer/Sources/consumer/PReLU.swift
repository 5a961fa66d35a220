import Kobai

/// max(x, 0) + a · min(x, 0), the slope a of each channel learnt (He et al., "Delving deep into rectifiers", 2015).
///
/// Parameter: "weight" (channels), as in PyTorch.
struct PReLU: LayerSpec {
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
  private let plane: Int  // elements of one channel of one sample
  private let channelSums: Tensor

  init(_ spec: PReLU, _ input: Shape, in scope: BuildScope) {
    slopes = scope.parameter("weight", [input[0]], .constant(spec.slope), decays: false)
    channelSums = scope.memory([scope.batch, input[0]])
    (output, plane) = (input, input.count / input[0])
  }

  var retained: Retained { .input }

  func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) {
    let (slopes, from) = (slopes.value.span, x.span)
    var to = y.mutableSpan
    for i in 0..<x.shape[0] * slopes.count {
      let slope = slopes[i % slopes.count]
      for j in i * plane..<(i + 1) * plane { to[j] = from[j] > 0 ? from[j] : slope * from[j] }
    }
  }

  func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) {
    let (slopes, gradient, from) = (self.slopes.value.span, dy.span, x.span)
    var sums = channelSums.mutableSpan
    for i in 0..<x.shape[0] * slopes.count {
      var sum: Float = 0
      for j in i * plane..<(i + 1) * plane where from[j] <= 0 { sum += gradient[j] * from[j] }
      sums[i] = sum
    }
    if let gradient = self.slopes.trainedGradient {
      var slopeGradients = gradient.mutableSpan
      for channel in slopes.indices {
        slopeGradients[channel] = 0
        for sample in 0..<x.shape[0] { slopeGradients[channel] += sums[sample * slopes.count + channel] }
      }
    }
    guard let dx else { return }
    var to = dx.mutableSpan
    for i in 0..<x.shape[0] * slopes.count {
      let slope = slopes[i % slopes.count]
      for j in i * plane..<(i + 1) * plane { to[j] = from[j] > 0 ? gradient[j] : slope * gradient[j] }
    }
  }
}
