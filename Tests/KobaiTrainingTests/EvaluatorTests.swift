import Kobai
import KobaiData
import KobaiTraining
import Testing

@Suite("Running a network over batches")
struct EvaluatorTests {
  private let network: Network
  private let evaluator: Evaluator

  init() throws {
    network = try Network(input: [1, 28, 28], batch: 40, MultiLayerNet(hidden: [8]), seed: 3)
    evaluator = Evaluator(network, loss: SoftmaxCrossEntropy())
  }

  private func batches(of size: Int) -> Batches { Batches(embedded.test, indices: Array(0..<100), batchSize: size) }

  @Test("every batch comes once and in order, with its labels; the last one is smaller") func order() throws {
    var (outputs, labels, sizes) = ([Float](), [Int](), [Int]())
    try evaluator.forEachBatch(batches(of: 40)) { batch, targets in
      outputs += batch.elements
      guard case .classes(let t) = targets.kind else { return }
      let span = t.span
      labels += span.indices.map { Int(span[$0]) }
      sizes.append(t.count)
    }
    #expect(sizes == [40, 40, 20] && labels == embedded.test.labels.prefix(100).map(Int.init))
    let predictions = try evaluator.predictions(batches(of: 7))
    for (i, prediction) in predictions.enumerated() {
      let row = Array(outputs[i * 10..<i * 10 + 10])
      #expect(prediction.ranking.first == row.indices.max { row[$0] < row[$1] }, "image \(i)")
    }
    #expect(predictions.count == 100)
  }

  @Test("images that are changed first are what the network sees") func changes() throws {
    let black = try evaluator.evaluate(batches(of: 40), preparing: { $0.fill(0) })
    let confusion = try #require(black.confusion)
    // Biases are zero, so that black images have equal logits, of which the first counts.
    #expect((0..<10).allSatisfy { label in (1..<10).allSatisfy { confusion[label, $0] == 0 } })
    #expect(confusion.total == 100 && abs(black.loss - 2.302585) < 1e-5)
    #expect(try evaluator.evaluate(batches(of: 40)) != black)
  }

  @Test("batches larger than the network's are cut into as many as it needs, with the same results") func large() throws
  {
    var sizes: [Int] = []
    try evaluator.forEachBatch(batches(of: 90)) { _, t in sizes.append(t.batch) }
    #expect(sizes == [40, 40, 10, 10])
    let (large, small) = try (evaluator.evaluate(batches(of: 100)), evaluator.evaluate(batches(of: 40)))
    #expect(large == small)
    #expect(try evaluator.predictions(batches(of: 90)) == evaluator.predictions(batches(of: 7)))
  }
}
