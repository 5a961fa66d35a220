import KobaiData
import KobaiKernels
import TestSupport
import Testing

@Suite struct NormalizationTests {
  /// Rows of a table.
  private struct Rows: SampleSource {
    let rows: [[Float]]
    var count: Int { rows.count }
    var inputShape: [Int] { [rows[0].count] }
    let targetFormat = TargetFormat.input

    func loadInputs(_ index: Span<Int32>, into inputs: consuming MutableSpan<Float>, on kernels: Kernels) {
      for i in index.indices {
        for (c, x) in rows[Int(index[i])].enumerated() { inputs[i * inputShape[0] + c] = x }
      }
    }
  }

  private func inputs(_ batches: Batches, each sample: Int) throws -> [Float] {
    batches.startEpoch(0, on: .default)
    var inputs = [Float](repeating: .nan, count: batches.samples * sample)
    try batches.loadInputs(0..<batches.samples, into: inputs.mutableSpan, on: .default)
    return inputs
  }

  /// Three images of two channels of 1 × 2 pixels.
  private let images = ImageSet(
    pixels: [0, 255, 10, 10, 51, 102, 20, 20, 255, 255, 30, 30], size: Size2D(1, 2), channels: 2, labels: [0, 1, 0])

  @Test("channels of images have a mean and a deviation each")
  func channels() throws {
    let normalization = Normalization(means: [0.5, 0.1], deviations: [0.25, 2])
    let loaded = try inputs(Batches(images, batchSize: 3, normalization: normalization), each: 4)
    let bytes: [Float] = [0, 255, 10, 10, 51, 102, 20, 20, 255, 255, 30, 30]
    for (i, byte) in bytes.enumerated() {
      let expected = i % 4 < 2 ? (byte / 255 - 0.5) / 0.25 : (byte / 255 - 0.1) / 2
      #expect(abs(loaded[i] - expected) < 1e-6)
    }
    let source: any SampleSource = images
    #expect(try inputs(Batches(source, batchSize: 3, normalization: normalization), each: 4) == loaded)
  }

  @Test("columns of a table have a mean and a deviation each")
  func columns() throws {
    let rows = Rows(rows: [[1, 2, 3], [4, 5, 6]])
    let normalization = Normalization(means: [1, 0, 6], deviations: [3, 2, 0.5])
    #expect(try inputs(Batches(rows, batchSize: 2, normalization: normalization), each: 3) == [0, 1, -6, 1, 2.5, 0])
    let same = Normalization(mean: 1, deviation: 2)
    #expect(try inputs(Batches(rows, batchSize: 2, normalization: same), each: 3) == [0, 0.5, 1, 1.5, 2, 2.5])
    #expect(try inputs(Batches(rows, batchSize: 2), each: 3) == [1, 2, 3, 4, 5, 6])
  }

  /// numpy.mean and numpy.std over (0, 255, 51, 102) / 255 and (10, 10, 20, 20) / 255.
  @Test("learned from images")
  func learnedFromImages() throws {
    let learned = try Normalization.learned(from: images, indices: [0, 1])
    #expect(learned.means == [0.4, Float(15.0 / 255)])
    #expect(abs(learned.deviations[0] - 0.37416574) < 1e-7 && learned.deviations[1] == Float(5.0 / 255))
    let loaded = try inputs(Batches(images, indices: [0, 1], batchSize: 2, normalization: learned), each: 4)
    for c in 0..<2 {
      let values = [loaded[2 * c], loaded[2 * c + 1], loaded[4 + 2 * c], loaded[5 + 2 * c]]
      #expect(abs(values.reduce(0, +)) < 1e-5 && abs(values.map { $0 * $0 }.reduce(0, +) - 4) < 1e-5)
    }
  }

  @Test("learned from a table, in which a column is constant")
  func learnedFromColumns() throws {
    let rows = Rows(rows: [[1e6 + 1, 0.1, 5], [1e6 + 2, 0.1, -5], [1e6 + 3, 0.1, 99]])
    #expect(
      try Normalization.learned(from: rows)
        == Normalization(
          means: [1e6 + 2, 0.1, 33], deviations: [Float((2.0 / 3).squareRoot()), 1, Float((6584.0 / 3).squareRoot())]))
    #expect(
      try Normalization.learned(from: rows, indices: [0, 1])
        == Normalization(means: [1_000_001.5, 0.1, 0], deviations: [0.5, 1, 5]))
  }

  @Test("the deviations of the embedded digits are MNIST's, nearly")
  func digits() throws {
    let learned = try Normalization.learned(from: Dataset.embedded().train)
    #expect(abs(learned.means[0] - 0.1307) < 0.003 && abs(learned.deviations[0] - 0.3081) < 0.003)
  }

  @Test("what is no number is named")
  func notFinite() throws {
    let rows = Rows(rows: [[1, 2], [3, .nan]])
    let error = #expect(throws: SampleError.self) { try Normalization.learned(from: rows) }
    #expect(
      error?.description
        == "sample 1: nan in channel 1 of its input has no mean; leave the sample out, or mend it")
  }

  @Test("fits one channel or as many as it has numbers")
  func fitting() {
    #expect(Normalization.mnist.fits(channels: 3) && Normalization.cifar10.fits(channels: 3))
    #expect(!Normalization.cifar10.fits(channels: 1))
  }
}
