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
  // Large enough that a float sees the difference.
  @Setting("h", in: 1e-6...1, en: "h of the central difference", ja: "中心差分の h") var h = 1e-2
  @Setting("batch", in: 2...1000, en: "images in the batch", ja: "バッチサイズ") var batchSize = 20
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let digits = lab.digits
    let network = try lab.network(
      MultiLayerNet(hidden: [12, 10], classes: digits.classes, batchNorm: true), batch: batchSize)
    let batch = try Batch(digits.train, (0..<Int32(batchSize)).map { $0 }, kernels: lab.kernels)
    let loss = SoftmaxCrossEntropy()
    func value() throws -> Double {
      Double(
        try loss.evaluate(
          try network.forward(batch.images, .training(step: 0)), batch.labels, gradient: nil, on: lab.kernels))
    }
    _ = try loss.evaluate(
      try network.forward(batch.images, .training(step: 0)), batch.labels, gradient: network.outputGradient,
      on: lab.kernels)
    try network.backward()
    var figures: [String: [Double]] = [:]
    for parameter in network.parameters.all {
      let largest = parameter.gradient.elements.map { Double(abs($0)) }.max() ?? 1
      let mean = try meanGradientError(parameter, samples: 40, step: Float(h), loss: value)
      figures[parameter.name] = [mean, largest]
      lab.say("\(parameter.name):\(mean)")
    }
    lab.explainSinglePrecision(loss: try value(), step: h)
    return Outcome(figures)
  }
}
