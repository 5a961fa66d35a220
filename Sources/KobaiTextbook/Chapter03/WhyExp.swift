import Foundation
import KobaiReport
import KobaiScratch

/// Why softmax takes exponentials: shares of the numbers themselves, or of their squares, go wrong where softmax does not.
public struct WhyExp: Experiment {
  public let about = About(
    "ch03/why-exp", .softmaxFunction, en: "Softmax against shares of the numbers themselves and of their squares",
    ja: "ソフトマックス関数と、そのままの値や2乗で正規化する方法との比較",
    question: Question(
      en: "Why does softmax take exponentials?", ja: "ソフトマックス関数はなぜ指数関数を使うのか？",
      answerEn: "Exponentials are positive whatever the sign, keep the order, and only the differences of the inputs "
        + "count; a plain share may be negative or divide by 0, and a square makes −3 as likely as 3. Together with the "
        + "cross-entropy error, they make the gradient y − t, which never exceeds 1.",
      answerJa: "指数関数の値は入力の符号によらず正で、大小関係が保たれ、結果は入力の差だけで決まります"
        + "（そのまま割合にすると負の値や0での除算が生じ、2乗では −3 と 3 が同じ確率になります）。"
        + "さらに交差エントロピー誤差と組み合わせると勾配が y − t となり、その大きさは1を超えません。"))
  @Setting("a1", in: -100...100, en: "the first input", ja: "1つ目の入力") var a1 = 0.3
  @Setting("a2", in: -100...100, en: "the second input", ja: "2つ目の入力") var a2 = 2.9
  @Setting("a3", in: -100...100, en: "the third input", ja: "3つ目の入力") var a3 = 4.0
  @Setting("shift", in: -100...100, en: "what all inputs grow by", ja: "すべての入力に加える値") var shift = 10.0
  public init() {}

  private static let ways: [(name: String, shares: @Sendable (NDArray) -> NDArray)] = [
    ("a / Σa", { $0 / $0.sum() }), ("a² / Σa²", { $0 * $0 / ($0 * $0).sum() }), ("softmax", { softmax($0) }),
  ]

  public func run(_ lab: Lab) throws -> Outcome {
    let a = NDArray([a1, a2, a3])
    let inputs: [(name: String, a: NDArray)] = [
      (lab.words(en: "the inputs", ja: "もとの入力"), a),
      (lab.words(en: "all \(shift.short) more", ja: "すべてに \(shift.short) を加えた入力"), a + shift),
      (lab.words(en: "with a negative number", ja: "負の値を含む入力"), NDArray([-3, 1, 2.5])),
      (lab.words(en: "with sum 0", ja: "総和が0の入力"), NDArray([-1, 0, 1])),
    ]
    var outcome = Outcome()
    for (i, input) in inputs.enumerated() {
      lab.say(en: "\(input.name): \(input.a)", ja: "\(input.name)：\(input.a)")
      for way in Self.ways {
        let shares = way.shares(input.a)
        lab.say("  \(way.name) = \(shares)")
        outcome.figures["\(way.name), \(["inputs", "shifted", "negative", "sum 0"][i])"] = shares.elements
      }
    }
    gradients(a, lab, &outcome)
    let panels = inputs.prefix(3).enumerated().map { i, input in
      Panel(
        input.name,
        x: Axis(
          names: input.a.elements.enumerated().map { (Double($0.offset), "a\($0.offset + 1) = \($0.element.short)") }),
        size: (240, 240), legend: i == 2 ? .beside : .none,
        [
          .bars(
            .init(
              series: Self.ways.map(\.name),
              values: (0..<3).map { k in Self.ways.map { $0.shares(input.a).elements[k] } }))
        ])
    }
    let title = lab.words(en: "Numbers made shares in three ways", ja: "3通りの正規化")
    outcome.pictures = [Picture("why-exp", Figure(title, panels.map(fitted)))]
    return outcome
  }

  /// Bars from 0 to 1 fill the panel; where some leave these bounds, they show.
  private func fitted(_ panel: Panel) -> Panel {
    guard case .bars(let bars) = panel.marks[0] else { return panel }
    let values = bars.values.joined().compactMap(\.self).filter(\.isFinite)
    let (low, high) = (min(0, values.min() ?? 0), max(1, values.max() ?? 1))
    var panel = panel
    panel.y.range = (low < 0 ? low * 1.08 : 0)...(high > 1 ? high * 1.08 : 1)
    return panel
  }

  /// The derivative of −log y by every input, where the first class is the right one.
  private func gradients(_ a: NDArray, _ lab: Lab, _ outcome: inout Outcome) {
    lab.say(
      en: "∂L/∂a of L = −log y1, the first class being the right one:", ja: "正解が1番目のクラスのときの L = −log y1 の ∂L/∂a：")
    for way in Self.ways {
      let gradient = numericalGradient({ -log(way.shares($0)[0]) }, a, h: 1e-5)
      lab.say("  \(way.name): \(gradient)")
      outcome.figures["gradient of \(way.name)"] = gradient.elements
    }
    let difference = softmax(a) - NDArray([1, 0, 0])
    lab.say("  y - t = \(difference)")
    outcome.figures["y - t"] = difference.elements
  }
}
