import ArgumentParser
import Kobai
import KobaiData
import KobaiTraining

extension NetworkName: ExpressibleByArgument {}

extension LearningTask.Kind: ExpressibleByArgument {}

/// The update rules by name, with their default learning rates.
enum OptimizerName: String, CaseIterable, Codable, ExpressibleByArgument {
  case sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw, muon

  var defaultRate: Float {
    switch self {
    case .sgd, .momentum, .nesterov, .adagrad: 0.01
    case .rmsprop, .adam, .adamw: 0.001
    case .muon: 0.02
    }
  }

  /// Whether the rule has Adam's two means.
  var hasBetas: Bool { self == .adam || self == .adamw }
}

/// The learning-rate schedules by name.
enum ScheduleName: String, CaseIterable, Codable, ExpressibleByArgument {
  case constant, step, cosine, triangular
  case oneCycle = "one-cycle"

  /// - Parameters:
  ///   - share: the share of the steps in which the rate rises, for those that rise.
  ///   - annealing: how one-cycle rises and falls.
  func schedule(rising share: Float?, annealing: Schedule.Annealing?) -> Schedule {
    switch self {
    case .constant: .constant
    case .step: .step()
    case .cosine: .cosine
    case .oneCycle: .oneCycle(warmup: share ?? 0.3, annealing: annealing ?? .cosine)
    case .triangular: .triangular(warmup: share ?? 0.3)
    }
  }
}

extension Schedule.Annealing: ExpressibleByArgument {}

extension ImagePadding: ExpressibleByArgument {}

extension Precision: ExpressibleByArgument, Codable {}

extension StoredOrientation: ExpressibleByArgument {}

let orientationHelp =
  "How images of IDX files stand: upright, transposed, or auto, which is transposed in files called emnist-…."
let classNamesHelp =
  "What the classes are called, as in a,b,c; or a file with a name a line, or \"label code\" as in EMNIST's mapping."
