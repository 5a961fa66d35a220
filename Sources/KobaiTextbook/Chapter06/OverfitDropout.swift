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
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let overfitting = Overfitting(lab: lab, epochs: 301)
    var figures: [String: [Double]] = [:]
    var panels: [Panel] = []
    for rate in [0, 0.2, 0.5] as [Float] {
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
