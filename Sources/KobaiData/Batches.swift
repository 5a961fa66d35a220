import KobaiKernels
import KobaiPreconditions

/// Deals samples out in batches. A pass takes every sample once, in an order that depends on the seed and the epoch alone;
/// loading a batch of images allocates nothing.
public final class Batches: BatchSource {
  /// Where the samples come from.
  public let source: any SampleSource
  /// Samples in each batch but the last.
  public let batchSize: Int
  private let loading: InputLoading
  private let shuffles: Bool
  private let seed: UInt64
  private let all: [Int32]
  private var order: [Int32]
  private var random: [UInt32]
  private var changes: ImageChanges?

  /// How samples become inputs: images in one pass over their bytes, others as their source loads them, and then normalised.
  private enum InputLoading {
    case images(ImageSet, scales: [Float], offsets: [Float])
    case samples(Normalization?)
  }

  /// Batches of any samples.
  ///
  /// - Parameters:
  ///   - source: where the samples come from.
  ///   - indices: the samples to deal out; all of them unless given.
  ///   - batchSize: samples in a batch; the last one may have fewer.
  ///   - shuffles: whether ``startEpoch(_:on:)`` draws a new order.
  ///   - augmentation: how each image of an ``ImageSet`` is changed; nil leaves inputs as they are.
  ///   - normalization: what is subtracted from inputs and what they are divided by; see ``Normalization/fits(channels:)``.
  ///   - seed: the seed of the order and of the changes.
  public init(
    _ source: any SampleSource, indices: [Int32]? = nil, batchSize: Int, shuffles: Bool = false,
    augmentation: Augmentation? = nil, normalization: Normalization = .unit, seed: UInt64 = 0
  ) {
    require(batchSize > 0, "a batch of \(batchSize) holds nothing")
    for i in indices ?? [] { require(i >= 0 && Int(i) < source.count, "sample \(i) of \(source.count)") }
    (self.source, self.batchSize, self.shuffles, self.seed) = (source, batchSize, shuffles, seed)
    all = indices ?? (0..<Int32(source.count)).map { $0 }
    order = all
    random = [UInt32](repeating: 0, count: shuffles ? all.count : 0)
    if let set = source.images {
      let (scales, offsets) = normalization.byteScales(channels: set.channels)
      loading = .images(set, scales: scales, offsets: offsets)
      changes = augmentation.map { [count = all.count] augmentation in
        if let problem = augmentation.problem(for: set.size) { require(false, problem) }
        return ImageChanges(augmentation, images: count, size: set.size)
      }
    } else {
      require(
        augmentation == nil,
        "\(type(of: source)): its samples are no images of an ImageSet, which alone can be augmented")
      loading = .samples(normalization == .unit ? nil : normalization.expanded(source.inputShape.first ?? 1))
    }
  }

  /// Views of the same images in the same batches, for the mean of what a network makes of them (test-time augmentation): the images
  /// as they are first, then moved by so many pixels up, down, left, right and to the corners, then all of these mirrored.
  ///
  /// - Parameters:
  ///   - source: the images; other samples have but one view.
  ///   - batchSize: images in a batch; the last one may have fewer.
  ///   - pixels: how far images are moved, their outermost pixels repeated behind them; 0 does not move them.
  ///   - flipped: whether there are mirrored ones, too.
  ///   - normalization: what is subtracted from inputs and what they are divided by.
  /// - Returns: 1, 2, 9 or 18 sources. A pass of each deals the images out in their order.
  public static func views(
    _ source: any SampleSource, batchSize: Int, shift pixels: Int = 0, flipped: Bool = false,
    normalization: Normalization = .unit
  ) -> [Batches] {
    require(pixels >= 0, "a shift of \(pixels) pixels must not be negative")
    let steps: [Int32] = pixels == 0 ? [0] : [0, -Int32(clamping: pixels), Int32(clamping: pixels)]
    let shifts = (flipped ? [false, true] : [false]).flatMap { isFlipped in
      steps.flatMap { y in steps.map { ImageShift(x: $0, y: y, isFlipped: isFlipped) } }
    }
    return shifts.map { shift in
      let batches = Batches(source, batchSize: batchSize, normalization: normalization)
      guard shift != ImageShift() else { return batches }
      let images = source.images
      require(images != nil, "\(type(of: source)): its samples are no images of an ImageSet, which alone can be moved")
      batches.changes = images.map { ImageChanges(shift, images: $0.count, size: $0.size) }
      return batches
    }
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
    changes?.draw(seed: seed, epoch: epoch, on: kernels)
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
    let order = self.order
    let index = order.span.extracting(positions)
    switch loading {
    case .images(let set, let scales, let offsets):
      guard let changes else {
        return try kernels.gatherImages(
          set.pixels, channels: set.channels, plane: set.size.area, index: index, scale: scales.span,
          offset: offsets.span, into: inputs)
      }
      let erased = changes.erased.isEmpty ? Span() : changes.erased.span.extracting(positions)
      if changes.isWarping {
        try kernels.warpImages(
          set.pixels, channels: set.channels, size: set.size, index: index,
          maps: changes.maps.span.extracting(positions), erased: erased, scale: scales.span, offset: offsets.span,
          into: inputs)
      } else {
        try kernels.moveImages(
          set.pixels, channels: set.channels, size: set.size, index: index,
          shifts: changes.shifts.span.extracting(positions), padding: changes.padding, erased: erased,
          scale: scales.span, offset: offsets.span, into: inputs)
      }
    case .samples(nil):
      try source.loadInputs(index, into: inputs, on: kernels)
    case .samples(let normalization?):
      var inputs = inputs
      try unsafe inputs.withUnsafeMutableBufferPointer { buffer in
        try source.loadInputs(index, into: unsafe buffer.mutableSpan, on: kernels)
      }
      let plane = inputShape.dropFirst().reduce(1, *)
      try kernels.standardize(
        inputs, plane: plane, mean: normalization.means.span, deviation: normalization.deviations.span)
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
