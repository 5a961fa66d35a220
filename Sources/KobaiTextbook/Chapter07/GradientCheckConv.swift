import Kobai
import KobaiReport

/// The gradient of a small SimpleConvNet against central differences, in single precision: see
/// ``BatchNormGradientCheck`` for what that means for the sizes.
public struct GradientCheckConv: Experiment {
  public let about = About(
    "ch07/gradient-check", .cnn, en: "Gradient check of SimpleConvNet", ja: "SimpleConvNetの勾配確認")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let network = try Network(
      input: [1, 10, 10], batch: 1, SimpleConvNet(filters: 10, kernel: 3, hidden: 10), seed: lab.seed,
      kernels: lab.kernels)
    let x = Tensor([1, 1, 10, 10], lab.floats(100, stream: 99))
    let labels = Labels([1])
    let loss = SoftmaxCrossEntropy(kernels: lab.kernels)
    _ = try loss.evaluate(try network.forward(x, .training(step: 0)), labels, gradient: network.outputGradient)
    try network.backward()
    func value() throws -> Double {
      Double(try loss.evaluate(try network.forward(x, .training(step: 0)), labels, gradient: nil))
    }
    let step: Float = 1e-3
    var figures: [String: [Double]] = [:]
    for parameter in network.parameters.all {
      let mean = try meanGradientError(parameter, samples: 60, step: step, loss: value)
      figures[parameter.name] = [mean]
      lab.say("\(parameter.name) \(mean)")
    }
    lab.explainSinglePrecision(loss: try value(), step: step)
    return Outcome(figures)
  }
}
