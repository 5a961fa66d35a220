import Foundation
import Kobai
import KobaiData
import KobaiFiles
import KobaiReport
import KobaiTraining

/// Writes a page about the whole training when it is over.
final class ReportPage: RunObserver {
  private let path: String
  private let training: ConfiguredTraining
  private let replacedPlans: [RunManifest.ReplacedPlan]
  private var epochs: [EpochRecord]

  /// - Parameter manifest: what is known of the training before the checkpoint that it is resumed from.
  init(_ path: String, _ training: ConfiguredTraining, _ manifest: RunManifest) {
    (self.path, self.training, epochs) = (path, training, manifest.epochs)
    replacedPlans = manifest.replacedPlans ?? []
  }

  func epochEnded(_ epoch: EpochRecord, _ trainer: Trainer) { epochs.append(epoch) }

  func runEnded(_ outcome: RunOutcome) throws {
    try AtomicFile.write(Array(report(outcome).html.utf8), to: path)
  }

  private func report(_ outcome: RunOutcome) throws -> TrainingReport {
    let (configuration, data, network) = (training.configuration, training.data, training.network)
    let (result, evaluation, kernels) = (outcome.result, outcome.evaluation, network.kernels)
    let name = "\(configuration.networkName) on \(data.name)"
    var report = TrainingReport(title: "Training \(name)", date: Self.now)
    (report.metrics, report.sampleName) = (training.trainer.metrics, data.sampleName)
    report.summary = .init(
      testMetrics: evaluation.metrics, seconds: result.seconds,
      samplesPerSecond: Double(result.samples) / result.seconds, parameters: network.parameters.count)
    report.options = [("data", data.name)] + configuration.options
    report.machine = [
      ("system", ProcessInfo.processInfo.operatingSystemVersionString),
      ("processors", "\(ProcessInfo.processInfo.processorCount)"),
      ("instruction set", kernels.instructionSet.rawValue), ("threads", "\(kernels.threads)"),
      ("precision", kernels.precision.rawValue), ("weights' SHA-256", outcome.weightsSHA256),
    ]
    report.epochs = epochs
    report.learningRates = (0..<result.steps).map { step in
      let plan = replacedPlans.first { step < $0.end }
      return Double(training.trainer.learningRate(atStep: step, ofEpochs: plan?.epochs ?? configuration.epochs))
    }
    if let confusion = evaluation.confusion, let classNames = data.classNames {
      report.confusion = .init(classNames: classNames.names, confusion)
    }
    report.layers = network.summary.map {
      .init(name: $0.name, description: $0.description, output: $0.output.description, parameters: $0.parameters)
    }
    report.filters = network.filterPictures()
    if let images = data.images, let classNames = data.classNames {
      report.mistakes = try outcome.mistakes().map {
        .init(
          picture: images.test.picture($0.index), label: classNames[$0.label],
          prediction: classNames[$0.predictedLabel], probability: Double($0.probabilities[$0.predictedLabel]))
      }
    }
    try report.show(training, evaluation)
    return report
  }

  private static var now: String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "yyyy-MM-dd HH:mm"
    return formatter.string(from: Date())
  }
}
