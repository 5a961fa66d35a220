import KobaiReport
import KobaiScratch

/// Training with the numerical gradient works, but it takes two passes for every single weight.
public struct TwoLayerNetwork: Experiment {
  public let about = About(
    "ch04/two-layer-net", .twoLayerNet, en: "A few steps by numerical gradient, timed against backpropagation",
    ja: "数値勾配による数ステップの学習と、誤差逆伝播法との速度比較", usesDigits: true)
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let (x, labels) = lab.firstDigits(3)
    let numerical = lab.twoLayerNet(hidden: 5, activation: .sigmoid)
    let analytic = lab.twoLayerNet(hidden: 5, activation: .sigmoid)
    var sgd = SGD(lr: 0.1)
    var (losses, other) = ([numerical.loss(x, labels)], [Double]())
    let steps = 3
    let start = ContinuousClock.now
    for i in 1...steps {
      sgd.update(numerical.params, numerical.numericalGradient(x, labels))
      losses.append(numerical.loss(x, labels))
      lab.report(Double(i) / Double(steps), "numerical gradient")
    }
    let slow = (ContinuousClock.now - start) / .seconds(1) / Double(steps)
    let middle = ContinuousClock.now
    for _ in 0..<steps {
      sgd.update(analytic.params, analytic.gradient(x, labels))
      other.append(analytic.loss(x, labels))
    }
    let quick = (ContinuousClock.now - middle) / .seconds(1) / Double(steps)
    lab.say("loss: " + losses.map { $0.fixed(6) }.joined(separator: " -> "))
    lab.say(
      en:
        "a step takes \((slow * 1e3).fixed(1)) ms by numerical gradient, \((quick * 1e3).fixed(2)) ms by backpropagation: \((slow / quick).fixed(0)) times",
      ja: "1ステップ：数値勾配 \((slow * 1e3).fixed(1)) ms、誤差逆伝播法 \((quick * 1e3).fixed(2)) ms、\((slow / quick).fixed(0)) 倍")
    return Outcome(["losses": losses, "backpropagation": other, "ratio": [slow / quick]])
  }
}
