import Foundation
import Kobai
import KobaiData
import KobaiTraining
import TestSupport
import Testing
import ThreadRanks

@Suite("Trainings that several processes share out")
struct SharedTrainingTests {
  /// What a process knows after a training.
  struct Outcome: Equatable, Sendable {
    let weights: String
    let losses: [Float]
    let records: [String]
    let result: String
  }

  /// Trains on so many processes, each with so many threads.
  private static func run(
    _ ranks: Int, threads: Int = 1, _ training: @Sendable @escaping () -> SmallTraining
  ) throws -> [Outcome] {
    try ThreadRanks.run(ranks) { communicator in
      var training = training()
      training.kernels = Kernels(threads: threads)
      let trainer = try training.trainer(sharing: communicator)
      var (losses, records) = ([Float](), [String]())
      let result = try trainer.run(
        onEpoch: {
          records.append(
            "\($0.number) \($0.trainLoss) \($0.trainMetrics["accuracy"] ?? -1) \($0.evaluation?.loss ?? -1) "
              + "\($0.evaluation?.metrics["accuracy"] ?? -1) \($0.samples)")
        }, onStep: { losses.append($0.loss) })
      return Outcome(
        weights: trainer.network.weightsSHA256, losses: losses, records: records,
        result: "\(result.ending) \(result.epochs) \(result.steps) \(result.samples)")
    }
  }

  /// Networks of the book, with all that a training can have; batches of 24 and a last one of 6.
  static let trainings: [(name: String, make: @Sendable () -> SmallTraining)] = [
    ("MLP", { small(MultiLayerNet(hidden: [30, 20]), optimizer: SGD(learningRate: 0.1)) }),
    ("SimpleConvNet", { small(SimpleConvNet(filters: 6, hidden: 20), optimizer: Adam()) }),
    ("DeepConvNet", { small(DeepConvNet(), optimizer: Adam()) }),
    (
      "BatchNorm",
      {
        small(
          MultiLayerNet(hidden: [30, 20], batchNorm: true, dropout: 0.2), optimizer: Nesterov(learningRate: 0.05))
      }
    ),
  ]

  private static func small(_ network: any Architecture, optimizer: any Optimizer) -> SmallTraining {
    SmallTraining(
      architecture: network, batch: 24, images: 54, epochs: 2, optimizer: optimizer, schedule: .cosine, warmupSteps: 2,
      patience: 5, clipping: .norm(2), averageDecay: 0.9, augmentation: .digits,
      validation: Batches(embedded.test, indices: (0..<50).map { $0 }, batchSize: 32), shards: 8)
  }

  @Test("weights, losses, metrics and records have the same bits with 1, 2, 3, 4 and 8 processes and 1 and 2 threads")
  func sameBits() throws {
    for (name, make) in Self.trainings {
      let alone = try Self.run(1, make)[0]
      #expect(alone.losses.count == 6 && alone.records.count == 2)
      for (ranks, threads) in [(1, 2), (2, 1), (2, 2), (3, 1), (4, 1), (8, 1), (8, 2)] {
        for (rank, outcome) in try Self.run(ranks, threads: threads, make).enumerated() {
          #expect(outcome == alone, "\(name): rank \(rank) of \(ranks), \(threads) threads")
        }
      }
    }
  }

  @Test("one shard has the bits of a training without shards") func oneShard() throws {
    let make = Self.trainings[1].make
    let plain = try Self.run(1) {
      var training = make()
      training.shards = nil
      return training
    }
    let one = try Self.run(1) {
      var training = make()
      training.shards = 1
      return training
    }
    #expect(plain == one)
    #expect(try Self.run(1, make)[0].weights != plain[0].weights)
  }

  @Test("a checkpoint goes on with another number of processes, to the same bits") func resumes() throws {
    let folder = try TemporaryFolder()
    let path = folder / "checkpoint.safetensors"
    for (name, make) in Self.trainings.suffix(2) {
      let whole = try Self.run(4, make)[0]
      _ = try ThreadRanks.run(4) { communicator in
        let trainer = try make().trainer(sharing: communicator)
        try trainer.run(onStep: { step in
          guard step.index == 3 else { return }
          if communicator.rank == 0 { try Checkpoint.write(trainer, to: path) }
          trainer.shouldStop = true
        })
        return trainer.progress.step
      }
      for ranks in [1, 3] {
        let weights = try ThreadRanks.run(ranks) { communicator in
          let trainer = try make().trainer(sharing: communicator)
          try Checkpoint(path).restore(trainer)
          try trainer.run()
          return trainer.network.weightsSHA256
        }
        #expect(weights == [String](repeating: whole.weights, count: ranks), "\(name), \(ranks) processes")
      }
    }
  }

  @Test("where one process is asked to stop, all end with the same step") func stops() throws {
    let steps = try ThreadRanks.run(3) { communicator in
      let trainer = try Self.trainings[0].make().trainer(sharing: communicator)
      var toldToStop: [Int] = []
      let result = try trainer.run(onStep: { step in
        if communicator.rank == 2 && step.index == 1 { trainer.shouldStop = true }
        if trainer.shouldStop { toldToStop.append(step.index) }
      })
      return ["\(result.ending)", "\(result.steps)", "\(toldToStop.last ?? -1)"]
    }
    #expect(steps == [[String]](repeating: ["stopped", "3", "2"], count: 3))
  }

  @Test("a training that diverges does so on all processes, with the same words") func diverges() throws {
    let words = try ThreadRanks.run(2) { communicator in
      let training = SmallTraining(batch: 24, images: 54, optimizer: SGD(learningRate: 1e30), shards: 8)
      let trainer = try training.trainer(sharing: communicator)
      do { try trainer.run() } catch { return "\(error)" }
      return ""
    }
    #expect(words[0].hasPrefix("the loss is no longer a number at step 2 (epoch 1)"))
    #expect(words[0] == words[1])
  }

  @Test("where the targets are the inputs, each process has the targets of all samples") func reconstruction() throws {
    func weights(_ ranks: Int) throws -> [String] {
      try ThreadRanks.run(ranks) { communicator in
        let tree = ShardTree(shards: 8)
        let autoencoder: Sequential = ["encoder": Affine(6), "relu": ReLU(), "decoder": Affine(784)]
        let network = try Network(
          input: [1, 28, 28], batch: tree.mostSamples(of: communicator.rank, among: ranks, in: 10), autoencoder,
          seed: 3, kernels: Kernels(threads: 1))
        let train = Batches(
          PicturesAsTargets(images: embedded.train), indices: Array(0..<23), batchSize: 10, shuffles: true)
        let trainer = Trainer(
          network, task: .reconstruction, optimizer: Adam(), train: train, validation: train,
          options: .init(epochs: 2), sharded: try ShardedNetwork(network, batch: 10, shards: 8, communicator))
        var losses = ""
        try trainer.run(onEpoch: { losses += " \($0.trainLoss) \($0.evaluation?.loss ?? -1)" })
        return network.weightsSHA256 + losses
      }
    }
    let alone = try weights(1)[0]
    for ranks in [2, 5] { for one in try weights(ranks) { #expect(one == alone, "\(ranks) processes") } }
  }
}
