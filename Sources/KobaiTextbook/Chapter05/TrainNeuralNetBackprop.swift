import Kobai
import KobaiReport

/// The same training as in chapter 4, by backpropagation and with ReLU: seconds instead of hours.
public struct TrainNeuralNetBackprop: Experiment {
  public let about = About(
    "ch05/train-neuralnet", .backpropagationTraining, en: "Training by backpropagation",
    ja: "誤差逆伝播法を使った学習", usesDigits: true)
  @Setting("lr", in: 0...100, en: "learning rate", ja: "学習率") var lr = 0.1
  @Setting("steps", in: 1...1_000_000, en: "batches to train on", ja: "反復回数") var steps = 10_000
  @Setting("hidden", in: 1...10_000, en: "hidden units", ja: "隠れ層のニューロン数") var hidden = 50
  @Setting("batch", in: 1...4000, en: "images in a batch", ja: "バッチサイズ") var batch = 100
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    try trainTwoLayerNet(
      lab, activation: ReLU(), hidden: hidden, batch: batch, learningRate: lr, steps: steps,
      name: "train-neuralnet-backprop")
  }
}
