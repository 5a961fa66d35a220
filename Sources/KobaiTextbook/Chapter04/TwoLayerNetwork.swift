import KobaiReport
import KobaiScratch

/// Training with the numerical gradient works, but it takes two passes for every single weight.
public struct TwoLayerNetwork: Experiment {
  public let about = About(
    "ch04/two-layer-net", .twoLayerNet, en: "A few steps by numerical gradient, timed against backpropagation",
    ja: "数値勾配による数ステップの学習と、誤差逆伝播法との速度比較", usesDigits: true)
  @Setting("lr", in: 0...10, en: "learning rate", ja: "学習率") var lr = 0.1
  @Setting("steps", in: 1...100, en: "steps", ja: "ステップ数") var steps = 3
  @Setting("hidden", in: 1...100, en: "hidden units", ja: "隠れ層のニューロン数") var hidden = 5
  @Setting("batch", in: 1...100, en: "images in the batch", ja: "バッチサイズ") var batch = 3
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let (x, labels) = lab.firstDigits(batch)
    let numerical = lab.twoLayerNet(hidden: hidden, activation: .sigmoid)
    let analytic = lab.twoLayerNet(hidden: hidden, activation: .sigmoid)
    var sgd = SGD(lr: lr)
    var (losses, other) = ([numerical.loss(x, labels)], [Double]())
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
