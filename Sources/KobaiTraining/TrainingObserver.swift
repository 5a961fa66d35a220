/// Looks on at a training: it shows, records or keeps what a ``Trainer`` does, or ends it. Whoever passes several to
/// ``Trainer/run(observers:)`` has them told one after the other, in that order.
///
/// Every function does nothing unless an observer has its own, and what it throws ends the training. In each of them
/// the training is between two steps, so that a ``Checkpoint`` can be written, and ``Trainer/shouldStop`` be set.
public protocol TrainingObserver {
  /// Called once, before the first step of a run.
  func trainingStarted(_ trainer: Trainer) throws
  /// Called after every step, when its update is done.
  func stepEnded(_ step: Trainer.Step, _ trainer: Trainer) throws
  /// Called after every epoch, when its evaluation is done. The epoch is the best so far if
  /// ``Trainer/Progress/bestEpoch`` is its number.
  func epochEnded(_ epoch: EpochRecord, _ trainer: Trainer) throws
}

extension TrainingObserver {
  public func trainingStarted(_ trainer: Trainer) throws {}
  public func stepEnded(_ step: Trainer.Step, _ trainer: Trainer) throws {}
  public func epochEnded(_ epoch: EpochRecord, _ trainer: Trainer) throws {}
}

/// Two closures as an observer; a class, which is told of a step without any allocation.
final class ClosureObserver: TrainingObserver {
  let onEpoch: (EpochRecord) throws -> Void
  let onStep: (Trainer.Step) throws -> Void

  init(onEpoch: @escaping (EpochRecord) throws -> Void, onStep: @escaping (Trainer.Step) throws -> Void) {
    (self.onEpoch, self.onStep) = (onEpoch, onStep)
  }

  func stepEnded(_ step: Trainer.Step, _ trainer: Trainer) throws { try onStep(step) }
  func epochEnded(_ epoch: EpochRecord, _ trainer: Trainer) throws { try onEpoch(epoch) }
}
