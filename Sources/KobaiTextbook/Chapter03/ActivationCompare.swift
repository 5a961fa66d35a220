import Foundation
import KobaiReport
import KobaiScratch

/// All activation functions, tanh included, with their slopes.
public struct ActivationCompare: Experiment {
  public let about = About(
    "ch03/activation-compare", .relu, en: "Step, sigmoid, tanh and ReLU with their derivatives",
    ja: "ステップ関数、シグモイド関数、tanh、ReLUとそれぞれの微分")
  @Setting("x", in: -4...4, en: "where the values and slopes are taken", ja: "関数の値と傾きを求める点") var x = 1.0
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let functions: [(String, (Double) -> Double)] = [
      ("step", stepFunction), ("sigmoid", sigmoid), ("tanh", { tanh($0) }), ("ReLU", relu),
    ]
    let at = self.x
    let x = NDArray.arange(-4, 4, step: 0.05).elements
    var figures: [String: [Double]] = [:]
    for (name, f) in functions {
      let slope = numericalDifferentiation(f, at)
      figures[name] = [f(at), slope]
      let (value, x) = (f(at).fixed(4), at.short)
      lab.say(
        en: "\(name): f(\(x)) = \(value), f'(\(x)) = \(slope.fixed(4))",
        ja: "\(lab.functionName(name))：f(\(x)) = \(value)、f'(\(x)) = \(slope.fixed(4))")
    }
    let values = Panel(
      "f(x)", x: Axis("x"), y: Axis(range: -1.2...2.2),
      functions.map { name, f in .line(.init(lab.functionName(name), x: x, y: x.map(f))) })
    let slopes = Panel(
      "f′(x)", x: Axis("x"), y: Axis(range: -0.1...1.2),
      functions.map { name, f in
        // The step's slope at 0 itself is not a number anybody can draw.
        .line(
          .init(
            lab.functionName(name), x: x,
            y: x.map { name == "step" && abs($0) < 1e-3 ? .nan : numericalDifferentiation(f, $0) }))
      })
    let title = lab.words(en: "Activation functions", ja: "活性化関数")
    return Outcome(figures, pictures: [Picture("activation-compare", Figure(title, [values, slopes]))])
  }
}
