import Kobai
import KobaiData
import KobaiTraining
import TestSupport

let embedded: Dataset = {
  do { return try .embedded() } catch { fatalError("\(error)") }
}()

/// Images whose targets are themselves.
struct PicturesAsTargets: SampleSource {
  let images: ImageSet
  var count: Int { images.count }
  var inputShape: [Int] { images.inputShape }
  var targetFormat: TargetFormat { .input }
  func loadInputs(_ index: Span<Int32>, into inputs: consuming MutableSpan<Float>, on kernels: Kernels) throws {
    try images.loadInputs(index, into: inputs, on: kernels)
  }
}

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
  var shards: Int?

  /// - Parameter communicator: reaches the processes that share the training out.
  func trainer(sharing communicator: any Communicator = SingleProcess()) throws -> Trainer {
    let own = shards.map {
      ShardTree(shards: $0).mostSamples(of: communicator.rank, among: communicator.size, in: batch)
    }
    let network = try Network(input: [1, 28, 28], batch: own ?? batch, architecture, seed: seed, kernels: kernels)
    if let frozen { try network.parameters.setTrainable(false, prefix: frozen) }
    let sharded = try shards.map {
      try ShardedNetwork(network, batch: batch, shards: $0, communicator, bucketBytes: 4_000)
    }
    let train = Batches(
      embedded.train, indices: (0..<Int32(images)).map { $0 }, batchSize: batch, shuffles: true,
      augmentation: augmentation, seed: seed)
    return Trainer(
      network, loss: SoftmaxCrossEntropy(), optimizer: optimizer, train: train,
      validation: validation,
      options: .init(
        epochs: epochs, schedule: schedule, warmupSteps: warmupSteps, patience: patience, accumulate: accumulate,
        clipping: clipping, averageDecay: averageDecay), sharded: sharded)
  }
}
