import Kobai
import KobaiReport

/// How the first weights decide whether a network learns at all.
public struct WeightInitCompare: Experiment {
  public let about = About(
    "ch06/weight-init-compare", .initialWeights, en: "Initial weights on digits, with four hidden layers and with one",
    ja: "手書き数字による重みの初期値の比較（隠れ層4層と1層）", usesDigits: true)
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let rules: [(String, Initializer)] = [
      (lab.words(en: "std=0.01", ja: "標準偏差0.01"), .normal(deviation: 0.01)), ("Xavier", .xavier), ("He", .he),
    ]
    var figures: [String: [Double]] = [:]
    var panels: [Panel] = []
    for hidden in [4, 1] {
      let comparison = Comparison(lab: lab, steps: hidden == 4 ? 2000 : 1000)
      lab.say(en: "\(hidden) hidden layers", ja: "隠れ層\(hidden)層")
      let losses = try comparison.losses(
        rules.map { name, initializer in
          (
            name,
            MultiLayerNet(
              hidden: [Int](repeating: 100, count: hidden), classes: lab.digits.classes, initializer: initializer),
            SGD(learningRate: 0.01)
          )
        })
      let last = comparison.last(losses)
      for (key, rule) in zip(["std=0.01", "Xavier", "He"], rules) { figures["\(hidden) \(key)"] = last[rule.0] }
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
