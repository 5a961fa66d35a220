import KobaiData
import KobaiKernels
import TestSupport
import Testing

/// All of a source's numbers, in an order.
struct Loaded: Equatable {
  var inputs: [Float] = []
  var classes: [Int32] = []
  var values: [Float] = []
  var weights: [Float] = []

  init(_ source: some SampleSource, _ index: [Int32]? = nil) throws {
    let index = index ?? (0..<Int32(source.count)).map { $0 }
    inputs = [Float](repeating: .nan, count: index.count * source.inputShape.reduce(1, *))
    try source.loadInputs(index.span, into: inputs.mutableSpan, on: .default)
    switch source.targetFormat {
    case .classes(_, let shape):
      classes = [Int32](repeating: -1, count: index.count * shape.reduce(1, *))
      try source.loadClasses(index.span, into: classes.mutableSpan)
    case .values(let shape):
      values = [Float](repeating: .nan, count: index.count * shape.reduce(1, *))
      try source.loadValues(index.span, into: values.mutableSpan)
    case .input: break
    }
    if source.isWeighted {
      weights = [Float](repeating: .nan, count: index.count)
      try source.loadWeights(index.span, into: weights.mutableSpan)
    }
  }
}

/// All pixels of a set, one image after the other.
func bytes(of set: ImageSet) -> [UInt8] {
  let pixels = set.pixels
  var bytes: [UInt8] = []
  for i in pixels.indices { bytes.append(pixels[i]) }
  return bytes
}

@Suite struct SamplesTests {
  @Test("arrays of any shape with classes, values, weights, or the input itself")
  func arrays() throws {
    let numbers = (0..<24).map(Float.init)
    let images = Samples(inputs: numbers, shape: [2, 1, 3], targets: .classes([2, 0, 1, 1]), weights: [1, 2, 3, 4])
    #expect(images.count == 4 && images.inputShape == [2, 1, 3] && images.isWeighted)
    #expect(images.targetFormat == .classes(3))
    let loaded = try Loaded(images, [3, 0])
    #expect(loaded.inputs == Array(numbers[18...] + numbers[..<6]))
    #expect(loaded.classes == [1, 2] && loaded.weights == [4, 1])

    let maps = Samples(inputs: numbers, shape: [6], targets: .classes([0, 1, 2, 3, 4, 5, 6, 7], count: 9, shape: [2]))
    #expect(maps.targetFormat == .classes(9, shape: [2]))
    #expect(try Loaded(maps, [2]).classes == [4, 5])
    let values = Samples(inputs: numbers, shape: [8], targets: .values([1, 2, 3, 4, 5, 6], shape: [2]))
    #expect(values.targetFormat == .values(shape: [2]) && !values.isWeighted)
    #expect(try Loaded(values, [1, 1]).values == [3, 4, 3, 4])
    let itself = Samples(inputs: numbers, shape: [8])
    #expect(itself.targetFormat == .input && itself.count == 3)
    #expect(throws: SampleError.missing("classes", of: "Samples")) {
      var classes: [Int32] = [0]
      try itself.loadClasses([0].span, into: classes.mutableSpan)
    }
  }

  @Test("rows as a Swift developer writes them: Float, Double, Int")
  func rows() throws {
    let regression = Samples(inputs: [[1, 2], [3, 4]], targets: [0.5, 1.5])
    #expect(regression.inputShape == [2] && regression.targetFormat == .values(shape: [1]))
    #expect(try Loaded(regression).values == [0.5, 1.5])
    let floats: [[Float]] = [[1], [2]]
    #expect(try Loaded(Samples(inputs: floats, targets: [[1, 0], [0, 1]])).values == [1, 0, 0, 1])
    let doubles: [[Double]] = [[0.1], [0.2]]
    #expect(try Loaded(Samples(inputs: doubles, classes: [0, 1])).inputs == [0.1, 0.2])
    #expect(Samples(inputs: [[1.5]], classes: [0], of: 5).targetFormat == .classes(5))
    #expect(try Loaded(Samples(inputs: [[7, 8, 9]], weights: [3])).weights == [3])
    let bytes: [[UInt8]] = [[255]]
    #expect(try Loaded(Samples(inputs: bytes)).inputs == [255])
  }

  @Test("images with other targets are augmented and normalised as images, and keep their own classes out of it")
  func otherTargets() throws {
    let bytes = (0..<48).map { UInt8(5 * $0) }
    let images = ImageSet(pixels: bytes, size: Size2D(4, 4), labels: [0, 1, 2])
    #expect(images.pixels(of: 1) == Array(bytes[16..<32]))
    let others = images.replacingTargets(with: .values([1, 0, 0, 1, 1, 1], shape: [2]))
    #expect(others.count == 3 && others.inputShape == [1, 4, 4] && others.targetFormat == .values(shape: [2]))
    #expect(try Loaded(others, [2, 0]).values == [1, 1, 1, 0])
    let classes = images.replacingTargets(with: .classes([1, 1, 0])).replacingTargets(with: .classes([4, 0, 4]))
    #expect(classes.targetFormat == .classes(5))
    #expect(try Loaded(classes, [0, 1]).classes == [4, 0])
    #expect(images.replacingTargets(with: .input).targetFormat == .input)
    #expect(throws: SampleError.missing("classes", of: "RetargetedSamples")) {
      var classes: [Int32] = [0]
      try others.loadClasses([0].span, into: classes.mutableSpan)
    }

    func inputs(_ source: some SampleSource) throws -> [Float] {
      let batches = Batches(
        source, batchSize: 3, shuffles: true, augmentation: Augmentation(crop: 1), normalization: .mnist, seed: 2)
      batches.startEpoch(1, on: .default)
      var inputs = [Float](repeating: 0, count: 48)
      try batches.loadInputs(0..<3, into: inputs.mutableSpan, on: .default)
      return inputs
    }
    #expect(try inputs(classes) == inputs(images))
    #expect(try Normalization.learned(from: others) == .learned(from: images))
    let weighted = Samples(inputs: [1, 2], shape: [1], weights: [3, 4]).replacingTargets(with: .classes([0, 1]))
    #expect(try Loaded(weighted).weights == [3, 4])
  }

  @Test func refusesWhatIsNotThere() throws {
    let samples = Samples(inputs: [[1, 2], [3, 4]], classes: [0, 1])
    var inputs = [Float](repeating: 0, count: 2)
    #expect(throws: KernelError.invalid(kernel: "samples", reason: "index 2 is not in 0 ..< 2")) {
      try samples.loadInputs([2].span, into: inputs.mutableSpan, on: .default)
    }
    #expect(throws: KernelError.count(kernel: "samples", argument: "inputs", needed: 4, given: 2)) {
      try samples.loadInputs([0, 1].span, into: inputs.mutableSpan, on: .default)
    }
  }

  @Test("dealt out like images: every sample once, in an order of the seed and the epoch")
  func batches() throws {
    let samples = Samples(inputs: (0..<10).map { [$0] }, targets: (0..<10).map { Double($0) / 10 })
    let batches = Batches(samples, batchSize: 4, shuffles: true, seed: 3)
    func pass(_ epoch: Int) throws -> [Float] {
      batches.startEpoch(epoch, on: .default)
      var inputs = [Float](repeating: 0, count: 10)
      var values = inputs
      try batches.loadInputs(0..<10, into: inputs.mutableSpan, on: .default)
      try batches.loadValues(0..<10, into: values.mutableSpan)
      #expect(zip(inputs, values).allSatisfy { Float($0 / 10) == $1 })
      return inputs
    }
    let first = try pass(0)
    #expect(first.sorted() == (0..<10).map(Float.init))
    #expect(try pass(0) == first && pass(1) != first)
  }
}

@Suite struct SplitsTests {
  /// 60 samples: 30 of class 0, 20 of class 1, 10 of class 2.
  private let samples = Samples(
    inputs: (0..<60).map { [$0] }, classes: (0..<60).map { $0 % 6 < 3 ? 0 : $0 % 6 < 5 ? 1 : 2 })

  private func counts(_ index: [Int32]) -> [Int] {
    let classes = index.map { $0 % 6 < 3 ? 0 : $0 % 6 < 5 ? 1 : 2 }
    return (0..<3).map { c in classes.count { $0 == c } }
  }

  @Test("as many of each class as its share, to the sample")
  func stratifiedSplit() throws {
    let (train, validation) = try samples.stratifiedSplit(validation: 12, seed: 1)
    #expect(counts(validation) == [6, 4, 2] && counts(train) == [24, 16, 8])
    #expect((train + validation).sorted() == Array(0..<60) && train == train.sorted())
    #expect(try samples.stratifiedSplit(validation: 12, seed: 1).validation == validation)
    #expect(try samples.stratifiedSplit(validation: 12, seed: 2).validation != validation)
    // 7/60 of 30, 20 and 10 are 3.5, 2.33 and 1.17: the first has the largest remainder.
    #expect(try counts(samples.stratifiedSplit(validation: 7, seed: 1).validation) == [4, 2, 1])
    #expect(try samples.stratifiedSplit(validation: 60, seed: 1).train == [])
  }

  @Test("each sample validates once, the classes are dealt out evenly", arguments: [2, 5, 7])
  func folds(_ k: Int) throws {
    for folds in [samples.folds(k, seed: 4), try samples.stratifiedFolds(k, seed: 4)] {
      #expect(folds.count == k)
      #expect(folds.flatMap(\.validation).sorted() == Array(0..<60))
      for fold in folds {
        #expect((fold.train + fold.validation).sorted() == Array(0..<60))
        #expect(fold.validation.count == 60 / k || fold.validation.count == 60 / k + 1)
      }
    }
    for fold in try samples.stratifiedFolds(k, seed: 4) {
      for (c, count) in counts(fold.validation).enumerated() {
        #expect(count == [30, 20, 10][c] / k || count == [30, 20, 10][c] / k + 1, "class \(c)")
      }
    }
    #expect(try samples.stratifiedFolds(k, seed: 4) == samples.stratifiedFolds(k, seed: 4))
    #expect(samples.folds(k, seed: 4) != samples.folds(k, seed: 5))
  }

  @Test func samplesWithoutClassesAreCutPlainlyOnly() throws {
    let curve = Samples(inputs: (0..<10).map { [$0] }, targets: (0..<10).map { $0 * $0 })
    #expect(curve.folds(5, seed: 0).allSatisfy { $0.validation.count == 2 })
    #expect(curve.split(validation: 3, seed: 0).validation.count == 3)
    let error = #expect(throws: SampleError.self) { try curve.stratifiedFolds(5, seed: 0) }
    #expect(
      error?.description
        == "Samples: its samples have no class each, so that none can be dealt out by class; cut them with split or folds"
    )
  }
}
