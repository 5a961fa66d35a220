import KobaiTraining

/// Writes checkpoints: after each epoch, within epochs where that is asked for, and when the training is stopped.
final class CheckpointWriter: RunObserver {
  private let folder: CheckpointFolder
  private let stepsBetween: Int?
  private let metadata: [String: String]
  private var manifest: RunManifest

  /// - Parameters:
  ///   - manifest: the run up to now; the checkpoints carry it with the epochs that follow.
  ///   - stepsBetween: the number of steps between two checkpoints within an epoch.
  ///   - metadata: what a checkpoint says of its network.
  init(_ folder: CheckpointFolder, _ manifest: RunManifest, every stepsBetween: Int?, metadata: [String: String]) {
    (self.folder, self.manifest, self.stepsBetween, self.metadata) = (folder, manifest, stepsBetween, metadata)
  }

  func stepEnded(_ step: Trainer.Step, _ trainer: Trainer) throws {
    let isDue = stepsBetween.map { (step.index + 1) % $0 == 0 } ?? false
    if isDue || trainer.shouldStop { try write(trainer) }
  }

  func epochEnded(_ epoch: EpochRecord, _ trainer: Trainer) throws {
    manifest.epochs.append(epoch)
    try write(trainer, isBest: trainer.progress.bestEpoch == epoch.number)
  }

  private func write(_ trainer: Trainer, isBest: Bool = false) throws {
    try folder.write(trainer, notes: manifest.notes, metadata: metadata, isBest: isBest)
  }
}
