import ArgumentParser
import Dispatch
import Foundation
import Kobai
import KobaiCommand
import KobaiData
import KobaiFiles
import KobaiTraining
import KobaiTuning
import Rainbow
import Synchronization

/// A search for good values of some options: many trainings, side by side where there are several threads, each with the
/// bits that it has alone.
struct TuningRun {
  private let options: Train
  private let typed: ConfigurationLayer
  private let tuned: [TunedOption]
  private let console: Console

  /// Images set aside unless something else is asked for.
  private static let validationSplit = 0.1
  private static let trials = 20

  init(_ options: Train) throws {
    self.options = options
    var typed = try options.configuration.typed()
    tuned = try options.tuning.options(typed, options.output)
    if typed.validationSplit == nil { typed.validationSplit = Self.validationSplit }
    self.typed = typed
    console = Console(quiet: options.quiet)
  }

  func run() throws {
    if let path = options.tuning.tunePlot { _ = try AtomicFile(path) }
    let data = try loadData(typed, resuming: nil, console)
    // What cannot be is found out before the first training: both ends of all ranges.
    let space = SearchSpace(tuned.map(\.parameter))
    let ends = try [0.0, 1].map { end in try configuration(space.values(at: tuned.map { _ in end }), data) }
    let epochs = ends[0].epochs
    var search = (options.tuning.search ?? .random)
      .search(space, trials: options.tuning.trials ?? Self.trials, epochs: epochs, seed: ends[0].seed)
    let kernels = try options.machine.kernels(ends[0].precision)
    let initialWeights = try options.initialWeights.map { try InitialWeights($0) }
    Interrupt.trainingBegins()  // from here on there are files that a process which just ends would leave behind
    let trainings = try TrialTrainings(data, threads: kernels.threads, initialWeights: initialWeights)
    defer { trainings.removeFiles() }

    let table = TuningTable(console, tuned, LearningTask(data).metrics[0], data.sampleName)
    console.field(
      "data", "\(data.name): \(ends[0].validationCount(of: data.trainingSize).grouped) \(data.sampleName) set aside")
    console.field("search", table.describe(search, epochs: epochs))
    console.line()
    table.head()
    var results: [TrialResult] = []
    let clock = ContinuousClock.now
    while !Interrupt.isRequested {
      let trials = search.nextTrials(atMost: Int.max)
      if trials.isEmpty { break }
      let configurations = try trials.map { try configuration($0.values, data) }
      let finished = try trainings.run(Array(zip(trials, configurations)), total: epochs) { table.row($0) }
      if finished.count < trials.count { break }  // interrupted
      for result in finished { search.report(Observation(result.trial, result.score)) }
      results += finished
    }
    let seconds = (ContinuousClock.now - clock) / .seconds(1)
    if let path = options.tuning.tunePlot {
      try AtomicFile.write(Array(tuningPlot(results, tuned, LearningTask(data).metrics[0]).svg.utf8), to: path)
      console.field("plot", path)
    }
    if let best = table.best(results, epochs: epochs, seconds) {
      console.result(command(for: best))
    } else if !Interrupt.isRequested {
      throw Failure("every training diverged; --tune needs smaller values")
    }
    if Interrupt.isRequested { throw ExitCode(Interrupt.exitCode) }
  }

  /// The configuration of a trial.
  private func configuration(_ values: [Double], _ data: TrainingData) throws -> TrainingConfiguration {
    var layer = typed
    for (option, value) in zip(tuned, values) { _ = try option.field.set(option.text(of: value), in: &layer) }
    return try TrainingConfiguration(typed: layer, preset: options.configuration.preset, data: data.trainingSize)
  }

  /// What trains the network of a trial alone, to the same bits.
  private func command(for trial: Trial) -> String {
    let preset = options.configuration.preset.map { ["--recipe \($0.rawValue)"] } ?? []
    let given = TrainingFields.all.filter(typed.sets).map { $0.words($0.text(in: typed)) }
    let found = zip(tuned, trial.values).map { $0.field.words($0.text(of: $1)) }
    let start = options.initialWeights.map { ["--initial-weights \($0.inShell)"] } ?? []
    return (["cnn-train"] + preset + given + found + start).joined(separator: " ")
  }
}

/// How a trial did.
struct TrialResult: Sendable {
  let trial: Trial
  /// The task's first metric after the last epoch on the samples set aside, negated where a smaller one is better; not a number
  /// where the training diverged.
  let score: Double
  let loss: Double
  let seconds: Double
}

/// Trains what a search asks for, as many trainings at a time as there are threads.
final class TrialTrainings: Sendable {
  private let data: TrainingData
  private let threads: Int
  private let initialWeights: InitialWeights?
  private let folder: String  // of the trainings that may go on

  init(_ data: TrainingData, threads: Int, initialWeights: InitialWeights?) throws {
    (self.data, self.threads, self.initialWeights) = (data, threads, initialWeights)
    folder =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("kobai-tune-\(ProcessInfo.processInfo.globallyUniqueString)").path
    try createFolder(folder)
  }

  func removeFiles() {
    do { try removeFolder(folder) } catch { warning("\(error); remove it by hand") }
  }

  /// Trains them all; fewer where that is interrupted.
  ///
  /// - Parameters:
  ///   - trials: what to train, and how.
  ///   - total: the epochs of a training that is not stopped early.
  ///   - body: called with each result as soon as it is there, one at a time.
  /// - Returns: the results in the order of the trials.
  /// - Throws: the error of the first training that has one.
  func run(
    _ trials: [(Trial, TrainingConfiguration)], total: Int, _ body: (TrialResult) -> Void
  ) throws -> [TrialResult] {
    let teams = min(threads, trials.count)
    let next = Atomic<Int>(0)
    let results = Mutex<[Int: Result<TrialResult, any Error>]>([:])
    let told = Mutex(())
    nonisolated(unsafe) let tell = body  // called under a lock
    DispatchQueue.concurrentPerform(iterations: teams) { team in
      while !Interrupt.isRequested {
        let i = next.add(1, ordering: .relaxed).oldValue
        guard i < trials.count else { return }
        let (trial, configuration) = trials[i]
        let threads = self.threads / teams + (team < self.threads % teams ? 1 : 0)
        let result = Result { try self.train(trial, configuration, threads: threads, total: total) }
        if case .success(let result?) = result { told.withLock { _ in unsafe tell(result) } }
        switch result {
        case .success(let result?): results.withLock { $0[i] = .success(result) }
        case .success(nil): return
        case .failure(let error): results.withLock { $0[i] = .failure(error) }
        }
      }
    }
    let all = results.withLock { $0 }
    return try trials.indices.compactMap { try all[$0]?.get() }
  }

  /// One training, or the continuation of one; nil where it was interrupted.
  private func train(
    _ trial: Trial, _ configuration: TrainingConfiguration, threads: Int, total: Int
  ) throws -> TrialResult? {
    let kernels = try Kernels.fromEnvironment(precision: configuration.precision, threads: threads)
    let training = try ConfiguredTraining(configuration, data, kernels)
    let path = "\(folder)/\(trial.number).safetensors"
    if trial.trainedEpochs > 0 {
      try Checkpoint(path).restore(training.trainer)
    } else if let initialWeights {
      _ = try initialWeights.load(into: training.network)
    }
    let course = TrialCourse(until: trial.epochs, checkpoint: trial.epochs < total ? path : nil)
    do { _ = try training.trainer.run(observers: [course, StopsWhenInterrupted()]) } catch let error as TrainingError {
      guard case .diverged = error else { throw error }
      return TrialResult(trial: trial, score: .nan, loss: .nan, seconds: training.trainer.progress.seconds)
    }
    guard let last = course.last?.evaluation, training.trainer.progress.epoch >= trial.epochs else { return nil }
    let metric = training.task.metrics[0]
    let value = last.metrics[metric.name] ?? .nan
    return TrialResult(
      trial: trial, score: metric.higherIsBetter ? value : -value, loss: last.loss,
      seconds: training.trainer.progress.seconds)
  }
}

/// Stops a training after some of its epochs, whose schedule it follows all the same, and keeps what it takes to go on.
private final class TrialCourse: TrainingObserver {
  private(set) var last: EpochRecord?
  private let end: Int
  private let checkpoint: String?

  init(until end: Int, checkpoint: String?) { (self.end, self.checkpoint) = (end, checkpoint) }

  func epochEnded(_ epoch: EpochRecord, _ trainer: Trainer) throws {
    last = epoch
    guard epoch.number >= end else { return }
    trainer.shouldStop = true
    if let checkpoint { try Checkpoint.write(trainer, to: checkpoint) }
  }
}
