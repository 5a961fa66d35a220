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
    var figures: [String: [Double]] = [:]
    for parameter in network.parameters.all {
      let gradient = parameter.gradient.elements
      var total = 0.0
      let places = Array(stride(from: 0, to: parameter.value.count, by: max(1, parameter.value.count / 60)))
      for i in places {
        let old = parameter.value.elements[i]
        let h: Float = 1e-3
        func value(_ change: Float) throws -> Double {
          parameter.value.set(i, old + change)
          defer { parameter.value.set(i, old) }
          return Double(try loss.evaluate(try network.forward(x, .training(step: 0)), labels, gradient: nil))
        }
        total += abs((try value(h) - value(-h)) / Double(2 * h) - Double(gradient[i]))
      }
      figures[parameter.name] = [total / Double(places.count)]
      lab.say("\(parameter.name) \(total / Double(places.count))")
    }
    return Outcome(figures)
  }
}
