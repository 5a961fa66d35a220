import Kobai
import KobaiReport

/// DeepConvNet, six convolutions deep; the book reaches 99.38 % on the full MNIST in 20 epochs.
///
/// As in the book, dropout also follows the last layer, though the network does better without (`DeepConvNet` says how
/// much), and it scales at inference.
public struct TrainDeepNet: Experiment {
  public let about = About(
    "ch08/train-deepnet", .deeper, en: "Training DeepConvNet", ja: "DeepConvNetの学習", usesDigits: true)
  @Setting("epochs", in: 1...1000, en: "epochs; the book trains for 20", ja: "エポック数（書籍では20）")
  var epochs = Epochs(12, onMNIST: 2)
  @Setting("lr", in: 0...1, en: "learning rate of Adam", ja: "Adamの学習率") var lr = 0.001
  @Setting("dropout", in: 0...0.99, en: "share of the units that are dropped", ja: "Dropoutの割合") var dropout = 0.5
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let training = try ConvTraining(
      lab, DeepConvNet(classes: lab.digits.classes, dropout: Float(dropout), dropsLogits: true).asInTheBook(),
      epochs: epochs(in: lab), learningRate: lr,
      name: "DeepConvNet")
    let title = lab.words(en: "DeepConvNet", ja: "DeepConvNetの学習")
    return Outcome(
      ["train": training.train, "test": training.test],
      pictures: [Picture("train-deepnet", Figure(title, training.panel(lab)))])
  }
}
