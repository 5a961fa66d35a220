import KobaiReport

/// How wrong a prediction is, in two ways: for a single sample, for a batch, with one-hot rows and with labels.
public struct LossFunctions: Experiment {
  public let about = About(
    "ch04/loss-functions", .crossEntropy, en: "Sum of squares and cross-entropy, for one sample and for batches",
    ja: "2乗和誤差と交差エントロピー誤差、バッチ対応版")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let t = [0.0, 0, 1, 0, 0, 0, 0, 0, 0, 0]  // the label is 2
    let correct = [0.1, 0.05, 0.6, 0.0, 0.05, 0.1, 0.0, 0.1, 0.0, 0.0]
    let wrong = [0.1, 0.05, 0.1, 0.0, 0.05, 0.1, 0.0, 0.6, 0.0, 0.0]
    let target = Matrix(row: t)
    let squares = [correct, wrong].map { sumSquaredError($0, t) }
    let entropies = [correct, wrong].map { crossEntropyError(Matrix(row: $0), oneHot: target) }
    lab.say("sum_squared_error:   \(squares[0])  \(squares[1])")
    lab.say("cross_entropy_error: \(entropies[0])  \(entropies[1])")
    let batch = Matrix([correct, wrong])
    let byRows = crossEntropyError(batch, oneHot: oneHot([2, 2], classes: 10))
    let byLabels = crossEntropyError(batch, labels: [2, 2])
    lab.say(en: "batch of both: one-hot \(byRows), labels \(byLabels)", ja: "2つのバッチ：one-hot \(byRows)、ラベル \(byLabels)")
    let x = arange(0.01, 1, 0.01)
    let panel = Panel(
      x: Axis(lab.words(en: "output for the labelled class", ja: "正解クラスの出力")), y: Axis("loss", range: 0...5),
      legend: .none,
      [.line(.init(x: x, y: x.map { crossEntropyError(Matrix(row: [$0]), labels: [0]) }))])
    return Outcome(
      ["squares": squares, "entropies": entropies, "batch": [byRows, byLabels]],
      pictures: [Picture("cross-entropy", Figure("−log y", panel))])
  }
}
