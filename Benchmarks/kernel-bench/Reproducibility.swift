import Kobai
import KobaiFiles

/// An update rule with its defaults, but for a weight decay, which all of them take.
enum BenchOptimizer: String, CaseIterable {
  case sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw, muon

  var rule: any Optimizer {
    let decay: Float = 1e-4
    return switch self {
    case .sgd: SGD(weightDecay: decay)
    case .momentum: Momentum(weightDecay: decay)
    case .nesterov: Nesterov(weightDecay: decay)
    case .adagrad: AdaGrad(weightDecay: decay)
    case .rmsprop: RMSProp(weightDecay: decay)
    case .adam: Adam(weightDecay: decay)
    case .adamw: AdamW(weightDecay: decay)
    case .muon: Muon(weightDecay: decay)
    }
  }
}

/// The training whose bits have to be the same everywhere: three steps of a network that has a name, with dropout where it
/// takes some, on random images.
struct ReproducibleTraining {
  static let steps = 3
  private static let batch = 8

  let network: NetworkName
  let optimizer: BenchOptimizer

  static let all = NetworkName.allCases.flatMap { network in
    BenchOptimizer.allCases.map { ReproducibleTraining(network: network, optimizer: $0) }
  }

  private var input: Shape { network == .resnet || network == .vgg ? [3, 32, 32] : [1, 28, 28] }

  /// The first 16 digits of the SHA-256 of the trained weights.
  func digest(_ kernels: Kernels) throws -> String {
    let architecture = network.architecture(classes: 10, dropout: network.hasDropout ? 0.2 : nil)
    let network = try Network(input: input, batch: Self.batch, architecture, seed: 1, kernels: kernels)
    let (loss, labels) = (SoftmaxCrossEntropy(labelSmoothing: 0.1), Labels((0..<Self.batch).map { $0 % 10 }))
    var optimizer = optimizer.rule
    for step in 1...Self.steps {
      let images = randomFloats(Self.batch * input.count, step).reshaped(input.batched(Self.batch))
      let outputs = try network.forward(images, .training(step: step))
      _ = try loss.evaluate(outputs, labels, gradient: network.outputGradient, on: kernels)
      try network.backward()
      try optimizer.step(network.parameters)
    }
    return String(network.weightsSHA256.prefix(16))
  }

  /// One digest of many: what a line of the documentation's table shows.
  static func summary(_ digests: [String]) -> String {
    String(SHA256.hexDigest(of: Array(digests.joined(separator: "\n").utf8)).prefix(16))
  }
}
