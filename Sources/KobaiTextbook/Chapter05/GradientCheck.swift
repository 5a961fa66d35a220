import KobaiReport

/// Is backpropagation right? The numerical gradient, slow but simple, is the judge.
public struct GradientCheck: Experiment {
  public let about = About(
    "ch05/gradient-check", .gradientCheck, en: "Backpropagation against the numerical gradient, parameter by parameter",
    ja: "誤差逆伝播法と数値微分の勾配の比較", usesDigits: true)
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let (x, labels) = lab.firstDigits(3)
    let network = TwoLayerNetDouble(
      inputs: x.columns, hidden: 50, outputs: lab.digits.classes, usesReLU: true, lab: lab)
    lab.report(0.1, "numerical gradient")
    let numerical = network.numericalGradients(x, labels)
    let backpropagated = network.gradients(x, labels)
    var figures: [String: [Double]] = [:]
    for (i, name) in TwoLayerNetDouble.names.enumerated() {
      let differences = zip(numerical[i], backpropagated[i]).map { abs($0 - $1) }
      let mean = differences.reduce(0, +) / Double(differences.count)
      figures[name] = [mean]
      lab.say("\(name):\(mean)")
    }
    return Outcome(figures)
  }
}
