import Foundation
import KobaiReport
import KobaiScratch

/// What the 1e-7 inside the logarithm is for: without it, an output that is exactly 0 ends the training.
public struct LogOfZero: Experiment {
  public let about = About(
    "ch04/log-of-zero", .crossEntropyError, en: "Cross-entropy with and without 1e-7, where an output is 0",
    ja: "出力が0のときの交差エントロピー誤差：微小な値1e-7の有無による違い",
    question: Question(
      en: "What happens without the 1e-7 in log(y + 1e-7)?", ja: "log(y + 1e-7) の 1e-7 がないとどうなるのか？",
      answerEn:
        "As soon as softmax gives exactly 0, the loss is infinite, or not a number even where the prediction is "
        + "right, and after one update so is every weight. With it the loss stays below 16.2, though there the numerical "
        + "gradient is 0 and only backpropagation's y − t still points the way.",
      answerJa: "ソフトマックス関数の出力がちょうど0になると、損失は無限大に（one-hot表現では正解していてもnanに）なり、1回の更新ですべての重みがnanになります。"
        + "1e-7を足せば損失は16.2未満に収まりますが、そこでは数値勾配が0になり、学習の方向を示せるのは誤差逆伝播法の y − t だけです。"))
  @Setting("score", in: 0...10_000, en: "score of the wrong class above the right one's", ja: "誤ったクラスのスコア（正解クラスとの差）")
  var score = 800.0
  @Setting("epsilon", in: 1e-300...0.1, en: "what is added inside the logarithm", ja: "対数の中で加える微小な値") var epsilon = 1e-7
  @Setting("lr", in: 0...10, en: "learning rate of the update", ja: "更新の学習率") var lr = 0.1
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let x = NDArray([[1]])
    let w = NDArray([[score, 0]])
    let y = softmax(dot(x, w))
    lab.say("softmax([\(score.short), 0]) = \(y.row(0))")
    var outcome = Outcome(["y": y.elements])
    for (name, epsilon) in [("without", 0), ("with", epsilon)] {
      let what = lab.words(
        en: epsilon == 0 ? "without" : "with \(epsilon)", ja: epsilon == 0 ? "微小な値なし" : "\(epsilon)を加算")
      let (wrong, right) = (NDArray([[0, 1]]), NDArray([[1, 0]]))
      let losses = [wrong, right].map { crossEntropyError(y, $0, epsilon: epsilon) }
      let batch = NDArray([y.elements, [0.5, 0.5], [0.2, 0.8]])
      let mean = crossEntropyError(batch, [1, 0, 1], epsilon: epsilon)
      let gradient = numericalGradient({ crossEntropyError(softmax(dot(x, $0)), wrong, epsilon: epsilon) }, w)
      let updated = w - lr * gradient
      let prediction = softmax(dot(x, updated))
      outcome.figures["\(name): loss"] = losses
      outcome.figures["\(name): batch"] = [mean]
      outcome.figures["\(name): gradient"] = gradient.elements
      outcome.figures["\(name): weights"] = updated.elements
      lab.say(
        en:
          "\(what): loss \(losses[0]) where the label is 1, \(losses[1]) where it is 0; mean of a batch of 3: \(mean)",
        ja: "\(what)：正解が1のときの損失 \(losses[0])、正解が0のときの損失 \(losses[1])、3件のバッチの平均 \(mean)")
      lab.say(
        en:
          "  numerical gradient \(gradient.row(0)), weights after the update \(updated.row(0)), output \(prediction.row(0))",
        ja: "  数値勾配 \(gradient.row(0))、更新後の重み \(updated.row(0))、出力 \(prediction.row(0))")
    }
    let difference = y - NDArray([[0, 1]])
    outcome.figures["y - t"] = difference.elements
    lab.say(en: "backpropagation, y - t: \(difference.row(0))", ja: "誤差逆伝播法の y - t：\(difference.row(0))")
    outcome.pictures = [Picture("log-of-zero", picture(lab))]
    return outcome
  }

  private func picture(_ lab: Lab) -> Figure {
    let y = stride(from: -12, through: 0, by: 0.05).map { pow(10, $0) }
    let panel = Panel(
      x: Axis(lab.words(en: "output y for the labelled class", ja: "正解クラスに対する出力 y"), scale: .logarithmic),
      y: Axis(lab.words(en: "loss", ja: "損失")),
      [
        .line(.init("−log y", x: y, y: y.map { -log($0) })),
        .line(.init("−log(y + \(epsilon.short))", x: y, y: y.map { -log($0 + epsilon) }, dash: "5 3")),
      ])
    return Figure(lab.words(en: "The loss near 0", ja: "出力が0に近いときの損失"), panel)
  }
}
