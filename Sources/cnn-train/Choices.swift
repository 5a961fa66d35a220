import ArgumentParser
import Kobai
import KobaiData
import KobaiTraining

/// The networks.
enum Model: String, CaseIterable, Codable, ExpressibleByArgument {
  case simple, deep, sprint, mlp, softmax

  /// Whether a dropout rate makes a difference.
  var hasDropout: Bool { self != .softmax }

  /// The network for so many classes.
  func architecture(classes: Int, dropout: Float?) -> any Architecture {
    switch self {
    case .simple: SimpleConvNet(classes: classes, dropout: dropout ?? 0)
    case .deep: DeepConvNet(classes: classes, dropout: dropout ?? 0.5)
    case .sprint: SprintConvNet(classes: classes, dropout: dropout ?? 0)
    case .mlp: MultiLayerNet(classes: classes, dropout: dropout ?? 0)
    case .softmax: SoftmaxRegression(classes: classes)
    }
  }
}

/// The update rules, with their defaults.
enum OptimizerName: String, CaseIterable, Codable, ExpressibleByArgument {
  case sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw

  var defaultRate: Float {
    switch self {
    case .sgd, .momentum, .nesterov, .adagrad: 0.01
    case .rmsprop, .adam, .adamw: 0.001
    }
  }

  /// Whether it has Adam's two means.
  var hasBetas: Bool { self == .adam || self == .adamw }

  func make(learningRate rate: Float, weightDecay decay: Float, betas: (Float, Float)) -> any Optimizer {
    switch self {
    case .sgd: SGD(learningRate: rate, weightDecay: decay)
    case .momentum: Momentum(learningRate: rate, weightDecay: decay)
    case .nesterov: Nesterov(learningRate: rate, weightDecay: decay)
    case .adagrad: AdaGrad(learningRate: rate, weightDecay: decay)
    case .rmsprop: RMSProp(learningRate: rate, weightDecay: decay)
    case .adam: Adam(learningRate: rate, betas: betas, weightDecay: decay)
    case .adamw: AdamW(learningRate: rate, betas: betas, weightDecay: decay)
    }
  }
}

/// How the learning rate changes.
enum ScheduleName: String, CaseIterable, Codable, ExpressibleByArgument {
  case constant, step, cosine, triangular
  case oneCycle = "one-cycle"

  var schedule: Schedule {
    switch self {
    case .constant: .constant
    case .step: .step()
    case .cosine: .cosine
    case .oneCycle: .oneCycle()
    case .triangular: .triangular()
    }
  }
}

extension Precision: ExpressibleByArgument, Codable {}

extension StoredOrientation: ExpressibleByArgument {}

let orientationHelp =
  "How images of IDX files stand: upright, transposed, or auto, which is transposed in files called emnist-…."
let classNamesHelp = ArgumentHelp(
  "What the classes are called, as in a,b,c; or a file with a name a line, or \"label code\" as in EMNIST's mapping.",
  valueName: "names")
