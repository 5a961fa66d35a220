import KobaiReport
import KobaiScratch

/// Training with the numerical gradient works, but it takes two passes for every single weight.
public struct TwoLayerNetwork: Experiment {
  public let about = About(
    "ch04/two-layer-net", .twoLayerNet, en: "A few steps by numerical gradient, timed against backpropagation",
    ja: "数値勾配による学習を数ステップ：誤差逆伝播法との速度比較", usesDigits: true)
  @Setting("lr", in: 0...10, en: "learning rate", ja: "学習率") var lr = 0.1
  @Setting("steps", in: 1...100, en: "steps", ja: "ステップ数") var steps = 3
  // Far smaller than the book's 50 to 100 hidden units and batches of 100, with which a step would take minutes.
  @Setting("hidden", in: 1...100, en: "hidden units", ja: "隠れ層のニューロン数") var hidden = 5
  @Setting("batch", in: 1...100, en: "images in the batch", ja: "バッチサイズ") var batch = 3
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let (x, labels) = try lab.firstDigits(batch)
    let numerical = lab.twoLayerNet(hidden: hidden, activation: .sigmoid)
    let analytic = lab.twoLayerNet(hidden: hidden, activation: .sigmoid)
    let weights = numerical.params.values.reduce(0) { $0 + $1.value.count }
    lab.say(
      en:
        "\(x.shape[1]) inputs, \(hidden) hidden units, \(lab.digits.classes) outputs: \(weights) parameters, so a numerical "
        + "gradient takes \(2 * weights) forward passes of \(batch) images",
      ja: "入力層\(x.shape[1])、隠れ層\(hidden)、出力層\(lab.digits.classes)のネットワーク：パラメータは\(weights)個で、"
        + "数値勾配を1回求めるには画像\(batch)枚の順伝播が\(2 * weights)回必要")
    var sgd = SGD(lr: lr)
    var (losses, other) = ([numerical.loss(x, labels)], [Double]())
    let start = ContinuousClock.now
    for i in 1...steps {
      sgd.update(numerical.params, numerical.numericalGradient(x, labels))
      losses.append(numerical.loss(x, labels))
      lab.report(Double(i) / Double(steps), lab.words(en: "numerical gradient", ja: "数値勾配"))
    }
    let slow = (ContinuousClock.now - start) / .seconds(1) / Double(steps)
    let middle = ContinuousClock.now
    for _ in 0..<steps {
      sgd.update(analytic.params, analytic.gradient(x, labels))
      other.append(analytic.loss(x, labels))
    }
    let quick = (ContinuousClock.now - middle) / .seconds(1) / Double(steps)
    let falling = losses.map { $0.fixed(6) }
    lab.say(en: "loss: " + falling.joined(separator: " -> "), ja: "損失：" + falling.joined(separator: " → "))
    lab.say(
      en:
        "a step takes \((slow * 1e3).fixed(1)) ms by numerical gradient, \((quick * 1e3).fixed(2)) ms by backpropagation: \((slow / quick).fixed(0)) times",
      ja:
        "1ステップの所要時間：数値勾配 \((slow * 1e3).fixed(1)) ms、誤差逆伝播法 \((quick * 1e3).fixed(2)) ms（\((slow / quick).fixed(0))倍の差）"
    )
    return Outcome(["losses": losses, "backpropagation": other, "ratio": [slow / quick]])
  }
}
