import Kobai
import KobaiData
import KobaiReport
import KobaiTensorBoard
import KobaiTraining

/// Writes what TensorBoard shows of a training: losses, metrics and rates as curves, weights, gradients and activations
/// as histograms, filters and mistakes as pictures. Every point lies at the number of training steps done.
final class EventLog: RunObserver {
  private let events: EventWriter
  private let test: Batches
  private let images: ImageSet?
  private let network: Network
  private let classNames: ClassNames?
  private let earlierSteps: Int
  private let probe: Tensor

  // A step's loss is written every so many steps: curves of a few thousand points are as many as anyone sees.
  private static let stepsBetweenScalars = 10

  /// - Parameter progress: where a training is resumed; nil where it begins.
  init(_ directory: String, _ training: ConfiguredTraining, resuming progress: Trainer.Progress?) throws {
    events = try EventWriter(directory: directory)
    (network, test, images) = (training.network, training.test, training.data.images?.test)
    classNames = training.data.classNames
    earlierSteps = progress?.step ?? 0
    if let progress {
      // An epoch whose steps are done, but not its evaluation, has its own points at the last of them.
      let isEvaluated = progress.batch != training.trainer.stepsPerEpoch
      try events.resume(at: isEvaluated ? progress.step + 1 : progress.step)
    }
    let count = min(network.batch, test.size(of: 0))
    probe = Tensor(network.input.batched(count))
  }

  func stepEnded(_ step: Trainer.Step, _ trainer: Trainer) throws {
    guard step.index % Self.stepsBetweenScalars == 0 else { return }
    try events.addScalar("step/loss", step.loss, step: step.index + 1)
    try events.addScalar("step/learning_rate", step.learningRate, step: step.index + 1)
  }

  func epochEnded(_ epoch: EpochRecord, _ trainer: Trainer) throws {
    let step = trainer.progress.step
    try events.addScalar("epoch/train_loss", epoch.trainLoss, step: step)
    try add(epoch.trainMetrics, of: trainer, on: "train", step: step)
    if let evaluation = epoch.evaluation {
      let name = evaluation.set.rawValue
      try events.addScalar("epoch/\(name)_loss", evaluation.loss, step: step)
      try add(evaluation.metrics, of: trainer, on: name, step: step)
    }
    try events.addScalar("epoch/images_per_second", epoch.samplesPerSecond, step: step)
    for parameter in network.parameters.all {
      try events.addHistogram("weights/\(parameter.name)", parameter.value.span, step: step)
      try events.addHistogram("gradients/\(parameter.name)", parameter.gradient.span, step: step)
    }
    try addActivations(step)
    for (i, filter) in network.filterPictures().enumerated() {
      try events.addImage("filters/\(i + 1)", png: filter.bytes, step: step)
    }
    try events.flush()
  }

  /// Adds the values of the training's metrics, where they are numbers.
  private func add(_ values: MetricValues, of trainer: Trainer, on samples: String, step: Int) throws {
    for metric in trainer.metrics {
      guard let value = values[metric.name], value.isFinite else { continue }
      try events.addScalar("epoch/\(samples)_\(metric.snakeCaseKey)", value, step: step)
    }
  }

  /// Adds the outputs of all layers for the first test samples.
  private func addActivations(_ step: Int) throws {
    test.startEpoch(0, on: network.kernels)
    try test.loadInputs(0..<probe.shape[0], into: probe.mutableSpan, on: network.kernels)
    try network.forward(probe, .inference) { [events] name, output in
      try events.addHistogram("activations/\(name)", output.span, step: step)
    }
  }

  /// Adds what the trained network gets wrong, unless it is as it was before the checkpoint.
  func runEnded(_ outcome: RunOutcome) throws {
    guard outcome.result.steps > earlierSteps, let images, let classNames else { return }
    // A slash in a name would make TensorBoard look for a group.
    func name(_ label: Int) -> String { classNames[label].replacing("/", with: "-") }
    for (i, mistake) in try outcome.mistakes().enumerated() {
      try events.addImage(
        "misclassified/\(i + 1)_is_\(name(mistake.label))_not_\(name(mistake.predictedLabel))",
        png: images.picture(mistake.index).bytes, step: outcome.result.steps)
    }
    try events.flush()
  }
}
