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
  private let ranks: Ranks
  private let console: Console
  private let output: OutputOptions

  init(_ options: Train) throws {
    (self.options, ranks) = (options, try Ranks(options.ranks))
    console = Console(quiet: options.quiet, mute: !ranks.isFirst)
    output = ranks.isFirst ? options.output : options.output.readingOnly
  }

  func run() throws {
    let prepared = try ranks.prepare(prepare) { try $0.facts() }
    try train(prepared)
  }

  /// A training that has not begun, and what writes it down.
  private struct Prepared {
    let training: ConfiguredTraining
    let weights: WeightsFile?
    let recorders: Recorders
    let display: TrainingDisplay

    /// What has to be the same on all processes of a training.
    func facts() throws -> [(difference: String, digest: String)] {
      let (kernels, configuration) = (training.network.kernels, training.configuration)
      // At the highest precision alone all of them compute the same bits.
      let isa = kernels.precision == .highest ? "" : kernels.instructionSet.rawValue
      let options = configuration.options.map { "\($0.name) \($0.value)" } + ["epochs \(configuration.epochs)"]
      return [
        ("another program", try digestOfProgram()), ("another configuration", options.joined(separator: "; ")),
        ("other data", try training.data.sha256),
        ("another instruction set", isa), ("other weights", training.network.weightsSHA256),
        ("another checkpoint", "\(training.trainer.progress.step)"),
      ]
    }
  }

  private func prepare() throws -> Prepared {
    var typed = try options.configuration.typed()
    if options.ranks.distributed && output.resume == nil { typed = typed.sharded(among: ranks.communicator.size) }
    let preset = options.configuration.preset
    // Whether everything can be written that is asked for is found out before the training.
    for path in [output.save, output.report].compactMap(\.self) { _ = try AtomicFile(path) }
    let checkpoint = try output.resume.map { path in
      try CheckpointFolder.latest(in: path) { if ranks.isFirst { warning("\($0); it is skipped") } }
    }
    let recorded = try checkpoint.map { try RunManifest($0) }
    let data = try loadData(typed, resuming: recorded?.configuration, console)
    let manifest =
      try recorded?.resumed(with: typed, preset, data)
      ?? RunManifest(
        TrainingConfiguration(typed: typed, preset: preset, data: data.trainingSize), data,
        withDigest: output.checkpointDir != nil)
    let kernels = try ranks.kernels(options.machine, manifest.configuration.precision)
    let folder = try checkpointFolder(checkpoint)
    let metrics = try output.metrics.map { try MetricsFile($0) }
    let training = try ConfiguredTraining(
      manifest.configuration, data, kernels, sharing: ranks.communicator, resuming: checkpoint)
    if let checkpoint, !checkpoint.hasDigest, ranks.isFirst { notice(unverifiedNotice(checkpoint.path)) }
    try checkpoint?.restore(training.trainer)
    let start = try options.initialWeights.map {
      try InitialWeights($0, isQuiet: !ranks.isFirst).load(into: training.network)
    }

    let weights = try output.save.map { try WeightsFile($0, for: training.network, metadata: training.metadata) }
    let recorders = try recorders(training, manifest, resuming: checkpoint, folder, metrics)
    let display = TrainingDisplay(console, training)
    display.describeTraining()
    if let start, let path = options.initialWeights {
      console.field("start", "\(path): \(start)")
      console.line()
    }
    if let checkpoint, let recorded { display.describe(checkpoint, of: recorded.configuration, folder) }
    return Prepared(training: training, weights: weights, recorders: recorders, display: display)
  }

  private func train(_ prepared: Prepared) throws {
    let (training, recorders) = (prepared.training, prepared.recorders)
    let observers: [any RunObserver] = [StopsWhenInterrupted(), recorders, prepared.display]
    let (outcome, kept) = try train(training, observers, prepared.weights)
    guard ranks.isFirst else { return }
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
    var kept: WeightsFile.Place?
    Interrupt.trainingBegins()
    do {
      let (result, evaluation) = try ranks.train {
        let result: Trainer.Result
        do { result = try training.trainer.run(observers: observers) } catch let error
          where !(error is CommunicationError)
        {
          kept = try weights?.save(network)
          throw error
        }
        kept = try weights?.save(network)  // first of all: what fails from here on does not cost the weights
        return (result, try Evaluator(network, task: training.task, sharded: training.sharded).evaluate(test))
      }
      let outcome = RunOutcome(
        result, evaluation, weightsSHA256: network.weightsSHA256,
        mistakes: { training.showsMistakes ? try Evaluator(network, task: training.task).mistakes(test) : [] })
      return (outcome, kept)
    } catch {
      throw kept.map { Failure("\(error); they are in \($0.path)") } ?? error
    }
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
      output.report.map { ReportPage($0, training, manifest) },
    ]
    return Recorders(observers.compactMap(\.self)) { console.line($0.yellow) }
  }

  /// The folder for checkpoints: the one that was asked for, else the one that the training is resumed from.
  private func checkpointFolder(_ resumed: Checkpoint?) throws -> CheckpointFolder? {
    guard ranks.isFirst else { return nil }
    let folder =
      output.checkpointDir
      ?? output.resume.map { $0.hasSuffix(".safetensors") ? ($0 as NSString).deletingLastPathComponent : $0 }
    return try folder.map {
      try CheckpointFolder($0.isEmpty ? "." : $0, keeping: output.keepCheckpoints, from: resumed)
    }
  }
}

extension OutputOptions {
  /// The same for a process that writes nothing.
  fileprivate var readingOnly: OutputOptions {
    var options = self
    (options.save, options.metrics, options.report) = (nil, nil, nil)
    (options.logDir, options.checkpointDir) = (nil, nil)
    return options
  }
}

/// The SHA-256 of this program's file: processes that run another build compute something else.
private func digestOfProgram() throws -> String {
  guard let path = Bundle.main.executablePath else { return "" }
  return SHA256.hexDigest(of: try readFile(path))
}
