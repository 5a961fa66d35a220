import KobaiReport
import KobaiScratch

/// How wrong a prediction is, in two ways: for a single sample, for a batch, with one-hot rows and with labels.
public struct LossFunctions: Experiment {
  public let about = About(
    "ch04/loss-functions", .crossEntropy, en: "Sum of squares and cross-entropy, for one sample and for batches",
    ja: "2乗和誤差と交差エントロピー誤差（データ1件の場合とバッチの場合）")
  @Setting("y", in: 0...1, en: "the first sample's output for its label", ja: "1件目のデータの正解クラスに対する出力") var y = 0.6
  @Setting("epsilon", in: 1e-300...0.1, en: "what is added inside the logarithm", ja: "対数の中で加える微小な値") var epsilon = 1e-7
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let t = [0.0, 0, 1, 0, 0, 0, 0, 0, 0, 0]  // the label is 2
    let correct = [0.1, 0.05, y, 0.0, 0.05, 0.1, 0.0, 0.1, 0.0, 0.0]
    let wrong = [0.1, 0.05, 0.1, 0.0, 0.05, 0.1, 0.0, 0.6, 0.0, 0.0]
    let squares = [correct, wrong].map { sumSquaredError(NDArray($0), NDArray(t)) }
    let entropies = [correct, wrong].map { crossEntropyError(NDArray($0), NDArray(t), epsilon: epsilon) }
    lab.say("sum_squared_error:   \(squares[0])  \(squares[1])")
    lab.say("cross_entropy_error: \(entropies[0])  \(entropies[1])")
    let batch = NDArray([correct, wrong])
    let byRows = crossEntropyError(batch, oneHot([2, 2], classes: 10), epsilon: epsilon)
    let byLabels = crossEntropyError(batch, [2, 2] as [Int], epsilon: epsilon)
    lab.say(
      en: "batch of both: one-hot \(byRows), labels \(byLabels)", ja: "2件をまとめたバッチ：one-hot表現 \(byRows)、ラベル表現 \(byLabels)"
    )
    let x = NDArray.arange(0.01, 1, step: 0.01).elements
    let panel = Panel(
      x: Axis(lab.words(en: "output for the labelled class", ja: "正解クラスに対する出力")),
      y: Axis(lab.words(en: "loss", ja: "損失"), range: 0...5),
      legend: .none,
      [
        .line(.init(x: x, y: x.map { crossEntropyError(NDArray([[$0]]), [0] as [Int], epsilon: epsilon) })),
        .points(.init(x: [y, 0.1], y: entropies, color: "#222222", radius: 4)),
      ])
    return Outcome(
      ["squares": squares, "entropies": entropies, "batch": [byRows, byLabels]],
      pictures: [Picture("cross-entropy", Figure("−log y", panel))])
  }
}
