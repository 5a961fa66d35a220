import KobaiKernels
import KobaiPreconditions

/// Deals samples out in batches. A pass takes every sample once, in an order that depends on the seed and the epoch alone;
/// loading a batch of images allocates nothing.
public final class Batches: BatchSource {
  /// Where the samples come from.
  public let source: any SampleSource
  /// Samples in each batch but the last.
  public let batchSize: Int
  private let images: ImageLoading?
  private let shuffles: Bool
  private let seed: UInt64
  private let all: [Int32]
  private var order: [Int32]
  private var random: [UInt32]
  private var maps: [AffineMap]

  /// How images become inputs; other samples are taken as their source loads them.
  private struct ImageLoading {
    let set: ImageSet
    let augmentation: Augmentation?
    let normalization: Normalization
  }

  /// Batches of images.
  ///
  /// - Parameters:
  ///   - set: the set that the images come from.
  ///   - indices: the images to deal out; all of them unless given.
  ///   - batchSize: images in a batch; the last one may have fewer.
  ///   - shuffles: whether ``startEpoch(_:on:)`` draws a new order.
  ///   - augmentation: how each image is changed; nil leaves them as they are.
  ///   - normalization: how bytes become floats.
  ///   - seed: the seed of the order and of the changes.
  public convenience init(
    _ set: ImageSet, indices: [Int32]? = nil, batchSize: Int, shuffles: Bool = false,
    augmentation: Augmentation? = nil, normalization: Normalization = .unit, seed: UInt64 = 0
  ) {
    self.init(
      set, indices, batchSize, shuffles, seed,
      images: ImageLoading(set: set, augmentation: augmentation, normalization: normalization))
  }

  /// Batches of any samples.
  ///
  /// - Parameters:
  ///   - source: where the samples come from.
  ///   - indices: the samples to deal out; all of them unless given.
  ///   - batchSize: samples in a batch; the last one may have fewer.
  ///   - shuffles: whether ``startEpoch(_:on:)`` draws a new order.
  ///   - seed: the seed of the order.
  public convenience init(
    _ source: any SampleSource, indices: [Int32]? = nil, batchSize: Int, shuffles: Bool = false, seed: UInt64 = 0
  ) {
    self.init(source, indices, batchSize, shuffles, seed, images: nil)
  }

  private init(
    _ source: any SampleSource, _ indices: [Int32]?, _ batchSize: Int, _ shuffles: Bool, _ seed: UInt64,
    images: ImageLoading?
  ) {
    require(batchSize > 0, "a batch of \(batchSize) holds nothing")
    for i in indices ?? [] { require(i >= 0 && Int(i) < source.count, "sample \(i) of \(source.count)") }
    (self.source, self.batchSize, self.shuffles, self.seed) = (source, batchSize, shuffles, seed)
    self.images = images
    all = indices ?? (0..<Int32(source.count)).map { $0 }
    order = all
    let isAugmented = images?.augmentation != nil
    random = [UInt32](repeating: 0, count: all.count * (isAugmented ? Augmentation.numbersPerImage : 1))
    maps = [AffineMap](repeating: AffineMap(), count: isAugmented ? all.count : 0)
  }

  /// The number of samples in a pass.
  public var samples: Int { all.count }
  /// The shape of one sample's input.
  public var inputShape: [Int] { source.inputShape }
  /// What a network should make of an input.
  public var targetFormat: TargetFormat { source.targetFormat }
  /// Whether the samples count differently in the loss.
  public var isWeighted: Bool { source.isWeighted }

  /// Begins a pass, computed by the given kernels, those of the network. Every pass with the same number is the same.
  public func startEpoch(_ epoch: Int, on kernels: Kernels) {
    order = all
    if shuffles { shuffle(epoch, kernels) }
    if let images, let augmentation = images.augmentation {
      kernels.randomBits(RandomKey(seed: seed, .augmentation, step: epoch), into: random.mutableSpan)
      for i in maps.indices {
        let bits = (random[4 * i], random[4 * i + 1], random[4 * i + 2], random[4 * i + 3])
        maps[i] = augmentation.map(bits, size: images.set.size)
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

  /// How many samples batch number `batch` has.
  public func size(of batch: Int) -> Int {
    require(batch >= 0 && batch < count, "batch \(batch) of \(count)")
    return positions(of: batch).count
  }

  /// Fills `inputs` (size, input's shape) and `classes` (size) with batch number `batch`, by the given kernels.
  ///
  /// - Throws: `KernelError` where there is room for more or fewer than ``size(of:)`` inputs or classes, and what the
  ///   source throws.
  public func load(
    _ batch: Int, inputs: consuming MutableSpan<Float>, classes: consuming MutableSpan<Int32>, on kernels: Kernels
  ) throws {
    let positions = positions(of: batch)
    guard classes.count == positions.count else {
      throw KernelError.count(kernel: "batch", argument: "labels", needed: positions.count, given: classes.count)
    }
    try loadClasses(positions, into: classes)
    try loadInputs(positions, into: inputs, on: kernels)
  }

  public func loadInputs(
    _ positions: Range<Int>, into inputs: consuming MutableSpan<Float>, on kernels: Kernels
  ) throws {
    let (order, maps) = (self.order, self.maps)
    let index = order.span.extracting(positions)
    guard let images else { return try source.loadInputs(index, into: inputs, on: kernels) }
    let (set, scale, offset) = (images.set, images.normalization.scale, images.normalization.offset)
    if images.augmentation == nil {
      try kernels.gatherImages(
        set.pixels, pixels: set.pixelsPerImage, index: index, scale: scale, offset: offset, into: inputs)
    } else {
      try kernels.warpImages(
        set.pixels, channels: set.channels, size: set.size, index: index, maps: maps.span.extracting(positions),
        scale: scale, offset: offset, into: inputs)
    }
  }

  public func loadClasses(_ positions: Range<Int>, into classes: consuming MutableSpan<Int32>) throws {
    let order = order
    try source.loadClasses(order.span.extracting(positions), into: classes)
  }

  public func loadValues(_ positions: Range<Int>, into values: consuming MutableSpan<Float>) throws {
    let order = order
    try source.loadValues(order.span.extracting(positions), into: values)
  }

  public func loadWeights(_ positions: Range<Int>, into weights: consuming MutableSpan<Float>) throws {
    let order = order
    try source.loadWeights(order.span.extracting(positions), into: weights)
  }
}

/// Images as inputs: pixels from 0 to 1, unless ``Batches`` normalise them.
extension ImageSet: SampleSource {
  /// The shape of one image: channels, height and width.
  public var inputShape: [Int] { [channels, size.height, size.width] }
  /// One class for each image.
  public var targetFormat: TargetFormat { .classes(1 + Int(labels.max() ?? 0)) }

  public func loadInputs(
    _ index: Span<Int32>, into inputs: consuming MutableSpan<Float>, on kernels: Kernels
  ) throws {
    let scale = Normalization.unit.scale
    try kernels.gatherImages(pixels, pixels: pixelsPerImage, index: index, scale: scale, offset: 0, into: inputs)
  }

  public func loadClasses(_ index: Span<Int32>, into classes: consuming MutableSpan<Int32>) {
    for i in index.indices { classes[i] = Int32(labels[Int(index[i])]) }
  }
}
