import KobaiReport

/// Dropout as another cure: units that are missing at random cannot be relied upon.
///
/// The book scales the outputs down at inference, and so does this experiment (`BookDropout`); Kobai's own layer scales
/// them up while training, which is the same in the mean. At 0.5 the signal halves in each of the six hidden layers, and
/// SGD gets nowhere.
public struct OverfitDropout: Experiment {
  public let about = About(
    "ch06/overfit-dropout", .dropout, en: "Overfitting 300 images, without dropout and with rates 0.2 and 0.5",
    ja: "訓練画像300枚での過学習とDropout（なし、0.2、0.5）", usesDigits: true)
  @Setting("ratio", in: 0...0.99, en: "share of the units that are dropped", ja: "Dropoutの割合") var ratio = 0.2
  @Setting("epochs", in: 1...10_000, en: "epochs", ja: "エポック数") var epochs = 301
  @Setting("lr", in: 0...10, en: "learning rate", ja: "学習率") var lr = 0.01
  @Setting("images", in: 1...4000, en: "images to train on", ja: "訓練画像の枚数") var images = 300
  @Setting("hidden", in: 1...10_000, en: "units of a hidden layer", ja: "各隠れ層のニューロン数") var hidden = 100
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let overfitting = Overfitting(lab: lab, epochs: epochs, images: images, hidden: hidden, learningRate: lr)
    var figures: [String: [Double]] = [:]
    var panels: [Panel] = []
    for rate in $ratio.isChosen ? [0, Float(ratio)] : [0, Float(ratio), 0.5] {
      let title = lab.words(en: "dropout \(rate)", ja: "Dropout率 \(rate)")
      lab.say(title)
      let curves = try overfitting.run(dropout: rate, name: title)
      figures["\(rate)"] = [curves.train.last ?? 0, curves.test.last ?? 0]
      panels.append(overfitting.panel(title, curves))
    }
    let title = lab.words(en: "Dropout against overfitting", ja: "Dropoutによる過学習の抑制")
    return Outcome(figures, pictures: [Picture("overfit-dropout", Figure(title, panels))])
  }
}
