import Kobai
import TestSupport
import Testing

@Suite("Targets of losses")
struct TargetsTests {
  private static var losses: [any Loss] {
    [
      SoftmaxCrossEntropy(), SumOfSquares(), MeanSquaredError(), MeanAbsoluteError(), HuberLoss(), SmoothL1Loss(),
      BinaryCrossEntropy(),
    ]
  }

  private func message(_ loss: any Loss, _ outputs: Shape, _ targets: Targets) -> String? {
    (#expect(throws: LossError.self) {
      _ = try loss.evaluate(Tensor(outputs), targets, gradient: nil, on: .default)
    })?.description
  }

  @Test("3×4 targets do not pass for 4×3 outputs, whatever the loss") func shapes() {
    for (loss, name) in zip(
      Self.losses,
      [
        "softmax cross-entropy", "sum of squares", "mean squared error", "mean absolute error", "Huber loss",
        "smooth L1 loss", "binary cross-entropy",
      ])
    {
      #expect(
        message(loss, [4, 3], .values(Tensor([3, 4])))
          == "\(name): outputs of 4×3 need values of 4×3, not values of 3×4")
    }
    #expect(
      message(MeanSquaredError(), [4, 1], .values(Tensor([4])))
        == "mean squared error: outputs of 4×1 need values of 4×1, not values of 4", "nothing is broadcast")
    #expect(
      message(MeanSquaredError(), [4, 3], .classes(Labels(count: 4)))
        == "mean squared error: outputs of 4×3 need values of 4×3, not classes of 4")
    #expect(
      message(SoftmaxCrossEntropy(), [4, 3], .classes(Labels(count: 3)))
        == "softmax cross-entropy: outputs of 4×3 need classes of 4, not classes of 3")
    #expect(
      message(SoftmaxCrossEntropy(), [2, 3, 4, 5], .classes(Labels(shape: [2, 5, 4])))
        == "softmax cross-entropy: outputs of 2×3×4×5 need classes of 2×4×5, not classes of 2×5×4")
    #expect(
      message(SoftmaxCrossEntropy(), [2, 3, 4, 5], .classes(Labels(count: 2)))
        == "softmax cross-entropy: outputs of 2×3×4×5 need classes of 2×4×5, not classes of 2")
    #expect(
      message(SoftmaxCrossEntropy(), [4], .classes(Labels(count: 4)))
        == "softmax cross-entropy: outputs of 4 have no classes; it needs (batch, classes)")
    #expect(
      message(SoftmaxCrossEntropy(classWeights: [1, 2]), [4, 3], .classes(Labels(count: 4)))
        == "softmax cross-entropy: outputs of 4×3 need 3 class weights, not 2")
    #expect(
      message(BinaryCrossEntropy(positiveWeights: [1, 2]), [4, 3], .values(Tensor([4, 3])))
        == "binary cross-entropy: outputs of 4×3 need 1, 3 or 3 positive weights, not 2")
    for loss in Self.losses.dropFirst() {
      #expect(
        message(loss, [4, 3], .values(Tensor([4, 3]), weights: Tensor([3])))?.hasSuffix(
          "4 samples need 4 weights, not 3")
          == true)
    }
  }

  @Test("positive weights of labels hold at all of their positions") func positiveWeightsOfChannels() throws {
    var random = TestRandom(5)
    let (outputs, values) = (Tensor([2, 2, 3], random.floats(12)), Tensor([2, 2, 3], random.floats(12).map(abs)))
    func gradient(_ weights: [Float]) throws -> [Float] {
      let gradient = Tensor([2, 2, 3])
      _ = try BinaryCrossEntropy(positiveWeights: weights).evaluate(outputs, values, gradient: gradient, on: Kernels())
      return gradient.elements
    }
    #expect(try gradient([1, 3]) == gradient([1, 1, 1, 3, 3, 3]))
    #expect(try gradient([1, 3]) != gradient([1, 3, 1, 3, 1, 3]))
    let loss = BinaryCrossEntropy(positiveWeights: [1, 3])
    _ = try loss.evaluate(outputs, values, gradient: nil, on: Kernels())
    let flat = (Tensor([2, 6], outputs.elements), Tensor([2, 6], values.elements))
    #expect(throws: LossError.self, "6 labels have no 2 weights, whatever came before") {
      try loss.evaluate(flat.0, flat.1, gradient: nil, on: Kernels())
    }
  }

  /// Random outputs and targets that suit the loss, and the weighted and the plain targets of a batch in which sample i is
  /// there as often as its weight says.
  @Test("a weight of 2 is that of two such samples, and 0 of none", arguments: 0..<7)
  func weights(_ index: Int) throws {
    let loss = Self.losses[index]
    for shape in loss is SoftmaxCrossEntropy
      ? [[4, 5], [4, 3, 2, 3]] : [[4, 5], [4, 1], [4, 2, 3, 40]] as [Shape]
    {
      var random = TestRandom(5)
      let element = shape.element.count
      let x = random.floats(shape.count).map { 2 * $0 }
      let isOfClasses = loss is SoftmaxCrossEntropy
      let pixels = element / shape[1]
      let t = random.floats(shape.count).map(abs)
      let labels = (0..<4 * pixels).map { _ in random.index(below: shape[1]) }
      let copies = [0, 1, 1, 2, 2, 2].map { [0, 1, 3][$0] }  // weights 1, 2, 0, 3 of samples 0 ..< 4
      func take<T>(_ values: [T], _ size: Int) -> [T] { copies.flatMap { Array(values[$0 * size..<($0 + 1) * size]) } }
      func targets(_ values: [Float], _ labels: [Int], _ batch: Int, _ weights: Tensor?) -> Targets {
        let sample = shape.element
        guard isOfClasses else { return .values(Tensor(sample.batched(batch), values), weights: weights) }
        return .classes(Labels(sample.element.batched(batch), labels), weights: weights)
      }
      let weights = Tensor([4], [1, 2, 0, 3])
      let gradient = Tensor(shape)
      let weighted = try loss.evaluate(
        Tensor(shape, x), targets(t, labels, 4, weights), gradient: gradient, on: .default)
      let all = Tensor(shape.element.batched(6))
      let repeated = try loss.evaluate(
        Tensor(shape.element.batched(6), take(x, element)),
        targets(take(t, element), take(labels, pixels), 6, nil), gradient: all, on: .default)
      #expect(abs(weighted - repeated) < 2e-6, "\(type(of: loss)), \(shape)")
      var sums = [Double](repeating: 0, count: shape.count)
      for (i, sample) in copies.enumerated() {
        for j in 0..<element { sums[sample * element + j] += Double(all.elements[i * element + j]) }
      }
      expectClose(gradient.elements, sums, tolerance: 1e-6, "\(type(of: loss)), \(shape)")
    }
  }

  @Test("labels that are ignored count nothing, of samples and of pixels") func ignored() throws {
    var random = TestRandom(9)
    let loss = SoftmaxCrossEntropy(ignoreIndex: 9)
    let x = random.floats(12)
    let gradient = Tensor([4, 3])
    let value = try loss.evaluate(Tensor([4, 3], x), Labels([1, 9, 0, 9]), gradient: gradient, on: .default)
    let (kept, only) = (Array(x[0..<3] + x[6..<9]), Tensor([2, 3]))
    #expect(try abs(value - loss.evaluate(Tensor([2, 3], kept), Labels([1, 0]), gradient: only, on: .default)) < 1e-6)
    let (of, right) = (gradient.elements, only.elements)
    #expect(of[3..<6] == [0, 0, 0] && of[9..<12] == [0, 0, 0])
    expectClose(Array(of[0..<3] + of[6..<9]), right.doubles, tolerance: 1e-6)
    #expect(loss.weight(of: .classes(Labels([1, 9, 0, 9]))) == 2)
    let none = try loss.evaluate(Tensor([4, 3], x), Labels([9, 9, 9, 9]), gradient: gradient, on: .default)
    #expect(none == 0 && gradient.elements.allSatisfy { $0 == 0 }, "a batch without targets moves nothing")
    let pixels = try loss.evaluate(
      Tensor([1, 3, 2, 2], x), Labels([1, 2, 2], [9, 9, 9, 9]), gradient: nil, on: .default)
    #expect(pixels == 0)
  }

  @Test("SumOfSquares is the book's: half the sum of a sample's squares; MeanSquaredError is PyTorch's")
  func squares() throws {
    let (x, t) = (Tensor([2, 3], [1, 2, 3, 4, 5, 6]), Tensor([2, 3], [0, 0, 0, 4, 5, 4]))
    #expect(try SumOfSquares().evaluate(x, t, gradient: nil, on: .default) == (14 + 4) / 2 / 2)
    #expect(try MeanSquaredError().evaluate(x, t, gradient: nil, on: .default) == 18 / 6)
  }

  @Test("parts of a batch with the whole batch's divisor have its gradient, to the bit", arguments: 0..<7)
  func parts(_ index: Int) throws {
    let loss = Self.losses[index]
    var random = TestRandom(31)
    let (x, t) = (random.floats(60), random.floats(60).map(abs))
    let labels = (0..<12).map { _ in random.index(below: 5) }
    func targets(_ rows: Range<Int>) -> Targets {
      loss is SoftmaxCrossEntropy
        ? .classes(Labels(Array(labels[rows])))
        : .values(Tensor([rows.count, 5], Array(t[rows.lowerBound * 5..<rows.upperBound * 5])))
    }
    let whole = Tensor([12, 5])
    let value = try loss.evaluate(Tensor([12, 5], x), targets(0..<12), gradient: whole, on: .default)
    var (gradients, sum) = ([Float](), Float(0))
    for rows in [0..<5, 5..<10, 10..<12] {
      let part = Tensor([rows.count, 5])
      sum += try loss.evaluate(
        Tensor([rows.count, 5], Array(x[rows.lowerBound * 5..<rows.upperBound * 5])), targets(rows),
        divisor: loss.weight(of: targets(0..<12)), gradient: part, on: .default)
      gradients += part.elements
    }
    expectSameBits(gradients, whole.elements, "\(type(of: loss))")
    #expect(abs(sum - value) < 1e-6)
  }
}
