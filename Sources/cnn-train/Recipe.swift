import Kobai
import KobaiData
import KobaiTraining

/// The options that decide how a training goes, with nothing left out.
struct Recipe {
  let epochs: Int
  let learningRate: Float
  let schedule: ScheduleName
  let augments: Bool

  /// With fewer images than this, a network soon knows them by heart: it sees them changed at random, for longer, and
  /// with a rate that rises and falls.
  static let fewImages = 10_000

  init(_ options: TrainOptions, trainingImages: Int) {
    let isFew = trainingImages < Self.fewImages
    epochs = options.epochs ?? (isFew ? 40 : 20)
    schedule = options.schedule ?? (isFew ? .oneCycle : .constant)
    augments = options.augment ?? isFew
    let isAdam = options.optimizer == .adam || options.optimizer == .adamw
    learningRate =
      options.learningRate ?? (isAdam && schedule == .oneCycle ? 0.003 : options.optimizer.defaultRate)
  }
}
