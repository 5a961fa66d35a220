import Kobai
import KobaiData
import KobaiTraining

/// A network with a layer, a loss and an optimizer that Kobai does not have.
struct Design: Architecture {
  var layers: Sequential {
    [
      "conv1": Conv2D(filters: 16, kernel: 5), "prelu1": PReLU(), "pool1": MaxPool2D(2),
      "conv2": Conv2D(filters: 32, kernel: 5), "prelu2": PReLU(), "pool2": MaxPool2D(2),
      "affine1": Affine(64), "prelu3": PReLU(), "affine2": Affine(10),
    ]
  }
}

/// What a training led to.
struct Outcome: Equatable {
  var accuracy: Double
  var slopes: [Float]
  var digest: String
}

/// Trains the design on the embedded digits.
func train(_ kernels: Kernels, epochs: Int) throws -> Outcome {
  let digits = try Dataset.embedded()
  let network = try Network(input: [1, 28, 28], batch: 100, Design(), seed: 3, kernels: kernels)
  let loss = SmoothedCrossEntropy()
  let trainer = Trainer(
    network, loss: loss, optimizer: Lion(learningRate: 1e-3, weightDecay: 0.01),
    train: Batches(digits.train, batchSize: 100, shuffles: true, augmentation: Augmentation()),
    options: .init(epochs: epochs, schedule: .cosine))
  _ = try trainer.run()
  let evaluation = try Evaluator(network, loss: loss).evaluate(
    Batches(digits.test, batchSize: 100))
  return Outcome(
    accuracy: evaluation.accuracy, slopes: (network["prelu3"] as? PReLULayer)?.slopes.value.elements ?? [],
    digest: network.weightsSHA256)
}

/// The gradients of the slopes and of the input, against differences of the loss.
func checkGradients(_ kernels: Kernels, _ checks: inout Checks) throws {
  let network = try Network(
    input: [3, 2, 2], batch: 4, ["prelu": PReLU()], kernels: kernels, inputGradient: true)
  let x = Tensor([4, 3, 2, 2], sample(48))
  let direction = sample(48, from: 77)
  func loss() throws -> Double {
    zip(try network.forward(x).elements, direction).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
  func differences(_ tensor: Tensor) throws -> [Double] {
    try (0..<tensor.count).map { i in
      func at(_ change: Float) throws -> Double {
        let old = tensor.elements[i]
        defer { set(tensor, i, old) }
        set(tensor, i, old + change)
        return try loss()
      }
      return try (at(1 / 512) - at(-1 / 512)) * 256
    }
  }
  let expected = try (differences(network.parameters.all[0].value), differences(x))
  _ = try network.forward(x, .training(step: 0))
  network.outputGradient.copy(from: Tensor(x.shape, direction))
  try network.backward()
  checks.check(
    network.parameters.all[0].gradient.elements, near: expected.0, tolerance: 1e-3, "PReLU: gradient of the slopes")
  checks.check(
    network.inputGradient?.elements ?? [], near: expected.1, tolerance: 1e-3, "PReLU: gradient of the input")
}

private func set(_ tensor: Tensor, _ index: Int, _ value: Float) {
  var span = tensor.mutableSpan
  span[index] = value
}
