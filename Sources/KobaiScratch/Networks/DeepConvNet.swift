/// The network of section 8.1.1, with more than 99 % of MNIST right: three times conv, ReLU, conv, ReLU, pool; then affine,
/// ReLU, dropout, affine, dropout. The number of channels doubles as the images shrink.
public final class DeepConvNet: NeuralNetwork {
  public let params: OrderedDictionary<Parameter>
  public let layers: OrderedDictionary<any Layer>
  public let lastLayer: SoftmaxWithLoss

  /// - Parameters:
  ///   - inputDim: channels, height and width of an image.
  ///   - filterNums: filters of each convolution. All look at 3 × 3 pixels and keep the size of the image; only the
  ///     fourth pads by 2, so that 14 × 14 becomes 16 × 16 and can be halved twice.
  ///   - hiddenSize: outputs of the layer before the last.
  ///   - outputSize: the number of classes.
  ///   - dropoutRatio: of both dropouts.
  ///   - lossEpsilon: what the loss adds inside its logarithm.
  ///   - numbers: what the first weights are drawn from, and the seeds of dropout.
  public init(
    inputDim: (channels: Int, height: Int, width: Int) = (1, 28, 28), filterNums: [Int] = [16, 16, 32, 32, 64, 64],
    hiddenSize: Int = 50, outputSize: Int = 10, dropoutRatio: Double = 0.5, lossEpsilon: Double = 1e-7,
    using numbers: inout RandomNumbers
  ) {
    var (params, layers) = (OrderedDictionary<Parameter>(), OrderedDictionary<any Layer>())
    var (channels, height, width) = inputDim
    for (i, filters) in filterNums.enumerated() {
      let (w, b) = WeightInitStd.he.convolution(filters: filters, channels: channels, size: 3, using: &numbers)
      (params["W\(i + 1)"], params["b\(i + 1)"]) = (w, b)
      let pad = i == 3 ? 2 : 1
      layers["Conv\(i + 1)"] = Convolution(w, b, pad: pad)
      layers["Relu\(i + 1)"] = Relu()
      (channels, height, width) = (filters, height + 2 * pad - 2, width + 2 * pad - 2)
      guard i % 2 == 1 else { continue }
      layers["Pool\(i / 2 + 1)"] = Pooling(2, 2, stride: 2)
      (height, width) = (height / 2, width / 2)
    }
    let n = filterNums.count + 1
    let (w, b) = WeightInitStd.he.affine(channels * height * width, hiddenSize, using: &numbers)
    let (wLast, bLast) = WeightInitStd.he.affine(hiddenSize, outputSize, using: &numbers)
    (params["W\(n)"], params["b\(n)"], params["W\(n + 1)"], params["b\(n + 1)"]) = (w, b, wLast, bLast)
    layers["Affine1"] = Affine(w, b)
    layers["Relu\(n)"] = Relu()
    layers["Dropout1"] = Dropout(dropoutRatio, seed: numbers.next())
    layers["Affine2"] = Affine(wLast, bLast)
    layers["Dropout2"] = Dropout(dropoutRatio, seed: numbers.next())
    (self.params, self.layers) = (params, layers)
    lastLayer = SoftmaxWithLoss(epsilon: lossEpsilon)
  }
}
