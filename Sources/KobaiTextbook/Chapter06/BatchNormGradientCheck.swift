import Kobai
import KobaiReport

/// The backward pass of batch normalisation against central differences, in a network with two such layers.
///
/// Kobai's kernels work in single precision, so that the differences are those of floats, a few 1e-4 of the gradient;
/// the book's are 1e-7 and smaller because it works in double precision (`LayerGradientTests` compares with doubles).
public struct BatchNormGradientCheck: Experiment {
  public let about = About(
    "ch06/batch-norm-gradient-check", .batchNormAlgorithm, en: "Gradient check with batch normalisation",
    ja: "Batch Normalizationの勾配確認", usesDigits: true)
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let digits = lab.digits
    let network = try Network(
      input: [1, digits.train.size.height, digits.train.size.width], batch: 20,
      MultiLayerNet(hidden: [12, 10], classes: digits.classes, batchNorm: true), seed: lab.seed, kernels: lab.kernels)
    let batch = try Batch(digits.train, (0..<20).map { $0 }, kernels: lab.kernels)
    let loss = SoftmaxCrossEntropy(kernels: lab.kernels)
    func value() throws -> Double {
      Double(try loss.evaluate(try network.forward(batch.images, .training(step: 0)), batch.labels, gradient: nil))
    }
    _ = try loss.evaluate(
      try network.forward(batch.images, .training(step: 0)), batch.labels, gradient: network.outputGradient)
    try network.backward()
    var figures: [String: [Double]] = [:]
    for parameter in network.parameters.all {
      let gradient = parameter.gradient.elements
      let scale = gradient.map { Double(abs($0)) }.max() ?? 1
      var total = 0.0
      let some = stride(from: 0, to: parameter.value.count, by: max(1, parameter.value.count / 40))
      var count = 0
      for i in some {
        let old = parameter.value.elements[i]
        let h: Float = 1e-2  // large enough that a float sees the difference
        parameter.value.set(i, old + h)
        let above = try value()
        parameter.value.set(i, old - h)
        let below = try value()
        parameter.value.set(i, old)
        total += abs((above - below) / Double(2 * h) - Double(gradient[i]))
        count += 1
      }
      let mean = total / Double(count)
      figures[parameter.name] = [mean, scale]
      lab.say("\(parameter.name):\(mean)")
    }
    return Outcome(figures)
  }
}

extension Tensor {
  /// Overwrites one element.
  func set(_ index: Int, _ value: Float) {
    var span = mutableSpan
    span[index] = value
  }
}
