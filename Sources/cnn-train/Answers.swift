import Foundation
import KobaiCommand
import KobaiData
import KobaiInference

// What a prediction says, in words.
extension Model {
  /// A label is there from this probability on.
  private static let leastProbability: Float = 0.5

  /// The class, the labels that are there, or the numbers.
  func answer(_ prediction: Prediction) -> String {
    switch card.task {
    case .classification: prediction.best?.name ?? ""
    case .multiLabel: labels(prediction).filter(\.isThere).map(\.name).joined(separator: " ")
    case .regression, .reconstruction: numbers(prediction).map(\.text).joined(separator: " ")
    }
  }

  /// Every label in the order of the outputs.
  func labels(_ prediction: Prediction) -> [(name: String, probability: Float, isThere: Bool)] {
    prediction.ranking.sorted { $0.label < $1.label }
      .map { ($0.name, $0.probability, $0.probability >= Self.leastProbability) }
  }

  /// Every number with the name of its column, which only tables have; those of a reconstruction in the measure of the input.
  func numbers(_ prediction: Prediction) -> [(name: String, text: String)] {
    let isInput = card.task == .reconstruction
    let names = (isInput ? card.encoding?.inputNames : card.encoding?.targetColumns) ?? []
    let values = isInput ? card.normalization?.restored(prediction.values) ?? prediction.values : prediction.values
    return values.enumerated().map { i, value in
      (i < names.count ? Terminal.shown(names[i]) : "output \(i + 1)", String(format: "%.6g", value))
    }
  }
}
