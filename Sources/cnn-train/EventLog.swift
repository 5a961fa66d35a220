import Kobai
import KobaiData
import KobaiReport
import KobaiTensorBoard
import KobaiTraining

/// What TensorBoard shows of a training: losses, accuracies and rates as curves, weights, gradients and activations as
/// histograms, filters and mistakes as pictures.
final class EventLog {
  private let events: EventWriter
  private let test: Batches
  private let network: Network
  private let classNames: ClassNames
  private let probe: (images: Tensor, labels: Labels)

  // A step's loss is written every so many steps: curves of a few thousand points are as many as anyone sees.
  private static let stepsBetweenScalars = 10

  init(_ directory: String, _ network: Network, test: Batches, classNames: ClassNames) throws {
    events = try EventWriter(directory: directory)
    (self.network, self.test, self.classNames) = (network, test, classNames)
    let count = min(network.batch, test.size(of: 0))
    probe = (Tensor(network.input.batched(count)), Labels(count: count))
  }

  func take(_ step: Trainer.Step) throws {
    guard step.index % Self.stepsBetweenScalars == 0 else { return }
    try events.addScalar("step/loss", step.loss, step: step.index + 1)
    try events.addScalar("step/learning_rate", step.learningRate, step: step.index + 1)
  }

  func take(_ epoch: Trainer.Epoch, evaluatedOn name: String) throws {
    try events.addScalar("epoch/train_loss", epoch.trainLoss, step: epoch.number)
    try events.addScalar("epoch/train_accuracy", epoch.trainAccuracy, step: epoch.number)
    if let evaluation = epoch.evaluation {
      try events.addScalar("epoch/\(name)_loss", evaluation.loss, step: epoch.number)
      try events.addScalar("epoch/\(name)_accuracy", evaluation.accuracy, step: epoch.number)
    }
    try events.addScalar("epoch/images_per_second", Double(epoch.images) / epoch.seconds, step: epoch.number)
    for parameter in network.parameters.all {
      try events.addHistogram("weights/\(parameter.name)", parameter.value.span, step: epoch.number)
      try events.addHistogram("gradients/\(parameter.name)", parameter.gradient.span, step: epoch.number)
    }
    try addActivations(epoch.number)
    for (i, filter) in filterPictures(network).enumerated() {
      try events.addImage("filters/\(i + 1)", png: filter.bytes, step: epoch.number)
    }
    try events.flush()
  }

  /// The outputs of all layers for the first test images.
  private func addActivations(_ epoch: Int) throws {
    test.startEpoch(0)
    let (images, labels) = probe
    try test.load(0, images: images.mutableSpan, labels: labels.mutableSpan)
    try network.forward(images, .inference) { [events] name, output in
      try events.addHistogram("activations/\(name)", output.span, step: epoch)
    }
  }

  /// What the trained network gets wrong.
  func take(_ mistakes: [Prediction], epoch: Int) throws {
    // A slash in a name would make TensorBoard look for a group.
    func name(_ label: Int) -> String { classNames[label].replacing("/", with: "-") }
    for (i, mistake) in mistakes.enumerated() {
      try events.addImage(
        "misclassified/\(i + 1)_is_\(name(mistake.label))_not_\(name(mistake.answer))",
        png: test.set.picture(mistake.index).bytes, step: epoch)
    }
    try events.flush()
  }
}
