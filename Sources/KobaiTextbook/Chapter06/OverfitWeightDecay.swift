import KobaiReport

/// A large network and few images: it learns them by heart. Weight decay keeps the weights small, and the gap as well.
public struct OverfitWeightDecay: Experiment {
  public let about = About(
    "ch06/overfit-weight-decay", .weightDecay, en: "Overfitting 300 images, without and with weight decay 0.1",
    ja: "訓練画像300枚での過学習とWeight decay（なし、0.1）", usesDigits: true)
  @Setting("decay", in: 0...10, en: "weight decay λ", ja: "Weight decayの係数 λ") var decay = 0.1
  @Setting("epochs", in: 1...10_000, en: "epochs", ja: "エポック数") var epochs = 201
  @Setting("lr", in: 0...10, en: "learning rate", ja: "学習率") var lr = 0.01
  @Setting("images", in: 1...4000, en: "images to train on", ja: "訓練画像の枚数") var images = 300
  @Setting("hidden", in: 1...10_000, en: "units of a hidden layer", ja: "各隠れ層のニューロン数") var hidden = 100
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let overfitting = Overfitting(lab: lab, epochs: epochs, images: images, hidden: hidden, learningRate: lr)
    lab.say(en: "without weight decay", ja: "Weight decayなし")
    let plain = try overfitting.run(name: "λ = 0")
    lab.say(en: "weight decay \(decay.short)", ja: "Weight decay \(decay.short)")
    let decayed = try overfitting.run(weightDecay: Float(decay), name: "λ = \(decay.short)")
    let title = lab.words(en: "Weight decay against overfitting", ja: "Weight decayによる過学習の抑制")
    return Outcome(
      [
        "plain": [plain.train.last ?? 0, plain.test.last ?? 0],
        "decayed": [decayed.train.last ?? 0, decayed.test.last ?? 0],
      ],
      pictures: [
        Picture(
          "overfit-weight-decay",
          Figure(title, [overfitting.panel("λ = 0", plain), overfitting.panel("λ = \(decay.short)", decayed)]))
      ])
  }
}
