import Foundation
import KobaiData
import KobaiFiles
import KobaiTraining

/// What a checkpoint carries besides the training's own state: how it was made, on which data, and how it went so far.
struct TrainingStory: Codable {
  private(set) var recipe: Recipe
  let dataName: String
  let dataDigest: String
  var epochs: [EpochMetrics] = []

  private static let key = "story"

  init(recipe: Recipe, data: Dataset, withDigest: Bool) {
    (self.recipe, dataName) = (recipe, data.name)
    dataDigest = withDigest ? data.sha256 : ""
  }

  init(_ checkpoint: Checkpoint) throws {
    guard let text = checkpoint.notes[Self.key],
      let story = try? JSONDecoder().decode(TrainingStory.self, from: Data(text.utf8))
    else { throw FileError(path: checkpoint.path, reason: "is no checkpoint of cnn-train") }
    self = story
  }

  var notes: [String: String] {
    get throws { [Self.key: String(decoding: try JSONEncoder().encode(self), as: UTF8.self)] }
  }

  /// The story so far, if the data are those it was made with and the typed options do not say otherwise; only more
  /// epochs than before may be asked for.
  func agreeing(with options: RecipeOptions, _ data: Dataset) throws -> TrainingStory {
    guard data.sha256 == dataDigest else {
      throw Failure("the checkpoint was trained on \(dataName), and \(data.name) is not the same; name it with --data")
    }
    var story = self
    if let epochs = options.epochs, epochs > recipe.epochs { story.recipe = recipe.extended(to: epochs) }
    let conflicts = try story.recipe.conflicts(with: options.completed(for: data), classes: data.classes)
    guard conflicts.isEmpty else {
      throw Failure("the checkpoint was made with other options: \(conflicts.joined(separator: "; "))")
    }
    return story
  }
}

/// Writes down how a training goes: metrics, events, checkpoints. What cannot be written does not end the training.
final class TrainingLog {
  /// What could not be written, each in one line.
  private(set) var failures: [String] = []
  private(set) var story: TrainingStory
  private let metrics: MetricsFile?
  private let checkpoints: CheckpointFolder?
  private let every: Int?
  private let metadata: [String: String]
  private let events: EventLog?
  private let notice: (String) -> Void

  /// - Parameters:
  ///   - story: of the steps so far; their epochs go into the metrics first.
  ///   - every: how many steps lie between two checkpoints within an epoch.
  ///   - metadata: what a checkpoint says of its network.
  ///   - notice: told at once what could not be written.
  init(
    story: TrainingStory, metrics: MetricsFile?, checkpoints: CheckpointFolder?, every: Int?,
    metadata: [String: String], events: EventLog?, notice: @escaping (String) -> Void
  ) {
    (self.story, self.metrics, self.metadata, self.events) = (story, metrics, metadata, events)
    (self.checkpoints, self.every, self.notice) = (checkpoints, every, notice)
    metrics?.empty()
    for epoch in story.epochs { attempt { try metrics?.append(epoch) } }
  }

  func take(_ step: Trainer.Step, of trainer: Trainer, isLast: Bool) {
    attempt { try events?.take(step) }
    let isDue = every.map { (step.index + 1) % $0 == 0 } ?? false
    if isDue || isLast { attempt { try checkpoints?.write(trainer, notes: story.notes, metadata: metadata) } }
  }

  func take(_ epoch: Trainer.Epoch, of trainer: Trainer, validates: Bool) {
    let evaluation = epoch.evaluation
    let line = EpochMetrics(
      epoch: epoch.number, trainLoss: epoch.trainLoss, trainAccuracy: epoch.trainAccuracy,
      validationLoss: validates ? evaluation?.loss : nil, validationAccuracy: validates ? evaluation?.accuracy : nil,
      testLoss: validates ? nil : evaluation?.loss, testAccuracy: validates ? nil : evaluation?.accuracy,
      learningRate: epoch.learningRate, seconds: epoch.seconds,
      imagesPerSecond: Double(epoch.images) / epoch.seconds)
    story.epochs.append(line)
    attempt { try metrics?.append(line) }
    attempt {
      try events?.take(epoch, step: trainer.progress.step, evaluatedOn: validates ? "validation" : "test")
    }
    attempt { try checkpoints?.write(trainer, notes: story.notes, metadata: metadata, isBest: epoch.isBest) }
  }

  /// Writes something, and remembers if it could not be.
  func attempt(_ work: () throws -> Void) {
    do {
      try work()
    } catch {
      guard !failures.contains("\(error)") else { return }
      failures.append("\(error)")
      notice("\(error); the training goes on")
    }
  }
}
