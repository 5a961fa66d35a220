import KobaiReport

/// A large network and few images: it learns them by heart. Weight decay keeps the weights small, and the gap as well.
public struct OverfitWeightDecay: Experiment {
  public let about = About(
    "ch06/overfit-weight-decay", .weightDecay, en: "Overfitting 300 images, without and with weight decay 0.1",
    ja: "訓練画像300枚での過学習とWeight decay（なし、0.1）", usesDigits: true)
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let overfitting = Overfitting(lab: lab, epochs: 201)
    lab.say(en: "without weight decay", ja: "Weight decayなし")
    let plain = try overfitting.run(name: "λ = 0")
    lab.say(en: "weight decay 0.1", ja: "Weight decay 0.1")
    let decayed = try overfitting.run(weightDecay: 0.1, name: "λ = 0.1")
    let title = lab.words(en: "Weight decay against overfitting", ja: "Weight decayによる過学習の抑制")
    return Outcome(
      [
        "plain": [plain.train.last ?? 0, plain.test.last ?? 0],
        "decayed": [decayed.train.last ?? 0, decayed.test.last ?? 0],
      ],
      pictures: [
        Picture(
          "overfit-weight-decay",
          Figure(title, [overfitting.panel("λ = 0", plain), overfitting.panel("λ = 0.1", decayed)]))
      ])
  }
}
