import ArgumentParser
import Foundation
import Kobai
import KobaiCommand
import KobaiData
import KobaiFiles
import KobaiInference
import KobaiTraining
import Rainbow

/// One training from its options to its saved weights.
struct TrainingRun {
  private let options: Train
  private let console: Console
  private var output: OutputOptions { options.output }

  init(_ options: Train) {
    (self.options, console) = (options, Console(quiet: options.quiet))
  }

  func run() throws {
    let typed = try options.configuration.typed()
    let preset = options.configuration.preset
    // Whether everything can be written that is asked for is found out before the training.
    for path in [output.save, output.report].compactMap(\.self) { _ = try AtomicFile(path) }
    let checkpoint = try output.resume.map { path in
      try CheckpointFolder.latest(in: path) { warning("\($0); it is skipped") }
    }
    let recorded = try checkpoint.map { try RunManifest($0) }
    let data = try loadData(typed, resuming: recorded?.configuration, console)
    let manifest =
      try recorded?.resumed(with: typed, preset, data)
      ?? RunManifest(
        TrainingConfiguration(typed: typed, preset: preset, data: data.trainingSize), data,
        withDigest: output.checkpointDir != nil)
    let kernels = try options.machine.kernels(manifest.configuration.precision)
    let folder = try checkpointFolder(checkpoint)
    let metrics = try output.metrics.map { try MetricsFile($0) }
    let training = try ConfiguredTraining(manifest.configuration, data, kernels, resuming: checkpoint)
    if let checkpoint, !checkpoint.hasDigest { notice(unverifiedNotice(checkpoint.path)) }
    try checkpoint?.restore(training.trainer)
    let start = try options.initialWeights.map { try InitialWeights($0).load(into: training.network) }

    let weights = try output.save.map { try WeightsFile($0, for: training.network, metadata: training.metadata) }
    let recorders = try recorders(training, manifest, resuming: checkpoint, folder, metrics)
    let display = TrainingDisplay(console, training)
    display.describeTraining()
    if let start, let path = options.initialWeights {
      console.field("start", "\(path): \(start)")
      console.line()
    }
    if let checkpoint, let recorded { display.describe(checkpoint, of: recorded.configuration) }
    let observers: [any RunObserver] = [StopsWhenInterrupted(), recorders, display]
    let (outcome, kept) = try train(training, observers, weights)
    for observer in observers { try observer.runEnded(outcome) }
    if let path = output.report { console.field("report", path) }
    console.field("weights", kept.map { "saved to \($0.path)" } ?? "not saved (--save FILE keeps them)")
    console.field("sha256", outcome.weightsSHA256)
    if let kept, let failure = kept.failure { throw Failure("\(failure); the weights are in \(kept.path)") }
    if let failure = recorders.failures.first { throw Failure(failure) }
    if outcome.result.ending == .stopped { throw ExitCode(Interrupt.exitCode) }
  }

  /// Trains, saves the weights, also those of a training that failed, and tests them.
  private func train(
    _ training: ConfiguredTraining, _ observers: [any RunObserver], _ weights: WeightsFile?
  ) throws -> (RunOutcome, kept: WeightsFile.Place?) {
    let (network, test) = (training.network, training.test)
    let result: Trainer.Result
    Interrupt.trainingBegins()
    do {
      result = try training.trainer.run(observers: observers)
    } catch {
      guard let kept = try weights?.save(network) else { throw error }
      throw Failure("\(error); they are in \(kept.path)")
    }
    let kept = try weights?.save(network)  // first of all: what fails from here on does not cost the weights
    let evaluator = Evaluator(network, task: training.task)
    let outcome = RunOutcome(
      result, try evaluator.evaluate(test), weightsSHA256: network.weightsSHA256,
      mistakes: { training.showsMistakes ? try evaluator.mistakes(test) : [] })
    return (outcome, kept)
  }

  /// Everything that writes the training down.
  private func recorders(
    _ training: ConfiguredTraining, _ manifest: RunManifest, resuming checkpoint: Checkpoint?,
    _ folder: CheckpointFolder?, _ metrics: MetricsFile?
  ) throws -> Recorders {
    let observers: [(any RunObserver)?] = [
      metrics.map { MetricsWriter($0, training, earlier: manifest.epochs) },
      try output.logDir.map { try EventLog($0, training, resuming: checkpoint?.progress) },
      try folder.map {
        try CheckpointWriter($0, manifest, every: output.checkpointEvery, metadata: training.metadata)
      },
      output.report.map { ReportPage($0, training, earlier: manifest.epochs) },
    ]
    return Recorders(observers.compactMap(\.self)) { console.line($0.yellow) }
  }

  /// The folder for checkpoints: the one that was asked for, else the one that the training is resumed from.
  private func checkpointFolder(_ resumed: Checkpoint?) throws -> CheckpointFolder? {
    let folder =
      output.checkpointDir
      ?? output.resume.map { $0.hasSuffix(".safetensors") ? ($0 as NSString).deletingLastPathComponent : $0 }
    return try folder.map {
      try CheckpointFolder($0.isEmpty ? "." : $0, keeping: output.keepCheckpoints, from: resumed)
    }
  }
}
