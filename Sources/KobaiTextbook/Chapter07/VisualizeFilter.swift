import Kobai
import KobaiReport

/// The thirty 5 × 5 filters of the first layer, before training and after it: noise turns into edges and blobs.
public struct VisualizeFilter: Experiment {
  public let about = About(
    "ch07/visualize-filter", .filters, en: "First-layer filters before and after training", ja: "学習前後の1層目のフィルター",
    usesDigits: true)
  @Setting("epochs", in: 1...1000, en: "epochs; the book trains for 20", ja: "エポック数（書籍では20）")
  var epochs = Epochs(10, onMNIST: 2)
  @Setting("lr", in: 0...1, en: "learning rate of Adam", ja: "Adamの学習率") var lr = 0.001
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let architecture = SimpleConvNet.book(classes: lab.digits.classes)
    let before = try lab.network(architecture, batch: 1).numberedFilters(of: "conv1")
    let training = try ConvTraining(lab, architecture, epochs: epochs(in: lab), learningRate: lr, name: "SimpleConvNet")
    let after = training.network.numberedFilters(of: "conv1")
    var panels = [gallery(before, columns: 10, cell: 44), gallery(after, columns: 10, cell: 44)]
    panels[0].title = lab.words(en: "before", ja: "学習前")
    panels[1].title = lab.words(en: "after", ja: "学習後")
    let title = lab.words(en: "Filters of the first layer", ja: "1層目のフィルター")
    return Outcome(
      ["test": training.test, "filters": [Double(after.count)]],
      pictures: [Picture("visualize-filter", Figure(title, panels, columns: 1))])
  }
}
