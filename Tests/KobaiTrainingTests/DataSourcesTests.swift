import CMallocCounter
import Kobai
import KobaiData
import KobaiTraining
import TestSupport
import Testing

/// The same samples train to the same weights, whatever file they come from.
@Suite struct DataSourcesTests {
  private func weights(_ source: any SampleSource, outputs: Int, epochs: Int = 2) throws -> String {
    let network = try Network(
      input: Shape(source.inputShape), batch: 20,
      ["affine1": Affine(16), "relu1": ReLU(), "affine2": Affine(outputs)] as Sequential)
    let trainer = Trainer(
      network, loss: SoftmaxCrossEntropy(), optimizer: Adam(),
      train: Batches(source, batchSize: 20, shuffles: true, seed: 5), options: .init(epochs: epochs))
    _ = try trainer.run()
    return network.weightsSHA256
  }

  @Test("digits as Kaggle keeps them")
  func digits() throws {
    let digits = try Dataset.embedded().train
    let count = 200
    let images = (0..<count).map { i in (0..<784).map { Int(digits.pixels[784 * (i * 20) + $0]) } }
    let labels = (0..<count).map { digits.labels[20 * $0] }
    let set = ImageSet(pixels: images.flatMap { $0.map(UInt8.init) }, size: 28, labels: labels)
    let folder = try TemporaryFolder()
    let header = "label," + (0..<784).map { "pixel\($0)" }.joined(separator: ",")
    let lines = zip(labels, images).map { "\($0)," + $1.map(String.init).joined(separator: ",") }
    try folder.write(Array(([header] + lines).joined(separator: "\n").utf8), to: "train.csv")
    #expect(try weights(ImageSet.load(csv: folder / "train.csv"), outputs: 10) == weights(set, outputs: 10))
  }

  @Test("a table in memory and in the cache, arrays, and the same numbers in columns first")
  func tables() throws {
    var random = TestRandom(3)
    let rows = (0..<90).map { i in (0..<4).map { j in random.float() + Float(i % 3 * j) } }
    let folder = try TemporaryFolder()
    let lines = rows.enumerated().map { "\($1.map { "\($0)" }.joined(separator: ";"));kind \($0 % 3)" }
    try folder.write(Array((["a;b;c;d;kind"] + lines).joined(separator: "\n").utf8), to: "t.csv")
    func table(_ limit: Int) throws -> Table {
      try Table(
        contentsOf: folder / "t.csv", target: .classes("kind"),
        storage: TableStorage(memoryLimit: limit, cache: folder / "cache"))
    }
    let classes = (0..<90).map { $0 % 3 }
    let wanted = try weights(Samples(inputs: rows, classes: classes), outputs: 3)
    #expect(try weights(table(1 << 20), outputs: 3) == wanted)
    #expect(try weights(table(0), outputs: 3) == wanted)
    #expect(try folder.contents() == ["cache", "t.csv"])

    try NumPyArray(rows.flatMap(\.self), shape: [90, 4]).write(to: folder / "x.npy")
    let mapped = try NumPyArray(contentsOf: folder / "x.npy", memoryLimit: 0)
    // Some of more samples, which cost a training step no memory.
    let twice = Samples(inputs: rows.map { $0.map { $0 + 1 } } + rows, classes: classes + classes)
    #expect(try weights(SampleSubset(twice, at: (90..<180).map { $0 }), outputs: 3) == wanted)
    let labels = NumPyArray(classes.map(Float.init), shape: [90])
    #expect(try weights(Samples(inputs: mapped, classes: labels), outputs: 3) == wanted)
  }

  @Test("loading a batch of a subset allocates nothing") func allocations() throws {
    try #require(malloc_counter_available() == 1)
    let samples = Samples(inputs: (0..<900).map(Float.init), shape: [3])
    let batches = Batches(SampleSubset(samples, at: (0..<250).map { 299 - $0 }), batchSize: 250, shuffles: true)
    let inputs = Tensor([250, 3])
    batches.startEpoch(0, on: .default)
    var counts = [0, 0, 0]
    for i in counts.indices {
      let before = malloc_counter()
      try batches.loadInputs(0..<250, into: inputs.mutableSpan, on: .default)
      counts[i] = malloc_counter() - before
    }
    #expect(counts[2] == 0)
  }
}
