import Kobai
import KobaiReport

/// SimpleConvNet learns handwritten digits; the book reaches 98.96 % on the full MNIST in 20 epochs.
public struct TrainConvNet: Experiment {
  public let about = About(
    "ch07/train-convnet", .cnn, en: "Training SimpleConvNet", ja: "SimpleConvNetの学習", usesDigits: true)
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let training = try ConvTraining(
      lab, SimpleConvNet.book(classes: lab.digits.classes), epochs: lab.hasFewDigits ? 20 : 5,
      name: "SimpleConvNet")
    let title = lab.words(en: "SimpleConvNet", ja: "SimpleConvNetの学習")
    return Outcome(
      ["train": training.train, "test": training.test],
      pictures: [Picture("train-convnet", Figure(title, training.panel(lab)))])
  }
}
