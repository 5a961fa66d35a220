import KobaiReport
import KobaiScratch

/// A network of one layer, its loss, and the gradient of the loss with respect to its weights.
public struct GradientSimpleNet: Experiment {
  public let about = About(
    "ch04/gradient-simplenet", .networkGradient, en: "The gradient of a tiny network's loss",
    ja: "簡単なニューラルネットワークの損失と、重みに関する勾配")
  @Setting("h", in: 1e-15...1, en: "h of the central difference", ja: "中心差分の h") var h = 1e-4
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    // The book draws the weights at random; these are the ones that it prints.
    let w = NDArray([[0.47355232, 0.9977393, 0.84668094], [0.85557411, 0.03563661, 0.69422093]])
    let x = NDArray([0.6, 0.9])
    let p = dot(x, w)
    lab.say("p = \(p), argmax \(p.argmax())")
    func loss(_ w: NDArray) -> Double { crossEntropyError(softmax(dot(x, w)), [0, 0, 1] as NDArray) }
    let value = loss(w)
    lab.say(en: "loss = \(value)", ja: "損失 = \(value)")
    let gradient = numericalGradient(loss, w, h: h)
    lab.say("dW =\n\(gradient)")
    return Outcome(["p": p.elements, "loss": [value], "dW": gradient.elements])
  }
}
