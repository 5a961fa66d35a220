import Kobai
import KobaiData
import KobaiFiles
import KobaiImages
import KobaiInference
import KobaiTraining
import TestSupport
import Testing

/// Inputs are normalised as trainings normalise theirs, channel by channel, to the bit.
@Suite struct NormalizationTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func reason(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return "nothing"
  }

  @Test("colours by CIFAR-10's statistics, or by those that were learned")
  func colours() throws {
    let pixels = (0..<5 * 192).map { UInt8(truncatingIfNeeded: $0 * $0 * 7 + $0 / 64 * 31) }
    let images = ImageSet(pixels: pixels, size: 8, channels: 3, labels: [0, 1, 2, 0, 1])
    let network = try Network(
      input: [3, 8, 8], batch: 2, ["conv": Conv2D(filters: 4, kernel: 3), "relu": ReLU(), "affine": Affine(3)], seed: 2,
      kernels: Kernels(threads: 1))
    let evaluator = Evaluator(network, loss: SoftmaxCrossEntropy())
    let learned = try Normalization.learned(from: images, indices: [0, 1, 2])
    #expect(learned.means.count == 3 && Set(learned.means).count == 3)
    var seen: [[Float]] = []
    for normalization in [Normalization.cifar10, learned, .unit] {
      let card = ModelCard(input: [3, 8, 8], classNames: ClassNames(count: 3), normalization: normalization)
      try network.save(to: folder / "model", metadata: card.metadata)
      let model = try Model(contentsOf: folder / "model", batch: 2)
      #expect(model.card.normalization == normalization)
      let expected = try evaluator.predictions(Batches(images, batchSize: 2, normalization: normalization))
      let predictions = try model.predict(images)
      #expect(predictions.count == 5 && expected.count == 5)
      for (i, (prediction, answer)) in zip(predictions, expected).enumerated() {
        expectSameBits(prediction.values, answer.probabilities, "image \(i) by \(normalization)")
        let bytes = Array(pixels[i * 192..<(i + 1) * 192])
        #expect(try model.predict(bytes: bytes) == prediction)
        let interleaved = (0..<192).map { bytes[$0 % 3 * 64 + $0 / 3] }
        #expect(try model.predict(Picture(width: 8, height: 8, channels: 3, pixels: interleaved)) == prediction)
      }
      seen.append(predictions[0].values)
    }
    #expect(
      seen[0] != seen[1] && seen[1] != seen[2] && seen[0] != seen[2], "each normalisation has its own predictions")
  }

  @Test("the columns of a table")
  func columns() throws {
    let rows: [[Float]] = [[5.1, 3500, 0.2], [6.2, 2900, 0.4], [4.7, 3100, 0.1], [5.5, 2500, 0.3]]
    let samples = Samples(inputs: rows, classes: [0, 1, 0, 1])
    let network = try Network(input: [3], batch: 4, ["affine": Affine(2)], seed: 4, kernels: Kernels(threads: 1))
    let learned = try Normalization.learned(from: samples)
    let card = ModelCard(input: [3], classNames: ClassNames(count: 2), normalization: learned)
    try network.save(to: folder / "model", metadata: card.metadata)
    let model = try Model(contentsOf: folder / "model")
    let expected = try Evaluator(network, loss: SoftmaxCrossEntropy())
      .predictions(Batches(samples, batchSize: 3, normalization: learned))
    for (row, answer) in zip(rows, expected) {
      expectSameBits(try model.predict(row).values, answer.probabilities, "\(row)")
    }
  }

  @Test("a card for another number of channels is refused in one line")
  func otherChannels() throws {
    let gray = try Network(input: [1, 8, 8], batch: 1, ["affine": Affine(2)])
    let card = ModelCard(input: [1, 8, 8], classNames: ClassNames(count: 2), normalization: .cifar10)
    #expect(
      reason { _ = try Model(gray, card: card) }
        == "its normalization cifar10 has 3 channels, but its inputs have 1")
    try gray.save(to: folder / "model", metadata: card.metadata)
    #expect(
      reason { _ = try Model(contentsOf: folder / "model") }
        == "\(folder / "model"): its normalization cifar10 has 3 channels, but its inputs have 1")
    let columns = try Network(input: [3], batch: 1, ["affine": Affine(2)])
    let two = Normalization(means: [1, 2], deviations: [3, 4])
    #expect(
      reason { _ = try Model(columns, card: ModelCard(input: [3], task: .regression, normalization: two)) }
        == "its normalization 1.0,2.0/3.0,4.0 has 2 channels, but its inputs have 3")
  }
}
