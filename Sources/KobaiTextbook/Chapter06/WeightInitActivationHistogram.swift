import Foundation
import KobaiReport
import KobaiScratch

/// A thousand random inputs go through five layers of a hundred units: how do the activations spread, for different
/// deviations of the weights?
///
/// With a deviation of 0 all units of a layer have the same output, whatever came in: 0.5 with sigmoid, 0 with the others. tanh is
/// drawn twice, because the book's script draws every histogram over 0 ... 1: its bell is cut in half there, and half of the
/// activations, which are negative, are not shown.
public struct WeightInitActivationHistogram: Experiment {
  public let about = About(
    "ch06/weight-init-activation-histogram", .activationDistribution,
    en: "Activations of five layers, for three functions and weights of different deviation",
    ja: "5層の隠れ層のアクティベーション分布（活性化関数3種、重みの初期値5種）",
    question: Question(
      en: "Why does tanh look like half a bell in the book's histograms?",
      ja: "書籍のヒストグラムで tanh の分布が釣鐘の片側だけに見えるのはなぜか？",
      answerEn: "The book draws the range 0 to 1, and half of the values of tanh lie below 0. Over −1 to 1 "
        + "the bell is whole; with a deviation of 0 all values are one and the same.",
      answerJa: "書籍のヒストグラムは0から1の範囲だけを描いており、tanh の値の半分は0より小さいからです。"
        + "−1から1まで描けば釣鐘の全体が現れ、標準偏差を0にするとすべての値が同じになります。"))
  @Setting("std", in: 0...100, en: "standard deviation of the small weights", ja: "小さい値で初期化する重みの標準偏差") var std = 0.01
  @Setting("nodes", in: 1...1000, en: "units of a layer", ja: "各層のニューロン数") var nodes = 100
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let input = lab.normal(1000, nodes, deviation: 1, stream: 1)
    // The range of a second histogram, where the book's differs from what the function's values ask for.
    let functions: [(String, (NDArray) -> NDArray, ClosedRange<Double>, ClosedRange<Double>?)] = [
      ("sigmoid", sigmoid, 0...1, nil), ("tanh", tanh, -1...1, 0...1), ("ReLU", relu, 0...1, nil),
    ]
    let deviations: [(String, Double)] = [
      ("std 0", 0), ("std 1", 1), ("std \(std.short)", std), ("Xavier", (1 / Double(nodes)).squareRoot()),
      ("He", (2 / Double(nodes)).squareRoot()),
    ]
    var figures: [String: [Double]] = [:]
    var pictures: [Picture] = []
    for (f, (name, function, range, bookRange)) in functions.enumerated() {
      var (panels, bookPanels) = ([Panel](), [Panel]())
      for (d, (label, deviation)) in deviations.enumerated() {
        var x = input
        let labelJa = label.replacing("std ", with: "標準偏差")
        var (spread, above, below) = ([Double](), [Double](), [Double]())
        for layer in 0..<5 {
          let w = lab.normal(nodes, nodes, deviation: deviation, stream: 2 + layer)
          x = function(dot(x, w))
          spread.append(x.std())
          let title = lab.words(en: "\(label), layer \(layer + 1)", ja: "\(labelJa)、\(layer + 1)層目")
          panels.append(Self.panel(title, x.elements, range, color: Palette.series(f), lab))
          if let bookRange {
            bookPanels.append(Self.panel(title, x.elements, bookRange, color: Palette.series(f), lab))
            below.append(Self.share(x.elements) { $0 < bookRange.lowerBound })
          }
          above.append(Self.share(x.elements) { $0 > range.upperBound })
        }
        figures["\(name) \(label) above 1"] = above
        figures["\(name) \(label)"] = spread
        if bookRange != nil { figures["\(name) \(label) below 0"] = below }
        let stds = spread.map { $0.fixed(4) }.joined(separator: " ")
        lab.say(
          en: "\(name), \(label): std \(stds)", ja: "\(lab.functionName(name))、重みの初期値 \(labelJa)：各層の出力の標準偏差 \(stds)")
        if above.contains(where: { $0 > 0 }) {
          let shares = above.map(Self.percent).joined(separator: " ")
          lab.say(en: "  above 1, right of the pictures: \(shares)", ja: "  1を超える値（図の範囲外）の割合：\(shares)")
        }
        lab.report(
          Double(f * deviations.count + d + 1) / Double(functions.count * deviations.count),
          lab.words(en: "\(name), \(label)", ja: "\(lab.functionName(name))、\(labelJa)"))
      }
      let title = lab.words(
        en: "Activations with \(name)", ja: "アクティベーション分布：\(lab.functionName(name))")
      pictures.append(Picture("activation-histogram-\(name.lowercased())", Figure(title, panels, columns: 5)))
      guard !bookPanels.isEmpty else { continue }
      let bookTitle = lab.words(
        en: "The same over the book's range 0 … 1: half a bell", ja: "同じ分布を書籍のスクリプトと同じ範囲0〜1で描いた図：釣鐘の右半分だけが見える")
      pictures.append(
        Picture("activation-histogram-\(name.lowercased())-book", Figure(bookTitle, bookPanels, columns: 5)))
    }
    return Outcome(figures, pictures: pictures)
  }

  /// The activations of one layer.
  ///
  /// ReLU makes half of them 0. That bar would press all others flat, so it may leave the panel at the top, and words say
  /// how high it is; so they do of values beyond the axis, which the book's pictures leave out silently.
  static func panel(_ title: String, _ values: [Double], _ range: ClosedRange<Double>, color: String, _ lab: Lab)
    -> Panel
  {
    let histogram = Histogram(values, bins: 30, range: range)
    var y = Axis(isHidden: true)
    var marks = [histogram.mark(color: color)]
    let zeros = share(values) { $0 == 0 }
    let (below, above) = (share(values) { $0 < range.lowerBound }, share(values) { $0 > range.upperBound })
    // At least a hundredth of all values, so that a few stray ones do not look like many.
    let highest = max(
      Double(histogram.counts.dropFirst(zeros > 0.1 ? 1 : 0).max() ?? 0), Double(values.count) / 100)
    var words: String?
    if below > 0 {
      words = lab.words(en: "<\u{2009}0: \(percent(below))", ja: "0未満：\(percent(below))")
    } else if zeros > 0.1 {
      words = lab.words(
        en: "0: \(percent(zeros)), >\u{2009}1: \(percent(above))", ja: "0：\(percent(zeros))、1超：\(percent(above))")
    }
    if let words {
      y.range = 0...highest * 1.4
      marks.append(.text(words, x: range.upperBound * 0.98, y: highest * 1.25, anchor: "end", size: 10))
    }
    return Panel(
      title, x: Axis(range: range, names: [(range.lowerBound, "\(Int(range.lowerBound))"), (1, "1")]), y: y,
      size: (130, 90), legend: .none, showsGrid: false, marks)
  }

  private static func share(_ values: [Double], _ isMeant: (Double) -> Bool) -> Double {
    Double(values.count(where: isMeant)) / Double(max(values.count, 1))
  }

  private static func percent(_ share: Double) -> String {
    "\((share * 100).fixed(share > 0 && share < 0.01 ? 1 : 0)) %"
  }
}
