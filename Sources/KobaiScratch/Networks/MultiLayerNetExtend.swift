/// ``MultiLayerNet`` with batch normalisation before each activation and dropout after it, where asked for
/// (common/multi_layer_net_extend.py; sections 6.3 and 6.4.3).
public final class MultiLayerNetExtend: NeuralNetwork {
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
  ///   - dropoutRatio: the share of elements that is dropped; nil leaves dropout out.
  ///   - useBatchNorm: whether batch normalisation stands before each activation.
  ///   - lossEpsilon: what the loss adds inside its logarithm.
  ///   - numbers: what the first weights are drawn from, and the seeds of dropout.
  public init(
    inputSize: Int, hiddenSizeList: [Int], outputSize: Int, activation: Activation = .relu,
    weightInitStd: WeightInitStd? = nil, weightDecay: Double = 0, dropoutRatio: Double? = nil,
    useBatchNorm: Bool = false, lossEpsilon: Double = 1e-7, using numbers: inout RandomNumbers
  ) {
    let std = weightInitStd ?? (activation == .relu ? .he : .xavier)
    let sizes = [inputSize] + hiddenSizeList + [outputSize]
    var (params, layers) = (OrderedDictionary<Parameter>(), OrderedDictionary<any Layer>())
    for i in 1..<sizes.count {
      let (w, b) = std.affine(sizes[i - 1], sizes[i], using: &numbers)
      (params["W\(i)"], params["b\(i)"]) = (w, b)
      layers["Affine\(i)"] = Affine(w, b)
      guard i < sizes.count - 1 else { continue }
      if useBatchNorm {
        let (gamma, beta) = (Parameter(.ones(sizes[i])), Parameter(.zeros(sizes[i])))
        (params["gamma\(i)"], params["beta\(i)"]) = (gamma, beta)
        layers["BatchNorm\(i)"] = BatchNormalization(gamma, beta)
      }
      layers["Activation\(i)"] = activation.layer()
      if let dropoutRatio { layers["Dropout\(i)"] = Dropout(dropoutRatio, seed: numbers.next()) }
    }
    (self.params, self.layers, self.weightDecay) = (params, layers, weightDecay)
    lastLayer = SoftmaxWithLoss(epsilon: lossEpsilon)
  }
}
