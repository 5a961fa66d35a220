import Kobai
import KobaiReport

/// DeepConvNet, six convolutions deep; the book reaches 99.38 % on the full MNIST in 20 epochs.
///
/// As in the book, dropout also follows the last layer, though the network does better without (`DeepConvNet` says how
/// much), and it scales at inference.
public struct TrainDeepNet: Experiment {
  public let about = About(
    "ch08/train-deepnet", .deeper, en: "Training DeepConvNet", ja: "DeepConvNetの学習", usesDigits: true)
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let training = try ConvTraining(
      lab, DeepConvNet(classes: lab.digits.classes, dropsLogits: true).asInTheBook(),
      epochs: lab.hasFewDigits ? 12 : 2,
      name: "DeepConvNet")
    let title = lab.words(en: "DeepConvNet", ja: "DeepConvNetの学習")
    return Outcome(
      ["train": training.train, "test": training.test],
      pictures: [Picture("train-deepnet", Figure(title, training.panel(lab)))])
  }
}
