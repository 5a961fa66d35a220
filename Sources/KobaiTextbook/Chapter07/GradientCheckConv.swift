import Kobai
import KobaiReport

/// The gradient of a small SimpleConvNet against central differences, in single precision: see
/// ``BatchNormGradientCheck`` for what that means for the sizes.
public struct GradientCheckConv: Experiment {
  public let about = About(
    "ch07/gradient-check", .cnn, en: "Gradient check of SimpleConvNet", ja: "SimpleConvNetの勾配確認")
  @Setting("h", in: 1e-6...1, en: "h of the central difference", ja: "中心差分の h") var h = 1e-3
  @Setting("filters", in: 1...64, en: "filters", ja: "フィルターの枚数") var filters = 10
  @Setting("hidden", in: 1...1000, en: "hidden units", ja: "隠れ層のニューロン数") var hidden = 10
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let network = try Network(
      input: [1, 10, 10], batch: 1, SimpleConvNet(filters: filters, kernel: 3, hidden: hidden), seed: lab.seed,
      kernels: lab.kernels)
    let x = Tensor([1, 1, 10, 10], lab.floats(100, stream: 99))
    let labels = Labels([1])
    let loss = SoftmaxCrossEntropy()
    _ = try loss.evaluate(
      try network.forward(x, .training(step: 0)), labels, gradient: network.outputGradient,
      on: lab.kernels)
    try network.backward()
    func value() throws -> Double {
      Double(try loss.evaluate(try network.forward(x, .training(step: 0)), labels, gradient: nil, on: lab.kernels))
    }
    var figures: [String: [Double]] = [:]
    for parameter in network.parameters.all {
      let mean = try meanGradientError(parameter, samples: 60, step: Float(h), loss: value)
      figures[parameter.name] = [mean]
      lab.say("\(parameter.name) \(mean)")
    }
    lab.explainSinglePrecision(loss: try value(), step: h)
    return Outcome(figures)
  }
}
