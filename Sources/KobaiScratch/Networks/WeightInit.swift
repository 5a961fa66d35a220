/// The activations that a network of the book may be given by name.
public enum Activation: String, Sendable, CaseIterable {
  /// max(0, x)
  case relu
  /// 1 / (1 + e⁻ˣ)
  case sigmoid
  /// The hyperbolic tangent.
  case tanh

  /// A new layer of the kind.
  public func layer() -> any Layer {
    switch self {
    case .relu: Relu()
    case .sigmoid: Sigmoid()
    case .tanh: Tanh()
    }
  }
}

/// How large the first weights are (section 6.2).
public enum WeightInitStd: Sendable {
  /// A normal distribution with this deviation.
  case deviation(Double)
  /// 1 / √n for n inputs: for sigmoid and tanh (Glorot & Bengio, 2010).
  case xavier
  /// √(2 / n): for ReLU (He et al., 2015).
  case he

  /// The deviation for a layer whose outputs are sums of `inputs` products.
  public func scale(inputs: Int) -> Double {
    switch self {
    case .deviation(let deviation): deviation
    case .xavier: (1 / Double(inputs)).squareRoot()
    case .he: (2 / Double(inputs)).squareRoot()
    }
  }

  /// W of that shape, b of zeros.
  func parameters(
    _ shape: [Int], inputs: Int, outputs: Int, using numbers: inout RandomNumbers
  ) -> (w: Parameter, b: Parameter) {
    let w = NDArray.randomNormal(shape, deviation: scale(inputs: inputs), using: &numbers)
    return (Parameter(w), Parameter(.zeros(outputs)))
  }

  /// W (inputs, outputs) and b (outputs).
  func affine(_ inputs: Int, _ outputs: Int, using numbers: inout RandomNumbers) -> (w: Parameter, b: Parameter) {
    parameters([inputs, outputs], inputs: inputs, outputs: outputs, using: &numbers)
  }

  /// Filters (filters, channels, size, size) and a bias for each.
  func convolution(
    filters: Int, channels: Int, size: Int, using numbers: inout RandomNumbers
  ) -> (w: Parameter, b: Parameter) {
    parameters(
      [filters, channels, size, size], inputs: channels * size * size, outputs: filters, using: &numbers)
  }
}
