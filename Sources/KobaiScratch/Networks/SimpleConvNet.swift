/// The convolutional network of section 7.5: conv, ReLU, pool, affine, ReLU, affine, softmax with loss.
public final class SimpleConvNet: NeuralNetwork {
  public let params: OrderedDictionary<Parameter>
  public let layers: OrderedDictionary<any Layer>
  public let lastLayer: SoftmaxWithLoss

  /// - Parameters:
  ///   - inputDim: channels, height and width of an image.
  ///   - convParam: the convolution's filters; both sides must come out even, for the pooling.
  ///   - hiddenSize: outputs of the layer before the last.
  ///   - outputSize: the number of classes.
  ///   - weightInitStd: the deviation of the first weights.
  ///   - lossEpsilon: what the loss adds inside its logarithm.
  ///   - numbers: what the first weights are drawn from.
  public init(
    inputDim: (channels: Int, height: Int, width: Int) = (1, 28, 28),
    convParam: (filterNum: Int, filterSize: Int, pad: Int, stride: Int) = (30, 5, 0, 1), hiddenSize: Int = 100,
    outputSize: Int = 10, weightInitStd: Double = 0.01, lossEpsilon: Double = 1e-7, using numbers: inout RandomNumbers
  ) {
    let (filterNum, filterSize, pad, stride) = convParam
    let outHeight = (inputDim.height + 2 * pad - filterSize) / stride + 1
    let outWidth = (inputDim.width + 2 * pad - filterSize) / stride + 1
    let poolOutputSize = filterNum * (outHeight / 2) * (outWidth / 2)

    let std = WeightInitStd.deviation(weightInitStd)
    let (w1, b1) = std.convolution(
      filters: filterNum, channels: inputDim.channels, size: filterSize, using: &numbers)
    let (w2, b2) = std.affine(poolOutputSize, hiddenSize, using: &numbers)
    let (w3, b3) = std.affine(hiddenSize, outputSize, using: &numbers)
    params = ["W1": w1, "b1": b1, "W2": w2, "b2": b2, "W3": w3, "b3": b3]
    layers = [
      "Conv1": Convolution(w1, b1, stride: stride, pad: pad), "Relu1": Relu(), "Pool1": Pooling(2, 2, stride: 2),
      "Affine1": Affine(w2, b2), "Relu2": Relu(), "Affine2": Affine(w3, b3),
    ]
    lastLayer = SoftmaxWithLoss(epsilon: lossEpsilon)
  }
}
