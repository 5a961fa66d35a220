import Kobai
import KobaiData
import KobaiTraining

/// The book's training loop (section 4.5.2): a batch is drawn at random from all images, again and again, so that an
/// image may come twice before another comes once; an "epoch" is as many batches as the images would fill. Kobai's own
/// `Trainer` deals every image out once an epoch.
final class BookTraining {
  let network: Network
  private(set) var optimizer: any Optimizer
  private let set: ImageSet
  private let images: [Int32]  // the indices of those to train on
  private let batchSize: Int
  private let loss: SoftmaxCrossEntropy
  private let evaluator: Evaluator
  private let lab: Lab
  private let x: Tensor
  private let labels: Labels
  private var step = 0
  /// The loss of each step. The book logs it after the update, for the batch that made it.
  private(set) var losses: [Double] = []

  /// - Parameter images: the indices of the images to train on; all of them unless given.
  init(
    _ network: Network, _ set: ImageSet, images: Range<Int>? = nil, batchSize: Int = 100, optimizer: any Optimizer,
    lab: Lab
  ) {
    (self.network, self.set, self.batchSize, self.optimizer, self.lab) = (network, set, batchSize, optimizer, lab)
    self.images = (images ?? 0..<set.count).map(Int32.init)
    loss = SoftmaxCrossEntropy()
    evaluator = Evaluator(network, loss: loss)
    x = Tensor(network.input.batched(batchSize))
    labels = Labels(count: batchSize)
  }

  var stepsPerEpoch: Int { max(images.count / batchSize, 1) }

  /// Trains for so many steps; `after` is called with the number of each, from 1 on.
  func run(steps: Int, name: String, quietly: Bool = false, after: (Int) throws -> Void = { _ in }) throws {
    for i in 1...max(steps, 1) {
      losses.append(try trainOnce())
      try after(i)
      if !quietly && (i % 20 == 0 || i == steps) { lab.report(Double(i) / Double(steps), name) }
    }
  }

  /// One step, and the loss of its batch after the update.
  private func trainOnce() throws -> Double {
    let (set, labels) = (self.set, self.labels)
    var bits = [UInt32](repeating: 0, count: batchSize)
    network.kernels.randomBits(RandomKey(seed: network.seed, .shuffle, step: step), into: bits.mutableSpan)
    let chosen = bits.map { images[Int((UInt64($0) * UInt64(images.count)) >> 32)] }
    try network.kernels.gatherImages(
      set.pixels, pixels: set.pixelsPerImage, index: chosen.span, into: x.mutableSpan)
    var span = labels.mutableSpan
    for i in 0..<batchSize { span[i] = set.labels[Int(chosen[i])] }
    let outputs = try network.forward(x, .training(step: step))
    _ = try loss.evaluate(outputs, labels, gradient: network.outputGradient, on: network.kernels)
    try network.backward()
    try optimizer.step(network.parameters)
    step += 1
    return Double(try loss.evaluate(try network.forward(x, .inference), labels, gradient: nil, on: network.kernels))
  }

  /// The accuracy on some of the images.
  func accuracy(on set: ImageSet, _ indices: Range<Int>? = nil) throws -> Double {
    let chosen = (indices ?? 0..<set.count).map(Int32.init)
    let batches = Batches(set, indices: chosen, batchSize: min(batchSize, chosen.count))
    return try evaluator.evaluate(batches).accuracy
  }
}
