import Kobai
import KobaiData
import KobaiPreconditions
import KobaiScratch

/// The same network twice, over kernels and from scratch: it begins with the same weights and is trained on the same
/// batches.
///
/// One computes in single precision with every instruction that the processor has, the other in Double with plain loops;
/// they stay together to about the last digit of single precision.
final class Twins {
  let network: Network
  let scratch: any NeuralNetwork
  /// The loss of each batch before its step.
  private(set) var losses: (scratch: [Double], kernels: [Double]) = ([], [])
  /// The time of each step.
  private(set) var seconds: (scratch: [Double], kernels: [Double]) = ([], [])
  private var optimizers: (scratch: any KobaiScratch.Optimizer, kernels: any Kobai.Optimizer)
  private let loss: SoftmaxCrossEntropy

  /// - Parameters:
  ///   - network: gives its weights.
  ///   - scratch: the same layers in the same order; takes the weights. Its loss adds nothing inside the logarithm.
  init(
    _ network: Network, _ scratch: any NeuralNetwork,
    optimizers: (scratch: any KobaiScratch.Optimizer, kernels: any Kobai.Optimizer)
  ) {
    (self.network, self.scratch, self.optimizers) = (network, scratch, optimizers)
    loss = SoftmaxCrossEntropy()
    scratch.setParams(from: network)
  }

  /// Trains both on images of the given numbers.
  func step(_ set: ImageSet, _ indices: [Int32]) throws {
    let batch = try Batch(set, indices, kernels: network.kernels)
    let x = NDArray(
      shape: [indices.count, set.channels, set.size.height, set.size.width], batch.images.elements.map(Double.init))
    let labels = indices.map { Int(set.labels[Int($0)]) }
    seconds.scratch.append(
      ContinuousClock().measure {
        optimizers.scratch.update(scratch.params, scratch.gradient(x, labels))
      } / .seconds(1))
    losses.scratch.append(scratch.lastLayer.loss)

    var kernelLoss: Float = 0
    seconds.kernels.append(
      try ContinuousClock().measure {
        let outputs = try network.forward(batch.images, .training(step: losses.kernels.count))
        kernelLoss = try loss.evaluate(outputs, batch.labels, gradient: network.outputGradient, on: network.kernels)
        try network.backward()
        try optimizers.kernels.step(network.parameters)
      } / .seconds(1))
    losses.kernels.append(Double(kernelLoss))
  }

  /// The largest difference of two losses of the same step, as a share of them.
  var difference: Double {
    zip(losses.scratch, losses.kernels).map { abs($0 - $1) / abs($0) }.max() ?? 0
  }
}

extension NeuralNetwork {
  /// Takes the weights of a network over kernels that has the same layers in the same order. Affine weights are (inputs,
  /// outputs) in the book and (outputs, inputs) there.
  func setParams(from network: Network) {
    let theirs = network.parameters.all
    require(theirs.count == params.count, "\(theirs.count) parameters for \(params.count)")
    var values: [String: NDArray] = [:]
    for (name, parameter) in zip(params.keys, theirs) {
      let tensor = parameter.value
      let array = NDArray(shape: (0..<tensor.shape.rank).map { tensor.shape[$0] }, tensor.elements.map(Double.init))
      values[name] = array.rank == 2 ? array.transposed : array
    }
    setParams(values)
  }
}
