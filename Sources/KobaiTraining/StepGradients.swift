import Kobai
import KobaiData

// How a step comes to its loss and to the gradients of the parameters.
extension Trainer {
  /// Adds the gradients of a step's batches up, which the network computes one after the other.
  ///
  /// - Parameters:
  ///   - batches: their numbers.
  ///   - positions: the positions of all samples of the step.
  ///   - divisor: what the step's losses are divided by.
  ///   - memory: where the step's targets are.
  /// - Returns: the mean loss over all samples.
  func differentiate(
    _ batches: Range<Int>, of positions: Range<Int>, divisor: Double, _ memory: SampleMemory
  ) throws -> Float {
    var loss: Float = 0
    for batch in batches {
      loss = try add(batch, of: positions, divisor: divisor, memory)
      try check(loss, isFirst: batch == batches.lowerBound)
      try network.backward()
    }
    guard batches.count > 1, let outputs else { return loss }
    // The sum over all of them has another order than the sum of their sums.
    return try self.loss.evaluate(
      outputs.prefix(positions.count), memory.targets(0..<positions.count), divisor: divisor, gradient: nil,
      on: network.kernels)
  }

  /// The forward pass and the loss of a batch, which is a part of its step's.
  private func add(_ batch: Int, of step: Range<Int>, divisor: Double, _ memory: SampleMemory) throws -> Float {
    let positions = train.positions(of: batch)
    let places = positions.lowerBound - step.lowerBound..<positions.upperBound - step.lowerBound
    let x = try memory.loadInputs(of: train, positions, at: places, on: network.kernels)
    let targets = memory.targets(places)
    let y = try network.forward(
      x, .training(step: progress.step), part: BatchPart(first: places.lowerBound, of: step.count))
    if let outputs { outputs.slice(places).copy(from: y) }
    let loss = try self.loss.evaluate(
      y, targets, divisor: divisor, gradient: network.outputGradient, on: network.kernels)
    scores.add(y, targets)
    return loss
  }

  /// Computes this process's part of a batch, and makes the gradients those of all processes.
  ///
  /// All of them learn the outputs of the whole batch, so that each knows the loss and the metrics of it, and whether one of them
  /// has been asked to stop.
  func differentiate(
    _ positions: Range<Int>, sharedBy sharded: ShardedNetwork, divisor: Double, _ memory: SampleMemory
  ) throws -> Float {
    let own = sharded.samples(in: positions.count)
    let x = try memory.loadInputs(of: train, positions, share: own, on: network.kernels).own
    let y = try sharded.forward(x, of: positions.count, step: progress.step)
    try sharded.share(y, of: positions.count, wish: shouldStop)
    if let y {
      _ = try loss.evaluate(
        y, memory.targets(own), divisor: divisor, gradient: network.outputGradient, on: network.kernels)
    }
    try sharded.backward()
    let (outputs, isWished) = try sharded.sharedOutputs()
    if isWished { (shouldStop, allStop) = (true, true) }
    let targets = memory.targets(0..<positions.count)
    let loss = try self.loss.evaluate(outputs, targets, divisor: divisor, gradient: nil, on: network.kernels)
    try check(loss, isFirst: true)
    scores.add(outputs, targets)
    return loss
  }
}
