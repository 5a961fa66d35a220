import Kobai
import KobaiReport

/// The same training as in chapter 4, by backpropagation and with ReLU: seconds instead of hours.
public struct TrainNeuralNetBackprop: Experiment {
  public let about = About(
    "ch05/train-neuralnet", .backpropagationTraining, en: "Training by backpropagation",
    ja: "誤差逆伝播法を使った学習", usesDigits: true)
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    try trainTwoLayerNet(lab, activation: ReLU(), learningRate: 0.1, steps: 10_000, name: "train-neuralnet-backprop")
  }
}
