import KobaiScratch

// Examples of KobaiScratch, whose names are also Kobai's: a file of their own.
enum ScratchExamples {
  static func exclusiveOr() -> [Int] {
    var numbers = RandomNumbers(seed: 1)
    let network = TwoLayerNet(inputSize: 2, hiddenSize: 8, outputSize: 2, weightInitStd: 1, using: &numbers)
    let corners: NDArray = [[0, 0], [0, 1], [1, 0], [1, 1]]
    let xor = [0, 1, 1, 0]
    var sgd = SGD(lr: 0.5)
    for _ in 0..<500 { sgd.update(network.params, network.gradient(corners, xor)) }
    let predictions = network.predict(corners).argmax(axis: 1)
    return predictions
  }
}
