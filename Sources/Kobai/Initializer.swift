import KobaiKernels

/// How a parameter's first values are drawn.
public enum Initializer: Sendable, Equatable, Codable {
  /// Every value is 0.
  case zeros
  /// Every value is the same.
  case constant(Float)
  /// Values are normal with mean 0 and the given standard deviation.
  case normal(deviation: Float)
  /// Values are normal with deviation √(1 / fan-in), for sigmoid and tanh: the form of Xavier's rule that the book uses
  /// (Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010).
  case xavier
  /// Values are normal with deviation √(2 / fan-in), for ReLU (He et al., "Delving deep into rectifiers", 2015).
  case he
  /// Values are uniform within ±1 / √fan-in, as PyTorch fills `nn.Linear` and `nn.Conv2d`.
  case pytorchUniform
  /// The next activation in the network decides: Xavier for sigmoid and tanh, He for everything else.
  case automatic

  /// Fills `values`; the stream depends on the seed and on the parameter's position in the network alone.
  func fill(_ values: Tensor, fanIn: Int, key: RandomKey, kernels: Kernels) {
    let fan = Float(max(fanIn, 1))
    switch self {
    case .zeros: values.fill(0)
    case .constant(let value): values.fill(value)
    case .normal(let deviation): kernels.randomNormal(key, deviation: deviation, into: values.mutableSpan)
    case .xavier: kernels.randomNormal(key, deviation: (1 / fan).squareRoot(), into: values.mutableSpan)
    case .he, .automatic: kernels.randomNormal(key, deviation: (2 / fan).squareRoot(), into: values.mutableSpan)
    case .pytorchUniform:
      let bound = 1 / fan.squareRoot()
      kernels.randomUniform(key, -bound..<bound, into: values.mutableSpan)
    }
  }
}
