import Foundation
import Kobai
import KobaiData
import KobaiPreconditions

/// How well a network does on a set of samples.
public struct Evaluation: Sendable, Equatable {
  /// The mean loss over all samples, each with the weight that the loss gives it.
  public let loss: Double
  /// The values of the metrics.
  public let metrics: MetricValues
  /// The predictions, class by class, whatever the samples' weights; nil where the targets are no classes, or where there are
  /// more than ``mostConfusedClasses``.
  public let confusion: ConfusionMatrix?
  private let byLabel: [String: [Double]]

  /// The largest number of classes whose predictions are counted for each pair of them.
  public static let mostConfusedClasses = 2_000

  init(loss: Double, _ scores: Scores, _ confusion: ConfusionMatrix?) {
    (self.loss, metrics, self.confusion) = (loss, scores.values, confusion)
    byLabel = Dictionary(scores.metrics.map { ($0.key, $0.valuesByLabel) }) { first, _ in first }
  }

  /// The share of correct predictions, 0 ... 1; not a number where it was not measured.
  public var accuracy: Double { metrics["accuracy"] ?? confusion?.accuracy ?? .nan }

  /// The values of a metric for each class, label or column; empty where it does not tell them apart.
  public func valuesByLabel(_ metric: String) -> [Double] { byLabel[MetricValues.key(of: metric)] ?? [] }
}

/// Runs a network over sets of samples without training it. Its buffers are allocated once.
///
/// Batches that are larger than the network's are cut into as many as it needs: each sample's outputs are the same bits in
/// any batch.
///
/// Outputs can be means, too: of several networks (an ensemble), and of several views of each sample, such as an image and its shifts
/// (test-time augmentation). Of logits that is the geometric mean of the probabilities.
public final class Evaluator {
  private let networks: [Network]
  private let loss: any Loss
  private let metrics: [any Metric]?
  private let sharded: ShardedNetwork?
  let batch: Int  // the most samples that are computed at a time
  private let logits: [((Float) -> Float)?]  // of a network whose outputs are probabilities: what its last layer is of
  private var memory: SampleMemory?
  private var mean: Tensor?

  /// An evaluator of that network. It runs forward passes, so that `Network.backward()` must not follow an evaluation.
  ///
  /// - Parameters:
  ///   - network: the network.
  ///   - loss: the loss that is measured.
  ///   - metrics: what is measured besides; unless given, it is the accuracy where the targets are classes.
  ///   - sharded: the network's part in evaluations that several processes share out: all of them evaluate the same batches at the
  ///     same time, and have the results of all samples.
  public init(_ network: Network, loss: any Loss, metrics: [any Metric]? = nil, sharded: ShardedNetwork? = nil) {
    (networks, self.loss, self.metrics, self.sharded) = ([network], loss, metrics, sharded)
    (batch, logits) = (sharded?.batch ?? network.batch, [nil])
  }

  /// An evaluator of the mean of several networks' outputs. A classifier that ends in `Softmax`, or a network for labels that ends
  /// in `Sigmoid`, is measured by the logits of its probabilities.
  ///
  /// - Parameters:
  ///   - networks: the networks, at least one. They take the same inputs, and their outputs are of one shape.
  ///   - task: what they have learned.
  public init(ensemble networks: [Network], task: LearningTask) {
    require(!networks.isEmpty, "an ensemble of no networks predicts nothing")
    for network in networks {
      require(
        network.input == networks[0].input && network.output == networks[0].output,
        "networks from \(networks[0].input) to \(networks[0].output) and from \(network.input) to \(network.output) are no ensemble"
      )
    }
    (self.networks, loss, metrics, sharded) = (networks, task.makeLoss(), task.metrics, nil)
    batch = networks.reduce(.max) { min($0, $1.batch) }
    logits = networks.map { network in
      guard task.kind.makesProbabilities(network.design.outputLayer) else { return nil }
      guard task.kind == .multiLabel else { return { log(max($0, .leastNormalMagnitude)) } }
      return { probability in
        let clamped = Double(min(max(probability, .leastNormalMagnitude), 1 - .ulpOfOne / 2))
        return Float(log(clamped / (1 - clamped)))
      }
    }
  }

  /// An evaluator that measures the loss and the metrics of a task.
  public convenience init(_ network: Network, task: LearningTask, sharded: ShardedNetwork? = nil) {
    self.init(network, loss: task.makeLoss(), metrics: task.metrics, sharded: sharded)
  }

  /// The network, or the first of the ensemble: all of them are alike from outside.
  var network: Network { networks[0] }

  /// Runs the network over all batches, in order and without changing it.
  ///
  /// - Parameters:
  ///   - batches: the samples.
  ///   - prepare: changes the inputs of each batch (batch, input) before the network gets them: those that this process loads.
  ///   - body: called with the network's outputs (batch, …) and the targets of each batch, which stay valid until it returns;
  ///     of a batch that is larger than the network's several times.
  /// - Throws: ``TrainingError`` where the samples do not fit the network, and what the closures throw.
  public func forEachBatch(
    _ batches: any BatchSource, preparing prepare: (_ inputs: Tensor) throws -> Void = { _ in },
    _ body: (_ outputs: Tensor, _ targets: Targets) throws -> Void
  ) throws {
    try forEachBatch([batches], preparing: prepare, body)
  }

  private func forEachBatch(
    _ views: [any BatchSource], preparing prepare: (Tensor) throws -> Void,
    _ body: (_ outputs: Tensor, _ targets: Targets) throws -> Void
  ) throws {
    let batches = views[0]
    try batches.fit(network)
    let memory = memory(for: batches)
    for view in views { try view.startEpoch(0, on: network.kernels) }
    for i in 0..<batches.count {
      let positions = batches.positions(of: i)
      var first = positions.lowerBound
      while first < positions.upperBound {
        let part = first..<min(first + batch, positions.upperBound)
        try memory.loadTargets(of: batches, part)
        let outputs = try outputs(of: views, part, memory, prepare)
        try body(outputs, memory.targets(0..<part.count))
        first = part.upperBound
      }
    }
  }

  private func outputs(
    of views: [any BatchSource], _ part: Range<Int>, _ memory: SampleMemory, _ prepare: (Tensor) throws -> Void
  ) throws -> Tensor {
    if let sharded { return try outputs(of: views[0], part, memory, prepare, sharded) }
    func inputs(of view: any BatchSource) throws -> Tensor {
      let x = try memory.loadInputs(of: view, part, at: 0..<part.count, on: network.kernels)
      try prepare(x)
      return x
    }
    if views.count * networks.count == 1 { return try outputs(of: 0, inputs(of: views[0])) }
    let room = self.mean ?? Tensor(network.output.batched(batch))
    self.mean = room
    let mean = room.prefix(part.count)
    mean.fill(0)
    var count: Float = 0
    // The first view is the last to be loaded: its inputs may be the targets.
    for view in views.reversed() {
      let x = try inputs(of: view)
      for i in networks.indices {
        count += 1
        try network.kernels.lerp(outputs(of: i, x).span, weight: 1 / count, into: mean.mutableSpan)
      }
    }
    return mean
  }

  /// The outputs of one network, as the task's loss and metrics take them.
  private func outputs(of i: Int, _ x: Tensor) throws -> Tensor {
    let y = try networks[i].forward(x, .inference)
    if let logit = logits[i] {
      var values = y.mutableSpan
      for j in values.indices { values[j] = logit(values[j]) }
    }
    return y
  }

  private func outputs(
    of batches: any BatchSource, _ part: Range<Int>, _ memory: SampleMemory, _ prepare: (Tensor) throws -> Void,
    _ sharded: ShardedNetwork
  ) throws -> Tensor {
    let own = sharded.samples(in: part.count)
    let x = try memory.loadInputs(of: batches, part, share: own, on: network.kernels)
    if x.loaded.count > 0 { try prepare(x.loaded) }
    try sharded.share(own.isEmpty ? nil : network.forward(x.own, .inference), of: part.count)
    return try sharded.sharedOutputs().outputs
  }

  private func memory(for batches: any BatchSource) -> SampleMemory {
    if let memory, memory.takes(batches) { return memory }
    let memory = SampleMemory(batches, network, targets: batch)
    self.memory = memory
    return memory
  }

  /// Sees to it that samples, network, loss and metrics fit each other.
  ///
  /// - Returns: the metrics, ready for a pass.
  @discardableResult
  func fit(_ batches: any BatchSource) throws(TrainingError) -> Scores {
    try batches.fit(network)
    try loss.fit(batches.targetFormat, network)
    var scores = Scores(metrics ?? batches.usualMetrics)
    try scores.start(batches, network)
    return scores
  }

  /// The loss and the metrics over all batches, and the confusion matrix where the targets are classes.
  public func evaluate(_ batches: any BatchSource) throws -> Evaluation { try evaluate(batches, preparing: { _ in }) }

  /// The same, with inputs that are changed first. Where the inputs are the targets, these change with them.
  ///
  /// - Parameters:
  ///   - batches: the samples.
  ///   - prepare: changes the inputs of each batch (batch, input) before the network gets them.
  /// - Throws: what ``forEachBatch(_:preparing:_:)`` throws, and ``TrainingError`` where the loss or a metric does not fit.
  public func evaluate(
    _ batches: any BatchSource, preparing prepare: (_ inputs: Tensor) throws -> Void
  ) throws -> Evaluation {
    try evaluate([batches], preparing: prepare)
  }

  /// The same of the mean of the outputs for several views of each sample.
  ///
  /// - Parameter views: the same samples with the same targets in the same batches, such as `Batches.views` has.
  public func evaluate(views: [any BatchSource]) throws -> Evaluation {
    require(!views.isEmpty, "no view of the samples is given")
    require(sharded == nil || views.count == 1, "processes that share an evaluation out take one view of the samples")
    for view in views {
      try view.fit(network)
      require(
        view.samples == views[0].samples && view.batchSize == views[0].batchSize
          && view.targetFormat == views[0].targetFormat,
        "the views are of different samples, or in different batches")
    }
    return try evaluate(views, preparing: { _ in })
  }

  private func evaluate(_ views: [any BatchSource], preparing prepare: (Tensor) throws -> Void) throws -> Evaluation {
    let batches = views[0]
    var scores = try fit(batches)
    var confusion: ConfusionMatrix?
    if case .classes = batches.targetFormat, network.output[0] <= Evaluation.mostConfusedClasses {
      confusion = ConfusionMatrix(classes: network.output[0])
    }
    var (total, weights) = (0.0, 0.0)
    try forEachBatch(views, preparing: prepare) { outputs, targets in
      let weight = loss.weight(of: targets)
      total += Double(try loss.evaluate(outputs, targets, gradient: nil, on: network.kernels)) * weight
      weights += weight
      scores.add(outputs, targets)
      if confusion != nil { outputs.withBatch(targets) { confusion?.add($0) } }
    }
    return Evaluation(loss: total / (weights > 0 ? weights : 1), scores, confusion)
  }
}
