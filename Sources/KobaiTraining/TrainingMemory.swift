import Kobai

/// The bytes of memory that a training will take, known before any of it is allocated. The samples themselves are not among them.
package struct TrainingMemory: Sendable {
  /// Weights, their gradients, the optimizer's state, and the copies of weights that a trainer keeps.
  package let weights: Int
  /// What a batch needs: its samples, the values between the layers and their gradients, and what layers keep.
  package let batch: Int

  /// - Parameters:
  ///   - network: the network that is to be built.
  ///   - optimizer: what it will be trained by.
  ///   - options: how it will be trained.
  package init(of network: Network.Blueprint, optimizer: any Optimizer, options: Trainer.Options) {
    let memory = network.memory
    let copies = options.weightCopies + optimizer.numbersPerParameter
    weights = NetworkMemory.sum([memory.weights, memory.gradients] + (0..<copies).map { _ in memory.weights })
    let (samples, overflow) = network.sampleCount.multipliedReportingOverflow(by: MemoryLayout<Float>.stride)
    batch = NetworkMemory.sum([memory.values, memory.layers, overflow ? .max : samples])
  }

  /// All of it.
  package var total: Int { NetworkMemory.sum([weights, batch]) }

  /// "1200 MiB for weights and optimizer, 310 MiB for a batch"
  package var text: String { "\(weights >> 20) MiB for weights and optimizer, \(batch >> 20) MiB for a batch" }
}

extension Trainer.Options {
  /// How many copies of the weights a trainer keeps: the last good ones, the best ones, and the average with what it stands in for.
  fileprivate var weightCopies: Int { 1 + (patience == nil ? 0 : 1) + (averageDecay == nil ? 0 : 2) }
}
