import Kobai
import KobaiData

// Source, network, loss and metrics are seen through before the first step: what does not fit is said then, with both shapes.

extension BatchSource {
  /// Refuses samples that the network was not built for.
  func fit(_ network: Network) throws(TrainingError) {
    guard samples > 0 else { throw .noSamples }
    guard inputShape.reduce(1, *) == network.input.count else { throw .inputs(inputShape, network: network.input) }
    let output = network.output
    let positions = output.element.count
    let isFitting =
      switch targetFormat {
      case .classes(let classes, let shape):
        output.rank > 0 && classes <= output[0] && shape.reduce(1, *) == positions
      case .values(let shape): shape.reduce(1, *) == output.count
      case .input: network.input.count == output.count
      }
    guard isFitting else { throw .targets(targetFormat, inputs: inputShape, network: output) }
  }

  /// Refuses batches to train on that are larger than those that can be computed.
  func fitBatches(_ most: Int) throws(TrainingError) {
    guard batchSize <= most || samples <= most else { throw .largeBatches(batchSize, limit: most) }
  }

  /// What a metric is about to see in a pass of the network over these samples.
  func pass(_ network: Network) -> MetricPass {
    let output = network.output
    let hasClasses = if case .classes = targetFormat { true } else { false }
    return MetricPass(
      samples: samples, channels: output.rank > 0 ? output[0] : 1, positions: output.element.count,
      hasClasses: hasClasses)
  }
}

extension Loss {
  /// Refuses targets that the loss does not take, by a try on a sample of zeros.
  func fit(_ format: TargetFormat, _ network: Network) throws(TrainingError) {
    let output = network.output
    let targets: Targets =
      switch format {
      case .classes: .classes(Labels(shape: output.element.batched(1)))
      case .values, .input: .values(Tensor(output.batched(1)))
      }
    do {
      _ = try evaluate(Tensor(output.batched(1)), targets, gradient: nil, on: network.kernels)
    } catch {
      throw .loss("\(error)", format)
    }
  }
}

extension TargetFormat {
  /// What the targets are, in words: "10 classes", "3 numbers", "the input itself".
  var words: String {
    switch self {
    case .classes(let classes, let shape):
      "\(classes) class\(classes == 1 ? "" : "es")\(shape.isEmpty ? "" : " at \(Shape.words(shape)) positions")"
    case .values(let shape):
      shape.count <= 1
        ? "\(shape.first ?? 1) number\(shape.first ?? 1 == 1 ? "" : "s")" : "\(Shape.words(shape)) numbers"
    case .input: "the input itself"
    }
  }
}

extension Shape {
  /// Sizes of any number of axes, with a sign between them.
  static func words(_ sizes: [Int]) -> String { sizes.map(String.init).joined(separator: "×") }
}
