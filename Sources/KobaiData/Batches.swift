import KobaiKernels
import KobaiPreconditions

/// Deals a set of images out in batches, as floats. A pass over the set takes every image once, in an order that
/// depends on the seed and the epoch alone; loading a batch allocates nothing.
public final class Batches {
  /// The set that the images come from.
  public let set: ImageSet
  /// Images in each batch but the last.
  public let batchSize: Int
  private let shuffles: Bool
  private let augmentation: Augmentation?
  private let normalization: Normalization
  private let seed: UInt64
  private let all: [Int32]
  private var order: [Int32]
  private var random: [UInt32]
  private var maps: [AffineMap]

  /// - Parameters:
  ///   - set: the set that the images come from.
  ///   - indices: the images to deal out; all of them unless given.
  ///   - batchSize: images in a batch; the last one may have fewer.
  ///   - shuffles: whether ``startEpoch(_:on:)`` draws a new order.
  ///   - augmentation: how each image is changed; nil leaves them as they are.
  ///   - normalization: how bytes become floats.
  ///   - seed: the seed of the order and of the changes.
  public init(
    _ set: ImageSet, indices: [Int32]? = nil, batchSize: Int, shuffles: Bool = false,
    augmentation: Augmentation? = nil, normalization: Normalization = .unit, seed: UInt64 = 0
  ) {
    require(batchSize > 0, "a batch of \(batchSize) holds nothing")
    for i in indices ?? [] { require(i >= 0 && Int(i) < set.count, "image \(i) of \(set.count)") }
    (self.set, self.batchSize, self.shuffles) = (set, batchSize, shuffles)
    (self.augmentation, self.normalization) = (augmentation, normalization)
    self.seed = seed
    all = indices ?? (0..<Int32(set.count)).map { $0 }
    order = all
    random = [UInt32](repeating: 0, count: all.count * (augmentation == nil ? 1 : Augmentation.numbersPerImage))
    maps = [AffineMap](repeating: AffineMap(), count: augmentation == nil ? 0 : all.count)
  }

  /// The number of images in a pass.
  public var images: Int { all.count }
  /// The number of batches in a pass; the last one may be smaller.
  public var count: Int { (all.count + batchSize - 1) / batchSize }

  /// Begins a pass, computed by the given kernels, those of the network. Every pass with the same number is the same.
  public func startEpoch(_ epoch: Int, on kernels: Kernels) {
    order = all
    if shuffles { shuffle(epoch, kernels) }
    if let augmentation {
      kernels.randomBits(RandomKey(seed: seed, .augmentation, step: epoch), into: random.mutableSpan)
      for i in maps.indices {
        let bits = (random[4 * i], random[4 * i + 1], random[4 * i + 2], random[4 * i + 3])
        maps[i] = augmentation.map(bits, size: set.size)
      }
    }
  }

  // The algorithm of Fisher and Yates makes every order equally likely.
  private func shuffle(_ epoch: Int, _ kernels: Kernels) {
    kernels.randomBits(RandomKey(seed: seed, .shuffle, step: epoch), into: random.mutableSpan)
    for i in stride(from: order.count - 1, to: 0, by: -1) {
      order.swapAt(i, Int((UInt64(random[i]) * UInt64(i + 1)) >> 32))
    }
  }

  /// How many images batch number `batch` has.
  public func size(of batch: Int) -> Int {
    require(batch >= 0 && batch < count, "batch \(batch) of \(count)")
    return min(batchSize, all.count - batch * batchSize)
  }

  /// Fills `images` (size, channels, height, width) and `labels` (size) with batch number `batch`, by the given kernels.
  ///
  /// - Throws: `KernelError` where there is room for more or fewer than ``size(of:)`` images or labels.
  public func load(
    _ batch: Int, images: consuming MutableSpan<Float>, labels: consuming MutableSpan<Int32>, on kernels: Kernels
  ) throws(KernelError) {
    let range = batch * batchSize..<batch * batchSize + size(of: batch)
    try load(imagesAt: range, images: images, labels: labels, on: kernels)
  }

  /// Fills `labels` with those of so many images from place `first` of the pass on.
  package func loadLabels(_ first: Int, into labels: consuming MutableSpan<Int32>) {
    for i in 0..<labels.count { labels[i] = Int32(set.labels[Int(order[first + i])]) }
  }

  /// The same for the images at some places of the pass, whichever batches they are in.
  package func load(
    imagesAt range: Range<Int>, images: consuming MutableSpan<Float>, labels: consuming MutableSpan<Int32>,
    on kernels: Kernels
  ) throws(KernelError) {
    let (set, order, maps) = (self.set, self.order, self.maps)
    let index = order.span.extracting(range)
    guard labels.count == range.count else {
      throw .count(kernel: "batch", argument: "labels", needed: range.count, given: labels.count)
    }
    loadLabels(range.lowerBound, into: labels)
    let (scale, offset) = (normalization.scale, normalization.offset)
    if augmentation == nil {
      try kernels.gatherImages(
        set.pixels, pixels: set.pixelsPerImage, index: index, scale: scale, offset: offset, into: images)
    } else {
      try kernels.warpImages(
        set.pixels, channels: set.channels, size: set.size, index: index, maps: maps.span.extracting(range),
        scale: scale, offset: offset, into: images)
    }
  }
}

extension ImageSet {
  /// Sets `count` of the images aside, chosen at random, for validation.
  ///
  /// Where `train` is given, so many of the others are kept, chosen at random, too; else all of them.
  ///
  /// - Returns: the indices of the others and of those set aside, in ascending order.
  public func split(validation count: Int, train: Int? = nil, seed: UInt64) -> (
    train: [Int32], validation: [Int32]
  ) {
    let end = train.map { count + $0 } ?? self.count
    require(count >= 0 && count <= end && end <= self.count, "\(end) of \(self.count) images")
    var random = [UInt32](repeating: 0, count: self.count)
    Kernels(threads: 1).randomBits(RandomKey(seed: seed, .split), into: random.mutableSpan)
    let order = random.indices.sorted { (random[$0], $0) < (random[$1], $1) }.map(Int32.init)
    return (order[count..<end].sorted(), order[..<count].sorted())
  }
}
