import Foundation
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

  @Test("a network that ends in probabilities has the loss and the scores of its logits") func probabilities() throws {
    let (inputs, samples) = ((0..<120).map { sin(Float($0) * 1.7) }, 30)
    func evaluation(_ task: LearningTask, _ last: (any LayerSpec)?, _ targets: Samples.Targets) throws -> Evaluation {
      var layers: Sequential = ["a": Affine(3, initializer: .normal(deviation: 1))]
      if let last { layers.append("last", last) }
      let network = try Network(input: [4], batch: 8, layers, seed: 3)
      let data = Samples(inputs: inputs, shape: [4], targets: targets)
      return try Evaluator(ensemble: [network], task: task).evaluate(Batches(data, batchSize: 8))
    }
    let classes = Samples.Targets.classes((0..<samples).map { $0 % 3 }, count: 3)
    let (plain, softmax) = (
      try evaluation(.classification(classes: 3), nil, classes),
      try evaluation(.classification(classes: 3), Softmax(), classes)
    )
    #expect(abs(plain.loss - softmax.loss) < 1e-5 && plain.accuracy == softmax.accuracy)
    let labels = Samples.Targets.values((0..<90).map { $0 % 4 == 0 ? 1 : 0 }, shape: [3])
    let (open, sigmoid) = (
      try evaluation(.multiLabel(labels: 3), nil, labels), try evaluation(.multiLabel(labels: 3), Sigmoid(), labels)
    )
    #expect(
      abs(open.loss - sigmoid.loss) < 1e-5 && open.metrics["macro F1"] == sigmoid.metrics["macro F1"],
      "\(open.loss) and \(sigmoid.loss)")
    #expect((open.metrics["macro F1"] ?? .nan) > 0)
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

  @Test("an ensemble's outputs are the means of its networks' outputs, in batches that fit all of them") func ensemble()
    throws
  {
    let second = try Network(input: [1, 28, 28], batch: 30, MultiLayerNet(hidden: [8]), seed: 4)
    let parts = [evaluator, Evaluator(second, loss: SoftmaxCrossEntropy())]
    let outputs = try parts.map { part in
      var all: [Float] = []
      try part.forEachBatch(batches(of: 40)) { batch, _ in all += batch.elements }
      return all
    }
    let task = LearningTask.classification(classes: 10)
    let ensemble = Evaluator(ensemble: [network, second], task: task)
    var (means, sizes) = ([Float](), [Int]())
    try ensemble.forEachBatch(batches(of: 40)) { batch, targets in
      means += batch.elements
      sizes.append(targets.batch)
    }
    #expect(sizes == [30, 10, 30, 10, 20] && means.count == 1000)
    for (i, mean) in means.enumerated() {
      #expect(abs(mean - (outputs[0][i] + outputs[1][i]) / 2) < 1e-6, "output \(i)")
    }
    #expect(try ensemble.predictions(batches(of: 40)).count == 100)
    let alone = try Evaluator(ensemble: [network], task: task).evaluate(batches(of: 40))
    #expect(try evaluator.evaluate(batches(of: 40)) == alone)
    // Two equal networks are one: (x + x) / 2 is x, whatever is rounded.
    #expect(try Evaluator(ensemble: [network, network], task: task).evaluate(batches(of: 40)) == alone)
  }

  @Test("views of an image are its shifts, with its edge repeated, and their mirror images") func views() throws {
    let images = ImageSet(
      pixels: (0..<24).map { UInt8($0 * 10) }, size: Size2D(3, 4), channels: 1, labels: [1, 0])
    let affine = try Network(input: [1, 3, 4], batch: 2, ["affine": Affine(2)] as Sequential, seed: 1)
    func outputs(_ change: (_ y: Int, _ x: Int) -> (Int, Int)) throws -> [Float] {
      let changed = (0..<24).map { i in
        let (y, x) = change(i % 12 / 4, i % 4)
        return Float(images.pixels[i / 12 * 12 + min(max(y, 0), 2) * 4 + min(max(x, 0), 3)]) / 255
      }
      return try affine.forward(Tensor([2, 1, 3, 4], changed), .inference).elements
    }
    var all: [[Float]] = []
    for isFlipped in [false, true] {
      for dy in [0, -2, 2] {
        for dx in [0, -2, 2] { all.append(try outputs { ($0 + dy, (isFlipped ? 3 - $1 : $1) + dx) }) }
      }
    }
    let task = LearningTask.classification(classes: 2)
    for (shift, flipped, chosen) in [
      (0, false, [0]), (0, true, [0, 9]), (2, false, Array(0..<9)), (2, true, Array(0..<18)),
    ] {
      let views = Batches.views(images, batchSize: 2, shift: shift, flipped: flipped)
      #expect(views.count == chosen.count)
      let mean = (0..<4).map { i in chosen.reduce(0) { $0 + Double(all[$1][i]) } / Double(chosen.count) }
      // Cross-entropy in Double; single precision has an error of some 1e-7 in it.
      let loss = zip([0, 2], [1, 0]).reduce(0) { sum, place in
        let row = mean[place.0..<place.0 + 2].map(exp)
        return sum - log(row[place.1] / (row[0] + row[1])) / 2
      }
      let evaluation = try Evaluator(affine, task: task).evaluate(views: views)
      #expect(abs(evaluation.loss - loss) < 1e-6, "shift \(shift), flipped \(flipped)")
    }
  }
}
