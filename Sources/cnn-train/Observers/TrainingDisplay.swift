import Foundation
import Kobai
import KobaiCommand
import KobaiData
import KobaiReport
import KobaiTraining
import Rainbow

/// Shows a training to a person.
final class TrainingDisplay: RunObserver {
  private let console: Console
  private let training: ConfiguredTraining
  private var configuration: TrainingConfiguration { training.configuration }
  private let start = ContinuousClock.now
  private var samples = 0
  private var firstStep: Int?
  private var smoothedLoss = Float.nan

  init(_ console: Console, _ training: ConfiguredTraining) {
    (self.console, self.training) = (console, training)
  }

  /// Shows the data, the machine, the configuration and the network, before the training.
  func describeTraining() {
    let (data, network, kernels) = (training.data, training.network, training.network.kernels)
    let quota = Processors.current.quota.map { " (the CPU quota is \(String(format: "%g", $0)))" } ?? ""
    console.field("data", data.description(validation: training.validationCount))
    if let columns = data.encoding?.targetColumns, !columns.isEmpty {
      let hint = configuration.target == nil ? " (--target names another column, --task another task)" : ""
      console.field("target", "\(columns.listed): \(training.task)\(hint)")
    }
    if training.showsMistakes, let notice = data.images?.noticeOfUntrainedClasses(training.trainingIndices) {
      console.line(notice.yellow)
    }
    console.field(
      "machine",
      "\(kernels.instructionSet.rawValue), \(kernels.threads) thread\(kernels.threads == 1 ? "" : "s")\(quota), "
        + "precision \(kernels.precision.rawValue)"
    )
    for notice in kernels.notices(wanted: configuration.precision) { console.line(notice.yellow) }
    console.field("training", configuration.summary)
    console.line()
    for line in table(of: network, columns: Terminal.columns) { console.line(line) }
    console.line()
  }

  /// Says where a training is resumed, and what more epochs than planned mean for it.
  ///
  /// - Parameters:
  ///   - planned: the configuration that the checkpoint was made with.
  ///   - folder: where this training writes its checkpoints.
  func describe(_ checkpoint: Checkpoint, of planned: TrainingConfiguration, _ folder: CheckpointFolder?) {
    console.line("going on from \(checkpoint.path), after \(checkpoint.progress.step.grouped) steps".yellow)
    if let folder, !folder.replaced.isEmpty {
      console.line(
        ("the first checkpoint replaces \(folder.replaced.listed) of \(folder.path), which went another way on from here; "
          + "to keep that, name another --checkpoint-dir").yellow)
    }
    if configuration.epochs > planned.epochs && configuration.learningRateSchedule.dependsOnLength {
      console.line(
        ("the \(configuration.schedule.rawValue) rate depends on the number of epochs: from here on it is that of a training of "
          + "\(configuration.epochs), up to here it was that of one of \(planned.epochs)").yellow)
    }
    if checkpoint.progress.epoch >= configuration.epochs {
      console.line("all \(configuration.epochs) epochs are done; a larger number for --epochs goes on".yellow)
    }
  }

  func stepEnded(_ step: Trainer.Step, _ trainer: Trainer) {
    samples += step.samples
    let first = firstStep ?? step.index
    firstStep = first
    smoothedLoss = smoothedLoss.isNaN ? step.loss : 0.95 * smoothedLoss + 0.05 * step.loss
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    let (done, left) = (step.index + 1 - first, step.totalSteps - step.index - 1)
    console.bar(
      Double(step.index + 1) / Double(step.totalSteps), "epoch \(step.epoch + 1)/\(configuration.epochs)",
      "loss \(String(format: "%.4f", smoothedLoss))  \(Int(Double(samples) / elapsed).grouped) \(training.data.sampleName)/s  "
        + "\(minutes(elapsed / Double(done) * Double(left))) left")
  }

  /// Prints a line for the epoch with the most telling numbers first: where the columns are too few, those at the end are
  /// left out.
  func epochEnded(_ epoch: EpochRecord, _ trainer: Trainer) {
    let width = String(configuration.epochs).count
    func text(_ samples: String, _ values: MetricValues) -> String? {
      guard let metric = trainer.metrics.first, let value = values[metric.name] else { return nil }
      let name = metric is Accuracy ? "" : "\(metric.name) "  // a percentage needs no name
      return "\(samples) \(name)\(metric.text(value))"
    }
    let evaluation = epoch.evaluation.map { score in
      text(score.set.rawValue, score.metrics) ?? "\(score.set.rawValue) loss \(String(format: "%.4f", score.loss))"
    }
    let parts: [String?] = [
      "epoch \(String(format: "%\(width)d", epoch.number))/\(configuration.epochs)",
      "loss \(String(format: "%.4f", epoch.trainLoss))", text("train", epoch.trainMetrics), evaluation,
      "\(Int(epoch.samplesPerSecond).grouped) \(training.data.sampleName)/s",
    ]
    let columns = Terminal.columns
    let shown =
      [parts, parts.dropLast(), [parts[0], evaluation]].map { $0.compactMap(\.self).joined(separator: "  ") }
      .first { $0.count <= columns } ?? parts[0] ?? ""
    console.line(shown)
  }

  func runEnded(_ outcome: RunOutcome) {
    let (result, evaluation) = (outcome.result, outcome.evaluation)
    switch result.ending {
    case .finished: break
    case .stopped: console.line("stopped after \(result.steps.grouped) steps, as asked".yellow)
    case .patienceExhausted(let best): console.line("no better since epoch \(best), whose weights are kept")
    }
    console.line()
    printResult(evaluation, training.trainer.metrics, console)
    console.line(
      "trained on \(result.samples.grouped) \(training.data.sampleName) in "
        + "\(String(format: result.seconds < 1 ? "%.3f" : "%.1f", result.seconds)) s, "
        + "\(Int(Double(result.samples) / result.seconds).grouped) \(training.data.sampleName)/s")
    if let confusion = evaluation.confusion, let classNames = training.data.classNames {
      console.line()
      for line in table(of: confusion, classNames, columns: Terminal.columns) { console.line(line) }
    }
    console.line()
  }
}
