import Kobai

/// The network of section 3.6.2, 784-50-100-10 with sigmoids, trained for two epochs, or 1,200 steps where that is more.
enum TrainedSigmoidNet {
  /// - Parameter batch: the most images that it computes at once; it is trained on batches of 100 in any case.
  static func make(_ lab: Lab, learningRate: Double, batch: Int = 100) throws -> Network {
    let network = try lab.network(
      MultiLayerNet(hidden: [50, 100], classes: lab.digits.classes, activation: Sigmoid()), batch: max(batch, 100))
    let steps = max(1200, 2 * lab.digits.train.count / 100)
    let training = BookTraining(network, lab.digits.train, optimizer: Adam(learningRate: Float(learningRate)), lab: lab)
    try training.run(steps: steps, name: "784-50-100-10")
    return network
  }
}
