import Kobai
import KobaiData

/// Why a training could not begin, or not go on.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// The loss is no longer a number. `kept` counts the updates that the restored weights have seen.
  case diverged(step: Int, epoch: Int, kept: Int?)
  /// The network was built for smaller batches than it is to be trained on.
  case largeBatches(_ size: Int, limit: Int)
  /// A source has no samples.
  case noSamples
  /// The inputs of a source are of that shape, and the network takes others.
  case inputs(_ shape: [Int], network: Shape)
  /// The network's outputs, of that shape, cannot be compared with a source's targets. `inputs` is the shape of its inputs.
  case targets(_ format: TargetFormat, inputs: [Int], network: Shape)
  /// The loss refuses such targets, for the reason that it gives.
  case loss(_ reason: String, _ format: TargetFormat)
  /// A metric refuses the targets.
  case metric(MetricError)
  /// The source's targets are those of another task.
  case task(_ task: LearningTask, _ format: TargetFormat)
  /// Outputs of that shape have a class at each of several positions, where one class a sample is asked for.
  case positions(_ outputs: Shape)

  public var description: String {
    switch self {
    case .diverged(let step, let epoch, let kept):
      let weights = kept.map { "the weights after \($0) steps are kept" } ?? "the first weights are kept"
      return "the loss is no longer a number at step \(step) (epoch \(epoch)); \(weights); lower the learning rate"
    case .largeBatches(let size, let limit):
      return "batches of \(size) do not fit a network that was built for \(limit) samples at a time"
    case .noSamples: return "there are no samples: the source is empty"
    case .inputs(let shape, let network):
      return "inputs of \(Shape.words(shape)) do not fit a network that takes \(network); build it with input: \(shape)"
    case .targets(let format, let inputs, let network):
      return
        "targets of \(format.words) do not fit outputs of \(network); let the last layer have \(format.outputs(inputs))"
    case .loss(let reason, let format):
      return "\(reason); the targets are \(format.words), which \(format.losses)"
    case .metric(let error): return "\(error)"
    case .task(let task, let format):
      return
        "a \(task) needs \(task.targets) as targets, not \(format.words); \(LearningTask(format).name) would fit them"
    case .positions(let outputs):
      return
        "outputs of \(outputs) have a class at each of \(outputs.element.count) positions, and not one a sample; use forEachBatch"
    }
  }
}

extension TargetFormat {
  /// The outputs that targets need, in words.
  fileprivate func outputs(_ inputs: [Int]) -> String {
    switch self {
    case .classes(let classes, let shape): "outputs of \(Shape.words([classes] + shape))"
    case .values(let shape): "outputs of \(shape.isEmpty ? "1" : Shape.words(shape))"
    case .input: "outputs of \(Shape.words(inputs))"
    }
  }

  fileprivate var losses: String {
    switch self {
    case .classes: "SoftmaxCrossEntropy takes"
    case .values, .input: "MeanSquaredError and BinaryCrossEntropy take"
    }
  }
}

extension LearningTask {
  /// What its targets are, in words.
  fileprivate var targets: String {
    switch self {
    case .classification: "classes"
    case .multiLabel, .regression: "numbers"
    case .reconstruction: "the inputs"
    }
  }
}
