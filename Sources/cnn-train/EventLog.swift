import Kobai
import KobaiData
import KobaiReport
import KobaiTensorBoard
import KobaiTraining

/// What TensorBoard shows of a training: losses, accuracies and rates as curves, weights, gradients and activations as
/// histograms, filters and mistakes as pictures. Every point lies at the number of training steps done.
final class EventLog {
  private let events: EventWriter
  private let test: Batches
  private let network: Network
  private let classNames: ClassNames
  private let probe: (images: Tensor, labels: Labels)

  // A step's loss is written every so many steps: curves of a few thousand points are as many as anyone sees.
  private static let stepsBetweenScalars = 10

  /// - Parameter first: the step with which a training goes on; nil where it begins.
  init(_ directory: String, _ network: Network, test: Batches, classNames: ClassNames, goingOnAt first: Int?) throws {
    events = try EventWriter(directory: directory)
    if let first { try events.resume(at: first) }
    (self.network, self.test, self.classNames) = (network, test, classNames)
    let count = min(network.batch, test.size(of: 0))
    probe = (Tensor(network.input.batched(count)), Labels(count: count))
  }

  func take(_ step: Trainer.Step) throws {
    guard step.index % Self.stepsBetweenScalars == 0 else { return }
    try events.addScalar("step/loss", step.loss, step: step.index + 1)
    try events.addScalar("step/learning_rate", step.learningRate, step: step.index + 1)
  }

  func take(_ epoch: Trainer.Epoch, step: Int, evaluatedOn name: String) throws {
    try events.addScalar("epoch/train_loss", epoch.trainLoss, step: step)
    try events.addScalar("epoch/train_accuracy", epoch.trainAccuracy, step: step)
    if let evaluation = epoch.evaluation {
      try events.addScalar("epoch/\(name)_loss", evaluation.loss, step: step)
      try events.addScalar("epoch/\(name)_accuracy", evaluation.accuracy, step: step)
    }
    try events.addScalar("epoch/images_per_second", Double(epoch.images) / epoch.seconds, step: step)
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

  /// The outputs of all layers for the first test images.
  private func addActivations(_ step: Int) throws {
    test.startEpoch(0)
    let (images, labels) = probe
    try test.load(0, images: images.mutableSpan, labels: labels.mutableSpan)
    try network.forward(images, .inference) { [events] name, output in
      try events.addHistogram("activations/\(name)", output.span, step: step)
    }
  }

  /// What the trained network gets wrong.
  func take(_ mistakes: [Prediction], step: Int) throws {
    // A slash in a name would make TensorBoard look for a group.
    func name(_ label: Int) -> String { classNames[label].replacing("/", with: "-") }
    for (i, mistake) in mistakes.enumerated() {
      try events.addImage(
        "misclassified/\(i + 1)_is_\(name(mistake.label))_not_\(name(mistake.answer))",
        png: test.set.picture(mistake.index).bytes, step: step)
    }
    try events.flush()
  }
}
