import KobaiCommand
import KobaiTraining

/// Shows or records a run of cnn-train: the training while it goes on, and its outcome.
protocol RunObserver: TrainingObserver {
  /// Called once, after the training and the test of its weights.
  func runEnded(_ outcome: RunOutcome) throws
}

extension RunObserver {
  func runEnded(_ outcome: RunOutcome) throws {}
}

/// The outcome of a run: weights that are trained and tested.
final class RunOutcome {
  let result: Trainer.Result
  /// The evaluation on the test images.
  let evaluation: Evaluation
  let weightsSHA256: String
  private let findMistakes: () throws -> [Prediction]
  private var foundMistakes: [Prediction]?

  init(
    _ result: Trainer.Result, _ evaluation: Evaluation, weightsSHA256: String,
    mistakes: @escaping () throws -> [Prediction]
  ) {
    (self.result, self.evaluation, self.weightsSHA256) = (result, evaluation, weightsSHA256)
    findMistakes = mistakes
  }

  /// The first test images that the network gets wrong. They are looked for when first asked for.
  func mistakes() throws -> [Prediction] {
    if let foundMistakes { return foundMistakes }
    let found = try findMistakes()
    foundMistakes = found
    return found
  }
}

/// Tells several observers that write something down. One that cannot write ends neither the training nor the others: a
/// notice says so at once, and the failure is kept for the end.
final class Recorders: RunObserver {
  /// The reasons why something could not be written, each in one line.
  private(set) var failures: [String] = []
  private let observers: [any RunObserver]
  private let notice: (String) -> Void

  init(_ observers: [any RunObserver], notice: @escaping (String) -> Void) {
    (self.observers, self.notice) = (observers, notice)
  }

  func trainingStarted(_ trainer: Trainer) { tell { try $0.trainingStarted(trainer) } }
  func stepEnded(_ step: Trainer.Step, _ trainer: Trainer) { tell { try $0.stepEnded(step, trainer) } }
  func epochEnded(_ epoch: EpochRecord, _ trainer: Trainer) { tell { try $0.epochEnded(epoch, trainer) } }
  func runEnded(_ outcome: RunOutcome) { tell { try $0.runEnded(outcome) } }

  private func tell(_ work: (any RunObserver) throws -> Void) {
    for observer in observers {
      do {
        try work(observer)
      } catch {
        guard !failures.contains("\(error)") else { continue }
        failures.append("\(error)")
        notice("\(error); the training goes on")
      }
    }
  }
}

/// Ends the training after the step, or the evaluation of the epoch, in which the process is interrupted. It comes first of
/// all observers, so that the others know that the step is the last.
struct StopsWhenInterrupted: RunObserver {
  var isRequested: () -> Bool = { Interrupt.isRequested }

  func stepEnded(_ step: Trainer.Step, _ trainer: Trainer) { ask(trainer) }
  func epochEnded(_ epoch: EpochRecord, _ trainer: Trainer) { ask(trainer) }

  private func ask(_ trainer: Trainer) {
    if isRequested() { trainer.shouldStop = true }
  }
}
