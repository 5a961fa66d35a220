import Kobai
import KobaiReport

/// How the first weights decide whether a network learns at all, and what the number of layers has to do with it.
///
/// Weights of deviation 0.01 make each layer's output, and on the way back its gradient, about a tenth of what comes in. One hidden layer
/// learns all the same, only later; behind four of them nothing is left to learn from.
public struct WeightInitCompare: Experiment {
  public let about = About(
    "ch06/weight-init-compare", .initialWeights, en: "Initial weights on digits, with four hidden layers and with one",
    ja: "手書き数字による重みの初期値の比較（隠れ層4層と1層）", usesDigits: true,
    question: Question(
      en: "Why does a deviation of 0.01 fail in the book's network, although the network of chapter 4 learns with it?",
      ja: "標準偏差0.01は4章のネットワークでは学習できたのに、ここではなぜ失敗するのか？",
      answerEn: "Every layer of small weights shrinks its values and its gradients by the same factor, and "
        + "four hidden layers multiply four of them: next to nothing is left. With one hidden layer the "
        + "same deviation learns.",
      answerJa: "小さな重みの層を通るたびに、値も勾配も同じ割合で小さくなり、隠れ層が4つあればそれが4回掛け合わされて、"
        + "ほとんど何も残らないからです。隠れ層が1つなら、同じ標準偏差でも学習は進みます。"))
  @Setting("std", in: 0...10, en: "standard deviation of the small weights", ja: "小さい値で初期化する重みの標準偏差") var std = 0.01
  @Setting("lr", in: 0...10, en: "learning rate", ja: "学習率") var lr = 0.01
  @Setting("steps", in: 1...1_000_000, en: "batches to train on", ja: "反復回数") var steps = 2000
  @Setting("layers", in: 1...20, en: "hidden layers, against one", ja: "隠れ層の数（1層と比較）") var layers = 4
  @Setting("batch", in: 1...4000, en: "images in a batch", ja: "バッチサイズ") var batch = 128
  @Setting("hidden", in: 1...10_000, en: "units of a hidden layer", ja: "各隠れ層のニューロン数") var units = 100
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let rules: [(String, Initializer)] = [
      (lab.words(en: "std=\(std.short)", ja: "標準偏差\(std.short)"), .normal(deviation: Float(std))), ("Xavier", .xavier),
      ("He", .he),
    ]
    var figures: [String: [Double]] = [:]
    var panels: [Panel] = []
    for hidden in layers == 1 ? [1] : [layers, 1] {
      let comparison = Comparison(lab: lab, batchSize: batch, steps: steps)
      lab.say(en: "hidden layers: \(hidden)", ja: "隠れ層\(hidden)層")
      let trainings = try comparison.train(
        rules.map { name, initializer in
          (
            name,
            MultiLayerNet(
              hidden: [Int](repeating: units, count: hidden), classes: lab.digits.classes, initializer: initializer),
            SGD(learningRate: Float(lr))
          )
        })
      let losses = Dictionary(uniqueKeysWithValues: zip(rules.map(\.0), trainings.map(\.losses)))
      let last = comparison.last(losses)
      for (key, (rule, training)) in zip(["std=\(std.short)", "Xavier", "He"], zip(rules, trainings)) {
        let accuracy = try training.accuracy(on: lab.digits.test)
        figures["\(hidden) \(key)"] = last[rule.0]
        figures["\(hidden) \(key) accuracy"] = [accuracy]
        lab.say(
          en: "\(rule.0): test accuracy \(accuracy.fixed(4))", ja: "\(rule.0)：テストデータの認識精度 \(accuracy.fixed(4))")
      }
      panels.append(
        comparison.panel(
          losses, order: rules.map(\.0), title: lab.words(en: "hidden layers: \(hidden)", ja: "隠れ層\(hidden)層"),
          top: 2.5,
          size: (360, 280)))
    }
    let title = lab.words(en: "Initial weights", ja: "重みの初期値の比較")
    return Outcome(figures, pictures: [Picture("weight-init-compare", Figure(title, panels))])
  }
}
