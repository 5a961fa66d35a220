import Kobai
import KobaiReport

/// SimpleConvNet learns handwritten digits; the book reaches 98.96 % on the full MNIST in 20 epochs.
public struct TrainConvNet: Experiment {
  public let about = About(
    "ch07/train-convnet", .cnn, en: "Training SimpleConvNet", ja: "SimpleConvNetの学習", usesDigits: true)
  @Setting("epochs", in: 1...1000, en: "epochs; the book trains for 20", ja: "エポック数（書籍では20）")
  var epochs = Epochs(20, onMNIST: 5)
  @Setting("lr", in: 0...1, en: "learning rate of Adam", ja: "Adamの学習率") var lr = 0.001
  @Setting("filters", in: 1...256, en: "filters", ja: "フィルターの枚数") var filters = 30
  @Setting("hidden", in: 1...10_000, en: "hidden units", ja: "隠れ層のニューロン数") var hidden = 100
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    var architecture = SimpleConvNet.book(classes: lab.digits.classes)
    (architecture.filters, architecture.hidden) = (filters, hidden)
    let training = try ConvTraining(
      lab, architecture, epochs: epochs(in: lab), learningRate: lr,
      name: "SimpleConvNet")
    let title = lab.words(en: "SimpleConvNet", ja: "SimpleConvNetの学習")
    return Outcome(
      ["train": training.train, "test": training.test],
      pictures: [Picture("train-convnet", Figure(title, training.panel(lab)))])
  }
}
