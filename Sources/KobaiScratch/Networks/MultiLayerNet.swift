/// The fully connected network of chapter 6, as deep as asked for (common/multi_layer_net.py).
public final class MultiLayerNet: NeuralNetwork {
  public let params: OrderedDictionary<Parameter>
  public let layers: OrderedDictionary<any Layer>
  public let lastLayer: SoftmaxWithLoss
  public let weightDecay: Double

  /// - Parameters:
  ///   - inputSize: elements of a sample.
  ///   - hiddenSizeList: outputs of each layer but the last.
  ///   - outputSize: the number of classes.
  ///   - activation: what follows each layer but the last.
  ///   - weightInitStd: how large the first weights are; what suits the activation unless given.
  ///   - weightDecay: λ of section 6.4.2.
  ///   - lossEpsilon: what the loss adds inside its logarithm.
  ///   - numbers: what the first weights are drawn from.
  public init(
    inputSize: Int, hiddenSizeList: [Int], outputSize: Int, activation: Activation = .relu,
    weightInitStd: WeightInitStd? = nil, weightDecay: Double = 0, lossEpsilon: Double = 1e-7,
    using numbers: inout RandomNumbers
  ) {
    let std = weightInitStd ?? (activation == .relu ? .he : .xavier)
    let sizes = [inputSize] + hiddenSizeList + [outputSize]
    var (params, layers) = (OrderedDictionary<Parameter>(), OrderedDictionary<any Layer>())
    for i in 1..<sizes.count {
      let (w, b) = std.affine(sizes[i - 1], sizes[i], using: &numbers)
      (params["W\(i)"], params["b\(i)"]) = (w, b)
      layers["Affine\(i)"] = Affine(w, b)
      if i < sizes.count - 1 { layers["Activation\(i)"] = activation.layer() }
    }
    (self.params, self.layers, self.weightDecay) = (params, layers, weightDecay)
    lastLayer = SoftmaxWithLoss(epsilon: lossEpsilon)
  }
}
