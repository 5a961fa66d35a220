import KobaiData
import KobaiTraining

extension Evaluator {
  /// The number of mistakes that pages and logs show.
  static let shownMistakes = 30

  /// The first test images that the network gets wrong.
  func mistakes(_ test: Batches) throws -> [Prediction] {
    var found = 0
    return try predictions(test) { prediction in
      if !prediction.isCorrect { found += 1 }
      return !prediction.isCorrect && found <= Self.shownMistakes
    }
  }
}
