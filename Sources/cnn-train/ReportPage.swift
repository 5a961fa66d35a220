import Foundation
import Kobai
import KobaiData
import KobaiFiles
import KobaiReport
import KobaiTraining

/// Gathers what is known of a training into one page.
struct ReportPage {
  let recipe: Recipe
  let data: Dataset
  let trainer: Trainer
  let epochs: [EpochMetrics]
  let result: Trainer.Result
  let evaluation: Evaluation
  let mistakes: [Prediction]

  func write(to path: String) throws {
    let (network, kernels) = (trainer.network, trainer.network.kernels)
    let name = "\(recipe.model.rawValue) on \(data.name)"
    var report = TrainingReport(title: "Training \(name)", date: Self.now)
    report.summary = .init(
      testAccuracy: evaluation.accuracy, seconds: result.seconds,
      imagesPerSecond: Double(result.images) / result.seconds, parameters: network.parameters.count)
    report.options = [("data", data.name)] + recipe.fields.map { ($0.name, $0.value) }
    report.machine = [
      ("system", ProcessInfo.processInfo.operatingSystemVersionString),
      ("processors", "\(ProcessInfo.processInfo.processorCount)"),
      ("instruction set", kernels.instructionSet.rawValue), ("threads", "\(kernels.threads)"),
      ("precision", kernels.precision.rawValue), ("weights' SHA-256", network.weightsSHA256),
    ]
    report.evaluationName = epochs.contains { $0.validationLoss != nil } ? "validation" : "test"
    report.epochs = epochs.map {
      .init(
        number: $0.epoch, trainLoss: $0.trainLoss, trainAccuracy: $0.trainAccuracy,
        loss: $0.validationLoss ?? $0.testLoss, accuracy: $0.validationAccuracy ?? $0.testAccuracy,
        imagesPerSecond: $0.imagesPerSecond)
    }
    report.learningRates = (0..<result.steps).map { Double(trainer.learningRate(atStep: $0)) }
    let confusion = evaluation.confusion
    let classes = 0..<confusion.classes
    report.confusion = .init(
      classes: data.classNames.names, counts: classes.map { label in classes.map { confusion[label, $0] } })
    report.layers = network.summary.map {
      .init(name: $0.name, description: $0.description, output: $0.output.description, parameters: $0.parameters)
    }
    report.filters = network.filterPictures()
    report.mistakes = mistakes.map {
      .init(
        picture: data.test.picture($0.index), label: data.classNames[$0.label], prediction: data.classNames[$0.answer],
        probability: Double($0.probabilities[$0.answer]))
    }
    try AtomicFile.write(Array(report.html.utf8), to: path)
  }

  private static var now: String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "yyyy-MM-dd HH:mm"
    return formatter.string(from: Date())
  }
}
