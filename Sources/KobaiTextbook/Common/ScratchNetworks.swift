import Kobai
import KobaiData
import KobaiScratch

extension Lab {
  /// A matrix of normal random numbers, drawn as the kernels' networks draw their weights.
  func normal(_ rows: Int, _ columns: Int, deviation: Double, stream: Int) -> NDArray {
    var values = [Float](repeating: 0, count: rows * columns)
    kernels.randomNormal(RandomKey(seed: seed, .weights, index: stream), into: values.mutableSpan)
    return NDArray(shape: [rows, columns], values.map { Double($0) * deviation })
  }

  /// The first images as a matrix, a row each, and their labels.
  ///
  /// - Throws: ``TextbookError`` where there are not as many.
  func firstDigits(_ count: Int) throws(TextbookError) -> (x: NDArray, labels: [Int]) {
    let train = digits.train
    guard count <= train.count else {
      throw TextbookError(
        en: "\(count) images are asked for, but there are \(train.count) to train on",
        ja: "画像が\(count)枚必要ですが、訓練画像は\(train.count)枚しかありません")
    }
    return (
      NDArray((0..<count).map { train.image($0).map(Double.init) }), (0..<count).map { Int(train.labels[$0]) }
    )
  }

  /// The two-layer network from scratch, for the digits: weights from a normal distribution of deviation 0.01.
  func twoLayerNet(
    hidden: Int, activation: KobaiScratch.Activation, lossEpsilon: Double = 1e-7
  ) -> KobaiScratch.TwoLayerNet {
    let (inputs, outputs) = (digits.train.pixelsPerImage, digits.classes)
    var numbers = RandomNumbers(seed: seed)
    let network = KobaiScratch.TwoLayerNet(
      inputSize: inputs, hiddenSize: hidden, outputSize: outputs, activation: activation, lossEpsilon: lossEpsilon,
      using: &numbers)
    network.setParams([
      "W1": normal(inputs, hidden, deviation: 0.01, stream: 1),
      "W2": normal(hidden, outputs, deviation: 0.01, stream: 2),
    ])
    return network
  }
}
