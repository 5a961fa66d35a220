// The examples of the documentation of trainings on several processes, as they stand there (see Examples.swift).
import Kobai
import KobaiData
import KobaiDistributed
import KobaiTraining

enum DistributedExamples {
  static func sharded(_ communicator: any Communicator, _ layers: Sequential) throws -> ShardedNetwork {
    let tree = ShardTree(shards: 8)
    let network = try Network(
      input: [784], batch: tree.mostSamples(of: communicator.rank, among: communicator.size, in: 100), layers)
    let sharded = try ShardedNetwork(network, batch: 100, shards: 8, communicator)
    return sharded
  }

  static func train(_ communicator: any Communicator, _ digits: Dataset) throws -> String {
    let tree = ShardTree(shards: 8)
    let network = try Network(
      input: [1, 28, 28], batch: tree.mostSamples(of: communicator.rank, among: communicator.size, in: 100),
      SimpleConvNet(), seed: 1)
    let sharded = try ShardedNetwork(network, batch: 100, shards: 8, communicator)
    let trainer = Trainer(
      network, loss: SoftmaxCrossEntropy(), optimizer: Adam(),
      train: Batches(digits.train, batchSize: 100, shuffles: true, seed: 1), options: .init(epochs: 1), sharded: sharded
    )
    try trainer.run()
    return network.weightsSHA256
  }

  #if MPI
    static func start() throws {
      let communicator = try MPICommunicator()
      // … train …
      try communicator.finish()
    }
  #endif
}
