import KobaiReport

/// A large network and few images: it learns them by heart. Weight decay keeps the weights small, and the gap as well.
///
/// What is minimised then is not the cross-entropy but its sum with the penalty ½ λ Σ W². In the beginning the penalty is nearly
/// all of it, 61 of 63 with the first weights after He's rule, and in the end the cross-entropy stays above what the network could reach
/// without: that is the price of small weights.
public struct OverfitWeightDecay: Experiment {
  public let about = About(
    "ch06/overfit-weight-decay", .weightDecay, en: "Overfitting 300 images, without and with weight decay 0.1",
    ja: "訓練画像300枚での過学習とWeight decay（なし、0.1）", usesDigits: true,
    question: Question(
      en: "Does the loss that is shown contain the penalty?",
      ja: "表示される損失には正則化項が含まれているのか？",
      answerEn: "The book's network adds ½ λ Σ w² to the loss, so that it stays far above the error of the "
        + "digits alone. What falls during training is the sum of both: the weights give up accuracy "
        + "for size.",
      answerJa: "書籍のネットワークは損失に ½ λ Σ w² を加えているため、"
        + "数字の誤差だけの値よりずっと大きくなります。学習で小さくなるのは両者の和であり、"
        + "重みは精度をいくらか犠牲にして小さくなります。"))
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
    let losses = [("λ = 0", 0, plain), ("λ = \(decay.short)", decay, decayed)].map { title, decay, curves in
      (title, curves, zip(curves.loss, curves.squares).map { $0 + 0.5 * decay * $1 })
    }
    for (title, curves, total) in losses {
      let (first, last) = ((total.first ?? .nan).fixed(3), (total.last ?? .nan).fixed(3))
      let (before, after) = ((curves.loss.first ?? .nan).fixed(3), (curves.loss.last ?? .nan).fixed(3))
      lab.say(
        en:
          "\(title): loss with the penalty \(first) after the first epoch, \(last) at the end; without it \(before) and \(after)",
        ja: "\(title)：罰則項を含む損失は最初のエポック後 \(first)、最後 \(last)。罰則項を除くと \(before)、\(after)")
    }
    let lossTitle = lab.words(
      en: "The loss with and without the penalty ½ λ Σ W²", ja: "損失関数：罰則項 ½ λ Σ W² を含む値と含まない値")
    return Outcome(
      [
        "loss": losses.map { $0.1.loss.last ?? 0 }, "loss with penalty": losses.map { $0.2.last ?? 0 },
        "first loss with penalty": losses.map { $0.2.first ?? 0 },
        "plain": [plain.train.last ?? 0, plain.test.last ?? 0],
        "decayed": [decayed.train.last ?? 0, decayed.test.last ?? 0],
      ],
      pictures: [
        Picture(
          "overfit-weight-decay",
          Figure(title, [overfitting.panel("λ = 0", plain), overfitting.panel("λ = \(decay.short)", decayed)])),
        Picture(
          "overfit-weight-decay-loss",
          Figure(lossTitle, losses.map { Self.lossPanel(lab, $0.0, $0.1.loss, withPenalty: $0.2) })),
      ])
  }

  private static func lossPanel(_ lab: Lab, _ title: String, _ loss: [Double], withPenalty total: [Double]) -> Panel {
    Panel(
      title, x: Axis(lab.words(en: "epochs", ja: "エポック")),
      y: Axis(lab.words(en: "loss", ja: "損失"), range: 1e-3...100, scale: .logarithmic), size: (300, 220),
      [
        .line(.init(lab.words(en: "with the penalty", ja: "罰則項を含む"), values: total)),
        .line(.init(lab.words(en: "cross-entropy alone", ja: "交差エントロピー誤差のみ"), values: loss, dash: "5 3")),
      ])
  }
}
