import Foundation
import KobaiData
import KobaiFiles
import KobaiTraining

/// What a checkpoint says of its run besides the state of the training: how it is configured, on which data, and what its
/// epochs were so far.
struct RunManifest: Codable {
  private(set) var configuration: TrainingConfiguration
  let dataName: String
  let dataDigest: String
  var epochs: [EpochRecord] = []
  /// The plans that more epochs replaced when the training was resumed, the first one first; files of before have none.
  private(set) var replacedPlans: [ReplacedPlan]?
  private var path = ""  // of the checkpoint, for errors
  private var step = 0  // which it was written after

  /// So many epochs were planned in the steps before this one.
  struct ReplacedPlan: Codable {
    let end: Int
    let epochs: Int
  }

  // Files keep the names that the note and its parts had first.
  private static let note = "story"
  private enum CodingKeys: String, CodingKey {
    case configuration = "recipe"
    case dataName, dataDigest, epochs, replacedPlans
  }

  /// The manifest of a run that begins.
  ///
  /// - Parameter withDigest: whether checkpoints will carry it, for which the data are hashed.
  init(_ configuration: TrainingConfiguration, _ data: TrainingData, withDigest: Bool) throws {
    (self.configuration, dataName) = (configuration, data.name)
    dataDigest = withDigest ? try data.sha256 : ""
  }

  init(_ checkpoint: Checkpoint) throws {
    guard let text = checkpoint.notes[Self.note],
      let manifest = try? JSONDecoder().decode(RunManifest.self, from: Data(text.utf8))
    else { throw FileError(path: checkpoint.path, reason: "is no checkpoint of cnn-train") }
    self = manifest
    (path, step) = (checkpoint.path, checkpoint.progress.step)
  }

  /// The manifest as a checkpoint's note.
  var notes: [String: String] {
    get throws { [Self.note: String(decoding: try JSONEncoder().encode(self), as: UTF8.self)] }
  }

  /// The manifest for a run that goes on, if the data are those it was made with and the typed options do not ask for
  /// anything else; only more epochs than before may be asked for.
  func resumed(with typed: ConfigurationLayer, _ preset: Preset?, _ data: TrainingData) throws -> RunManifest {
    guard try data.sha256 == dataDigest else {
      throw Failure("the checkpoint was trained on \(dataName), and \(data.name) is not the same; name it with --data")
    }
    if let problem = configuration.problem(for: data.trainingSize) {
      throw FileError(path: path, reason: "its configuration is impossible: \(problem)")
    }
    if let plan = replacedPlans?.first(where: { !(1...configuration.epochs).contains($0.epochs) }) {
      throw FileError(
        path: path,
        reason: "its configuration is impossible: \(plan.epochs) epochs were planned before \(configuration.epochs)")
    }
    var manifest = self
    if let epochs = typed.epochs, epochs > configuration.epochs {
      manifest.configuration.epochs = epochs
      manifest.replacedPlans = (replacedPlans ?? []) + [ReplacedPlan(end: step, epochs: configuration.epochs)]
    }
    var asked = typed
    if let preset { try asked.lay(under: preset.layer(for: data.trainingSize), for: data.trainingSize) }
    let conflicts = manifest.configuration.conflicts(with: asked)
    guard conflicts.isEmpty else {
      throw Failure("the checkpoint was made with other options: \(conflicts.joined(separator: "; "))")
    }
    return manifest
  }
}
