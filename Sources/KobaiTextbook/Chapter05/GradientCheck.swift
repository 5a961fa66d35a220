import KobaiReport
import KobaiScratch

/// Is backpropagation right? The numerical gradient, slow but simple, is the judge.
///
/// y − t is the gradient of −log y, not of −log(y + 1e-7): with the 1e-7 of section 4.2.4 the two differ by 1.4e-7 in b2,
/// ten thousand times more than backpropagation's own error. So the check leaves it out.
public struct GradientCheck: Experiment {
  public let about = About(
    "ch05/gradient-check", .gradientCheck, en: "Backpropagation against the numerical gradient, parameter by parameter",
    ja: "誤差逆伝播法と数値微分で求めた勾配の比較（パラメータごと）", usesDigits: true)
  @Setting("hidden", in: 1...200, en: "hidden units", ja: "隠れ層のニューロン数") var hidden = 50
  @Setting("batch", in: 1...100, en: "images in the batch", ja: "バッチサイズ") var batch = 3
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let (x, labels) = try lab.firstDigits(batch)
    let network = lab.twoLayerNet(hidden: hidden, activation: .relu, lossEpsilon: 0)
    lab.report(0.1, lab.words(en: "numerical gradient", ja: "数値勾配"))
    let numerical = network.numericalGradient(x, labels)
    let backpropagated = network.gradient(x, labels)
    var figures: [String: [Double]] = [:]
    for (name, gradient) in backpropagated {
      let mean = abs(gradient - (numerical[name] ?? .zeros(like: gradient))).mean()
      figures[name] = [mean]
      lab.say("\(name):\(mean)")
    }
    return Outcome(figures)
  }
}
