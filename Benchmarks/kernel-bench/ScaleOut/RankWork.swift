import Foundation
import Kobai

/// One rank's part of a training step, with times of its own.
final class RankWork {
  let sharded: ShardedNetwork
  private let network: Network
  private let loss = SoftmaxCrossEntropy()
  private var optimizer = Adam(learningRate: 1e-6)
  private let images: Tensor
  private let labels: Labels
  private let batch: Int  // of all ranks
  private var step = 0

  /// - Parameters:
  ///   - samples: how many this rank computes.
  ///   - communicator: reaches the others, each of which has one shard with as many.
  init(_ model: BenchModel, samples: Int, _ communicator: any Communicator, bucketBytes: Int?, _ kernels: Kernels)
    throws
  {
    batch = samples * communicator.size
    network = try Network(input: model.input, batch: samples, model.architecture, kernels: kernels)
    sharded = try ShardedNetwork(
      network, batch: batch, shards: communicator.size, communicator, bucketBytes: bucketBytes)
    images = randomFloats(samples * model.input.count, 5).reshaped(model.input.batched(samples))
    labels = Labels((0..<samples).map { $0 % 10 })
  }

  /// The seconds of the forward pass with the loss, of the backward pass, and of the update.
  func train() throws -> (forward: Double, backward: Double, update: Double) {
    step += 1
    let clock = ContinuousClock()
    let start = clock.now
    let y = try sharded.forward(images, of: batch, step: step)
    try sharded.share(y, of: batch)
    if let y {
      _ = try loss.evaluate(
        y, .classes(labels), divisor: Double(batch), gradient: network.outputGradient, on: network.kernels)
    }
    let backward = clock.now
    try sharded.backward()
    _ = try sharded.sharedOutputs()
    let update = clock.now
    try optimizer.step(network.parameters)
    let end = clock.now
    return ((backward - start) / .seconds(1), (update - backward) / .seconds(1), (end - update) / .seconds(1))
  }

}

/// The times of a rank's steps, of which the medians count.
struct StepTimes {
  private var (forward, backward, update, whole) = (Times(), Times(), Times(), Times())

  /// Adds the times of so many steps.
  mutating func measure(_ work: RankWork, steps: Int) throws {
    for _ in 0..<steps {
      let times = try work.train()
      forward.append(times.forward)
      backward.append(times.backward)
      update.append(times.update)
      whole.append(times.forward + times.backward + times.update)
    }
  }

  /// The seconds of the steps, sorted.
  var sorted: [Double] { whole.seconds.sorted() }

  var medians: (forward: Double, backward: Double, update: Double, step: Double) {
    (forward.median, backward.median, update.median, whole.median)
  }
}

extension Communicator {
  /// Measures how messages go between ranks 0 and 1; all ranks call it.
  func measureLink() throws -> Link {
    let (rounds, count) = (200, 1 << 20)
    let small = Tensor([1])
    let large = Tensor([count])
    let back = Tensor([count])
    func time(_ work: () throws -> Void) throws -> Double {
      try ContinuousClock().measure(work) / .seconds(1)
    }
    /// A message there and back; both directions at once where `back` has a tensor of its own.
    func pingPong(_ tensor: Tensor) throws {
      if rank == 0 { try send(tensor, to: 1, tag: 31_000).wait() }
      if rank <= 1 { try receive(into: tensor, from: 1 - rank, tag: 31_000).wait() }
      if rank == 1 { try send(tensor, to: 0, tag: 31_000).wait() }
    }
    func exchange() throws {
      guard rank <= 1 else { return }
      let received = try receive(into: back, from: 1 - rank, tag: 31_001)
      let sent = try send(large, to: 1 - rank, tag: 31_001)
      try received.wait()
      try sent.wait()
    }
    func burst(_ messages: Int) throws {
      guard rank <= 1 else { return }
      var transfers: [any Transfer] = []
      for i in 0..<messages {
        transfers.append(try receive(into: back.slice(i..<i + 1), from: 1 - rank, tag: 31_002))
      }
      for i in 0..<messages { transfers.append(try send(large.slice(i..<i + 1), to: 1 - rank, tag: 31_002)) }
      for transfer in transfers { try transfer.wait() }
    }
    _ = try gather([])
    for _ in 0..<20 { try pingPong(small) }
    var (latency, bandwidth, overhead) = (Times(), Times(), Times())
    for _ in 0..<rounds { latency.append(try time { try pingPong(small) } / 2) }
    for _ in 0..<20 { bandwidth.append(try time(exchange)) }
    for _ in 0..<50 { overhead.append(try time { try burst(64) } / 64) }
    let bytes = Double(count * MemoryLayout<Float>.stride)
    return Link(
      latency: latency.median, overhead: overhead.median,
      bandwidth: bytes / max(bandwidth.median - latency.median, 1e-9))
  }
}
