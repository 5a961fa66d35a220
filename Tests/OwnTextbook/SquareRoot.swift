import KobaiReport
import KobaiTextbook

/// The square root of a number, by gradient descent on (x² − a)².
struct SquareRoot: Experiment {
  let about = About(
    "ch04/square-root", Section("4.4.1", ja: "勾配法", en: "Gradient descent"),
    en: "A square root by gradient descent", ja: "勾配法で平方根を求める")
  @Setting("a", in: 0...100, en: "the number", ja: "平方根を求める数") var a = 2.0
  @Setting("lr", in: 0...1, en: "learning rate η", ja: "学習率 η") var lr = 0.05
  @Setting("steps", in: 1...1000, en: "steps", ja: "ステップ数") var steps = 20

  func run(_ lab: Lab) throws -> Outcome {
    var x = [1.0]
    for i in 0..<steps { x.append(x[i] - lr * 4 * x[i] * (x[i] * x[i] - a)) }
    lab.say(en: "the root of \(a) is \(x[steps])", ja: "\(a) の平方根は \(x[steps])")
    let panel = Panel(x: Axis("steps"), y: Axis("x"), legend: .none, [.line(.init(values: x))])
    return Outcome(["root": [x[steps]]], pictures: [Picture("square-root", Figure("x² = \(a)", panel))])
  }
}
