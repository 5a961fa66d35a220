import Foundation
import KobaiReport
import KobaiScratch

/// Where gradient descent on x0² + x1² turns from converging to diverging: at a learning rate of exactly 1.
public struct LearningRateLimit: Experiment {
  public let about = About(
    "ch04/learning-rate-limit", .gradientDescent, en: "Learning rates around 1.0: converging, oscillating, diverging",
    ja: "学習率1.0の前後：収束、振動、発散",
    question: Question(
      en: "From which learning rate on does gradient descent diverge?", ja: "学習率がいくつを超えると勾配降下法は発散するのか？",
      answerEn:
        "The gradient of x² is 2x, so a step multiplies x by 1 − 2η: it shrinks for η below 1, jumps between x and "
        + "−x at 1, and grows beyond. In general the limit is 2 divided by the largest curvature.",
      answerJa: "x² の勾配は 2x なので、1ステップごとに x は 1 − 2η 倍になり、η が1未満なら縮み、1なら x と −x を往復し、1を超えると増大します。"
        + "一般に、限界は2を最大の曲率で割った値です。"))
  @Setting("lr1", in: 0...10, en: "a learning rate below the limit", ja: "限界より小さい学習率") var lr1 = 0.95
  @Setting("lr2", in: 0...10, en: "the learning rate at the limit", ja: "限界の学習率") var lr2 = 1.0
  @Setting("lr3", in: 0...10, en: "a learning rate beyond the limit", ja: "限界を超えた学習率") var lr3 = 1.05
  @Setting("steps", in: 1...1000, en: "steps of every path", ja: "ステップ数") var steps = 20
  @Setting("x0", in: -1000...1000, en: "x0 of the start", ja: "始点の x0") var x0 = -3.0
  @Setting("x1", in: -1000...1000, en: "x1 of the start", ja: "始点の x1") var x1 = 4.0
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let f = PartialDerivatives.f
    var (outcome, places, heights) = (Outcome(), [Mark](), [Mark]())
    for rate in [lr1, lr2, lr3] {
      let path = gradientDescent(f, from: NDArray([x0, x1]), learningRate: rate, steps: steps)
      let factor = 1 - 2 * rate
      outcome.figures["lr \(rate)"] = path[steps].elements
      lab.say(
        en: "η = \(rate): each step multiplies by 1 − 2η = \(factor.rounded6); after \(steps) steps \(path[steps])",
        ja: "η = \(rate)：1ステップごとに 1 − 2η = \(factor.rounded6) 倍、\(steps)ステップ後 \(path[steps])")
      let numbers = path.indices.map(Double.init)
      places.append(.line(.init(x: numbers, y: path.map { $0[0] }, width: 1.2, dots: true)))
      heights.append(.line(.init("η = \(rate)", x: numbers, y: path.map(f), width: 1.2, dots: true)))
    }
    let step = lab.words(en: "step", ja: "ステップ")
    let panels = [
      Panel("x0", x: Axis(step), y: Axis("x0"), size: (330, 260), legend: .none, places),
      Panel(
        "x0² + x1²", x: Axis(step), y: Axis("f", scale: .logarithmic), size: (330, 260), legend: .beside, heights),
    ]
    let title = lab.words(en: "Learning rates around the limit", ja: "学習率の限界の前後")
    outcome.pictures = [Picture("learning-rate-limit", Figure(title, panels))]
    return outcome
  }
}
