import Foundation
import KobaiFiles
import KobaiTraining

/// A file of JSON objects, one a line.
final class MetricsFile {
  private let file: RecordFile
  private let encoder = JSONEncoder()

  /// Opens the file and leaves it as it is.
  ///
  /// - Throws: `FileError` where it cannot be written.
  init(_ path: String) throws(FileError) {
    file = try RecordFile(path)
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
  }

  /// Empties the file, once nothing but the training itself can fail. A pipe has nothing to empty.
  func empty() throws(FileError) { try file.empty() }

  /// Appends a line, whole or not at all.
  func append(_ object: some Encodable) throws {
    try file.append(Array(encoder.encode(object)) + [UInt8(ascii: "\n")])
  }
}

/// Writes the metrics of a training: a line for each epoch, also for those before a checkpoint, and one for the result.
final class MetricsWriter: RunObserver {
  private let file: MetricsFile
  private let training: ConfiguredTraining
  private let earlier: [EpochRecord]

  /// - Parameter earlier: the epochs before the checkpoint that the training is resumed from.
  init(_ file: MetricsFile, _ training: ConfiguredTraining, earlier: [EpochRecord]) {
    (self.file, self.training, self.earlier) = (file, training, earlier)
  }

  func trainingStarted(_ trainer: Trainer) throws {
    try file.empty()
    for epoch in earlier { try file.append(epoch) }
  }

  func epochEnded(_ epoch: EpochRecord, _ trainer: Trainer) throws { try file.append(epoch) }

  func runEnded(_ outcome: RunOutcome) throws { try file.append(ResultMetrics(training, outcome)) }
}

/// The last line of the metrics file. Accuracies are shares of 1.
private struct ResultMetrics: Encodable {
  let test: MetricValues
  let rest: Rest

  struct Rest: Encodable {
    let testLoss: Double
    let trainSeconds: Double
    let imagesPerSecond: Double
    let epochs: Int
    let steps: Int
    let parameters: Int
    let threads: Int
    let isa: String
    let precision: String
    let weightsSha256: String
    let data: String
    let model: String
    let task: String
    let seed: UInt64
  }

  init(_ training: ConfiguredTraining, _ outcome: RunOutcome) {
    let (result, kernels) = (outcome.result, training.network.kernels)
    test = outcome.evaluation.metrics
    rest = Rest(
      testLoss: outcome.evaluation.loss, trainSeconds: result.seconds,
      imagesPerSecond: Double(result.samples) / result.seconds, epochs: result.epochs, steps: result.steps,
      parameters: training.network.parameters.count, threads: kernels.threads,
      isa: kernels.instructionSet.rawValue, precision: kernels.precision.rawValue,
      weightsSha256: outcome.weightsSHA256, data: training.data.name, model: training.configuration.networkName,
      task: training.task.name, seed: training.configuration.seed)
  }

  func encode(to encoder: any Encoder) throws {
    try rest.encode(to: encoder)
    try test.encode(to: encoder, on: "test")
  }
}
