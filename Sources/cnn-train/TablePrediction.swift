import ArgumentParser
import Foundation
import KobaiCommand
import KobaiInference
import Rainbow

/// Prints what a network makes of the rows of CSV files, a line each.
struct TablePrediction {
  private let model: Model
  private let isQuiet: Bool

  init(_ model: Model, isQuiet: Bool) { (self.model, self.isQuiet) = (model, isQuiet) }

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
          print(isQuiet ? "\(name): \(model.answer(prediction))" : "\(name.bold)  \(words(prediction))")
        }
      } catch {
        complaint("\(error)")
        isComplete = false
      }
    }
    if !isComplete { throw ExitCode.failure }
  }

  private func words(_ prediction: Model.Prediction) -> String {
    switch model.card.task {
    case .classification:
      let shares = prediction.ranking.prefix(4).map { "\($0.name)  \(Double($0.probability).percent)" }
      return (shares.prefix(1).map(\.bold) + shares.dropFirst().map(\.dim)).joined(separator: "   ")
    case .multiLabel:
      return model.labels(prediction).map {
        let share = "\($0.name)  \(Double($0.probability).percent)"
        return $0.isThere ? share.bold : share.dim
      }.joined(separator: "   ")
    case .regression, .reconstruction:
      return model.numbers(prediction).map { "\($0.name)  \($0.text.bold)" }.joined(separator: "   ")
    }
  }
}
