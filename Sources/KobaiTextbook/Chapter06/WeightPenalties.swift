import Foundation
import KobaiReport

/// L2 decay pulls at a weight in proportion to its size, so that all become small and hardly any becomes nothing. The L1 penalty
/// pulls at each with the same force, so that those that the loss does not hold end at 0.
///
/// A step of SGD takes λ η sign(w) away and so crosses 0 by up to λ η: what counts here as zero is what is nearer to it than
/// 0.001.
public struct WeightPenalties: Experiment {
  public let about = About(
    "ch06/weight-penalties", .weightDecay, en: "L1 against L2: what the penalties make of the weights",
    ja: "L1正則化とL2正則化の比較：重みの分布はどう変わるか", usesDigits: true,
    question: Question(
      en: "What would L1 decay do that L2 does not?",
      ja: "L1正則化はL2正則化と何が違うのか？",
      answerEn: "L2 pulls at a weight in proportion to its size, so that all get smaller and hardly any "
        + "vanishes. L1 pulls at all with the same force and leaves more than half of them next to "
        + "zero.",
      answerJa: "L2正則化は重みの大きさに比例して引き戻すので、全体が小さくなっても0になる重みはほとんどありません。"
        + "L1正則化はどの重みも同じ強さで引き戻すので、半数以上がほぼ0になります。"))
  @Setting("l2", in: 0...10, en: "λ of the L2 penalty ½ λ Σ w²", ja: "L2 正則化の係数 λ（½ λ Σ w²）") var l2 = 0.1
  @Setting("l1", in: 0...1, en: "λ of the L1 penalty λ Σ |w|", ja: "L1 正則化の係数 λ（λ Σ |w|）") var l1 = 0.01
  @Setting("epochs", in: 1...10_000, en: "epochs", ja: "エポック数") var epochs = 201
  @Setting("lr", in: 0...10, en: "learning rate", ja: "学習率") var lr = 0.01
  @Setting("images", in: 1...4000, en: "images to train on", ja: "訓練画像の枚数") var images = 300
  @Setting("hidden", in: 1...10_000, en: "units of a hidden layer", ja: "各隠れ層のニューロン数") var hidden = 100
  public init() {}

  /// Weights nearer to 0 than this count as 0.
  static let nothing = 1e-3

  public func run(_ lab: Lab) throws -> Outcome {
    let overfitting = Overfitting(lab: lab, epochs: epochs, images: images, hidden: hidden, learningRate: lr)
    let penalties: [(key: String, title: String, l2: Double, l1: Double)] = [
      ("none", lab.words(en: "no penalty", ja: "正則化なし"), 0, 0),
      ("L2", lab.words(en: "L2, λ = \(l2.short)", ja: "L2正則化、λ = \(l2.short)"), l2, 0),
      ("L1", lab.words(en: "L1, λ = \(l1.short)", ja: "L1正則化、λ = \(l1.short)"), 0, l1),
    ]
    var figures: [String: [Double]] = [:]
    var (histograms, accuracies) = ([Panel](), [Panel]())
    for (i, (key, title, l2, l1)) in penalties.enumerated() {
      lab.say(title)
      let curves = try overfitting.run(weightDecay: Float(l2), l1: Float(l1), name: title)
      let zeros = Self.share(of: curves.weights) { abs($0) < Self.nothing }
      let size = ((curves.squares.last ?? 0) / Double(max(curves.weights.count, 1))).squareRoot()
      figures[key] = [curves.train.last ?? 0, curves.test.last ?? 0]
      figures["\(key) near zero"] = [zeros]
      figures["\(key) root mean square"] = [size]
      let percent = (zeros * 100).fixed(1)
      let accuracy = (curves.test.last ?? 0).fixed(4)
      lab.say(
        en:
          "test accuracy \(accuracy); \(percent) % of the weights are within ±0.001; their root mean square is \(size.fixed(4))",
        ja: "テストデータの認識精度 \(accuracy)、±0.001以内の重みの割合 \(percent) %、重みの二乗平均平方根 \(size.fixed(4))")
      histograms.append(Self.histogram(title, curves.weights, zeros, color: Palette.series(i), lab))
      accuracies.append(overfitting.panel(title, curves))
    }
    let title = lab.words(
      en: "Weights after training, and accuracies (histograms: logarithmic count)", ja: "学習後の重みの分布（縦軸は対数）と認識精度")
    return Outcome(
      figures, pictures: [Picture("weight-penalties", Figure(title, histograms + accuracies, columns: penalties.count))]
    )
  }

  /// The weights, counted on a logarithmic axis: the bin at zero may hold nearly all of them.
  private static func histogram(_ title: String, _ weights: [Double], _ zeros: Double, color: String, _ lab: Lab)
    -> Panel
  {
    let range = -0.4...0.4
    let counts = Histogram(weights, bins: 81, range: range).counts
    let width = (range.upperBound - range.lowerBound) / Double(counts.count)
    let bars = counts.enumerated().filter { $0.element > 0 }.map { i, count in
      let left = range.lowerBound + Double(i) * width
      return Mark.Polygon(
        [(left, 0.5), (left, Double(count)), (left + width, Double(count)), (left + width, 0.5)], fill: color)
    }
    let share = (zeros * 100).fixed(1)
    let words = lab.words(en: "near zero: \(share) %", ja: "ほぼ0：\(share) %")
    return Panel(
      title, x: Axis(lab.words(en: "weight", ja: "重み"), range: range),
      y: Axis(lab.words(en: "count", ja: "個数"), range: 0.5...400_000, scale: .logarithmic), size: (300, 200),
      legend: .none, [.polygons(bars), .text(words, x: 0.38, y: 180_000, anchor: "end", size: 11)])
  }

  private static func share(of weights: [Double], _ isMeant: (Double) -> Bool) -> Double {
    Double(weights.count(where: isMeant)) / Double(max(weights.count, 1))
  }
}
