/// The network of sections 4.5.1 and 5.7.2: affine, activation, affine, softmax with loss.
public final class TwoLayerNet: NeuralNetwork {
  public let params: OrderedDictionary<Parameter>
  public let layers: OrderedDictionary<any Layer>
  public let lastLayer: SoftmaxWithLoss

  /// - Parameters:
  ///   - inputSize: elements of a sample.
  ///   - hiddenSize: outputs of the first layer.
  ///   - outputSize: the number of classes.
  ///   - weightInitStd: the deviation of the first weights.
  ///   - activation: sigmoid in chapter 4, ReLU in chapter 5.
  ///   - lossEpsilon: what the loss adds inside its logarithm.
  ///   - numbers: what the first weights are drawn from.
  public init(
    inputSize: Int, hiddenSize: Int, outputSize: Int, weightInitStd: Double = 0.01, activation: Activation = .relu,
    lossEpsilon: Double = 1e-7, using numbers: inout RandomNumbers
  ) {
    let std = WeightInitStd.deviation(weightInitStd)
    let (w1, b1) = std.affine(inputSize, hiddenSize, using: &numbers)
    let (w2, b2) = std.affine(hiddenSize, outputSize, using: &numbers)
    params = ["W1": w1, "b1": b1, "W2": w2, "b2": b2]
    layers = ["Affine1": Affine(w1, b1), "Activation1": activation.layer(), "Affine2": Affine(w2, b2)]
    lastLayer = SoftmaxWithLoss(epsilon: lossEpsilon)
  }
}
