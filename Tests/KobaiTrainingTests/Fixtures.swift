import Kobai
import KobaiData
import KobaiTraining
import TestSupport

let embedded: Dataset = {
  do { return try .embedded() } catch { fatalError("\(error)") }
}()

/// A small training on the embedded digits.
struct SmallTraining {
  var architecture: any Architecture = SimpleConvNet(filters: 4, hidden: 20)
  var kernels = Kernels()
  var batch = 20
  var images = 400
  var epochs = 1
  var seed: UInt64 = 1
  var optimizer: any Optimizer = Adam()
  var schedule = Schedule.constant
  var warmupSteps = 0
  var patience: Int?
  var accumulate = 1
  var frozen: String?
  var clipping: GradientClipping?
  var averageDecay: Float?
  var augmentation: Augmentation?
  var validation: Batches?

  func trainer() throws -> Trainer {
    let network = try Network(input: [1, 28, 28], batch: batch, architecture, seed: seed, kernels: kernels)
    if let frozen { try network.parameters.setTrainable(false, prefix: frozen) }
    let train = Batches(
      embedded.train, indices: (0..<Int32(images)).map { $0 }, batchSize: batch, shuffles: true,
      augmentation: augmentation, seed: seed)
    return Trainer(
      network, loss: SoftmaxCrossEntropy(), optimizer: optimizer, train: train,
      validation: validation,
      options: .init(
        epochs: epochs, schedule: schedule, warmupSteps: warmupSteps, patience: patience, accumulate: accumulate,
        clipping: clipping, averageDecay: averageDecay))
  }
}
