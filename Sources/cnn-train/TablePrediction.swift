import ArgumentParser
import Foundation
import Kobai
import KobaiCommand
import KobaiData
import KobaiInference
import KobaiTraining
import Rainbow

/// Prints what a network makes of the rows of CSV files, a line each.
struct TablePrediction {
  private let model: Model
  private let encoding: TableEncoding
  private let isQuiet: Bool

  /// A label is there from this probability on.
  private static let leastProbability: Float = 0.5

  init(_ path: String, _ saved: SavedModel, isQuiet: Bool) throws {
    guard let encoding = saved.card.encoding else { throw Failure("\(path): its network was trained on no table") }
    model = try Model(contentsOf: path, batch: 100, kernels: .fromEnvironment(threads: 1), card: saved.card)
    (self.encoding, self.isQuiet) = (encoding, isQuiet)
  }

  /// Predicts for all rows of all files; of a file that cannot be read none, and the exit code is 1.
  func run(_ paths: [String]) throws {
    var isComplete = true
    for path in paths {
      do {
        for (row, prediction) in try model.predict(table: path).enumerated() {
          guard prediction.values.allSatisfy(\.isFinite) else {
            throw Failure("\(path): the network's outputs for row \(row + 1) are no numbers")
          }
          let name = Terminal.shown("\(path)[\(row)]")
          print(isQuiet ? "\(name): \(answer(prediction))" : "\(name.bold)  \(words(prediction))")
        }
      } catch {
        complaint("\(error)")
        isComplete = false
      }
    }
    if !isComplete { throw ExitCode.failure }
  }

  /// The class, the labels that are there, or the numbers.
  private func answer(_ prediction: Model.Prediction) -> String {
    switch model.card.task {
    case .classification: prediction.best?.name ?? ""
    case .multiLabel: labels(prediction).filter(\.isThere).map(\.name).joined(separator: " ")
    case .regression, .reconstruction: numbers(prediction).map(\.text).joined(separator: " ")
    }
  }

  private func words(_ prediction: Model.Prediction) -> String {
    switch model.card.task {
    case .classification:
      let shares = prediction.ranking.prefix(4).map { "\($0.name)  \(Double($0.probability).percent)" }
      return (shares.prefix(1).map(\.bold) + shares.dropFirst().map(\.dim)).joined(separator: "   ")
    case .multiLabel:
      return labels(prediction).map {
        let share = "\($0.name)  \(Double($0.probability).percent)"
        return $0.isThere ? share.bold : share.dim
      }.joined(separator: "   ")
    case .regression, .reconstruction:
      return numbers(prediction).map { "\($0.name)  \($0.text.bold)" }.joined(separator: "   ")
    }
  }

  /// Every label in the order of the columns.
  private func labels(_ prediction: Model.Prediction) -> [(name: String, probability: Float, isThere: Bool)] {
    prediction.ranking.sorted { $0.label < $1.label }
      .map { ($0.name, $0.probability, $0.probability >= Self.leastProbability) }
  }

  /// Every number with the name of its column; those of a reconstruction in the measure of the input.
  private func numbers(_ prediction: Model.Prediction) -> [(name: String, text: String)] {
    var (names, values) = (encoding.targetColumns, prediction.values)
    if model.card.task == .reconstruction {
      names = encoding.inputNames
      let normalization = model.card.normalization ?? .unit
      for i in values.indices {
        let channel = min(i, normalization.means.count - 1)
        values[i] = values[i] * normalization.deviations[channel] + normalization.means[channel]
      }
    }
    return zip(names, values).map { (Terminal.shown($0), String(format: "%.6g", $1)) }
  }
}
