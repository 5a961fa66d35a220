import Kobai
import KobaiData
import KobaiTraining

/// A trained network predicts, one digit at a time.
///
/// The book loads weights that were trained for it (93.52 %), and so does this where the lab has them. Otherwise a network
/// of the same shape, 784-50-100-10 with sigmoids, is trained first.
public struct NeuralNetMNIST: Experiment {
  public let about = About(
    "ch03/neuralnet-mnist", .inference, en: "Inference one digit at a time", ja: "1枚ずつ入力する推論処理", usesDigits: true)
  @Setting("lr", in: 0...1, en: "learning rate of the training", ja: "学習率") var lr = 0.003
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let network = try bookNetwork(lab) ?? TrainedSigmoidNet.make(lab, learningRate: lr)
    let evaluator = Evaluator(network, loss: SoftmaxCrossEntropy())
    let test = lab.digits.test
    let one = Batches(test, batchSize: 1)
    let start = ContinuousClock.now
    let accuracy = try evaluator.evaluate(one).accuracy
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    lab.say(en: "Accuracy:\(accuracy)", ja: "認識精度：\(accuracy)")
    lab.say(
      en: "\((seconds / Double(test.count) * 1e6).fixed(1)) µs a digit",
      ja: "1枚あたり \((seconds / Double(test.count) * 1e6).fixed(1)) µs")
    return Outcome(["accuracy": [accuracy]])
  }

  /// The network with the book's own weights.
  private func bookNetwork(_ lab: Lab) throws -> Network? {
    guard let folder = lab.bookWeights else { return nil }
    let network = try Network(
      input: [1, 28, 28], batch: 1, MultiLayerNet(hidden: [50, 100], activation: Sigmoid()), kernels: lab.kernels)
    try network.load(from: "\(folder)/sample_weight.pkl")
    lab.say(en: "weights: the book's sample_weight.pkl", ja: "重み：書籍付属のsample_weight.pkl")
    return network
  }
}
