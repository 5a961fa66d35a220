import Foundation
import KobaiReport
import KobaiScratch

/// Softmax turns numbers into shares; taking the largest away first keeps exp from overflowing.
public struct SoftmaxFunction: Experiment {
  public let about = About(
    "ch03/softmax", .softmax, en: "Identity and softmax, and how softmax avoids overflow",
    ja: "恒等関数とソフトマックス関数、オーバーフロー対策")
  @Setting("a1", in: -700...700, en: "the first input", ja: "1つ目の入力") var a1 = 0.3
  @Setting("a2", in: -700...700, en: "the second input", ja: "2つ目の入力") var a2 = 2.9
  @Setting("a3", in: -700...700, en: "the third input", ja: "3つ目の入力") var a3 = 4.0
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let a = [a1, a2, a3]
    let y = softmax(NDArray(a)).elements
    lab.say("identity(a) = \(NDArray(a))")
    let sum = NDArray(y).sum()
    lab.say(en: "softmax(a)  = \(NDArray(y)), sum \(sum)", ja: "softmax(a)  = \(NDArray(y))、総和 \(sum)")
    let large = [1010.0, 1000, 990]
    let naive = large.map { exp($0) }
    let naiveShares = naive.map { $0 / naive.reduce(0, +) }
    lab.say(
      en: "exp(a) / sum(exp(a)) of [1010, 1000, 990] = \(NDArray(naiveShares))",
      ja: "[1010, 1000, 990] の exp(a) / sum(exp(a)) = \(NDArray(naiveShares))（オーバーフロー）")
    let safe = softmax(NDArray(large)).elements
    lab.say(en: "softmax of it = \(NDArray(safe))", ja: "最大値を引いて計算した結果 = \(NDArray(safe))")
    let inputs = a.map { "\($0)" }.joined(separator: ", ")
    let panel = Panel(
      x: Axis(names: a.enumerated().map { (Double($0.offset), "a\($0.offset + 1) = \($0.element)") }),
      y: Axis(range: 0...1), legend: .none,
      [.bars(.init(series: [lab.words(en: "softmax", ja: "ソフトマックス関数の出力")], values: y.map { [$0] }, width: 0.5))])
    return Outcome(
      ["softmax": y, "naive": naiveShares, "safe": safe],
      pictures: [
        Picture("softmax", Figure(lab.words(en: "Softmax of (\(inputs))", ja: "(\(inputs)) に対するソフトマックス関数の出力"), panel))
      ])
  }
}
