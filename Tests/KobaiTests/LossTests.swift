import Kobai
import TestSupport
import Testing

@Suite struct LossTests {
  private let classes = [2, 0, 4, 4]

  private func check(
    against oracle: ([Double]) -> Double, _ evaluate: (Tensor, Tensor?) throws -> Float
  ) throws {
    var random = TestRandom(3)
    let outputs = Tensor([4, 5], random.floats(20).map { $0 * 3 })
    let gradient = Tensor([4, 5])
    let loss = try evaluate(outputs, gradient)
    #expect(abs(Double(loss) - oracle(outputs.elements.doubles)) < 1e-6)
    #expect(try evaluate(outputs, nil) == loss)
    expectClose(
      gradient.elements, Oracle.gradient(of: oracle, at: outputs.elements.doubles), tolerance: 1e-6)
  }

  private var oneHot: [Float] { classes.flatMap { label in (0..<5).map { $0 == label ? 1 : 0 } } }

  @Test(arguments: LayerGradientTests.kernels)
  func softmaxCrossEntropy(_ kernels: Kernels) throws {
    let (loss, t) = (SoftmaxCrossEntropy(), oneHot.doubles)
    func oracle(_ x: [Double]) -> Double { Oracle.crossEntropy(rows: 4, columns: 5, x, targets: t) }
    try check(against: oracle) { try loss.evaluate($0, Labels(classes), gradient: $1, on: kernels) }
    try check(against: oracle) { try loss.evaluate($0, Tensor([4, 5], oneHot), gradient: $1, on: kernels) }
  }

  @Test("a loss of batch after batch, larger and smaller, has that of each alone") func severalBatches() throws {
    var random = TestRandom(8)
    let losses: [(String, () -> any Loss)] = [
      ("sum of squares", { SumOfSquares() }), ("smoothed", { SoftmaxCrossEntropy(labelSmoothing: 0.1) }),
    ]
    for (name, make) in losses {
      let loss = make()
      for labels in [[2, 0, 4, 4], [1, 1], [0, 3, 2, 1, 4], [3]] {
        let outputs = Tensor([labels.count, 5], random.floats(5 * labels.count))
        let (mine, fresh) = (Tensor(outputs.shape), Tensor(outputs.shape))
        let value = try loss.evaluate(outputs, Labels(labels), gradient: mine, on: Kernels())
        #expect(try make().evaluate(outputs, Labels(labels), gradient: fresh, on: Kernels()) == value, "\(name)")
        expectSameBits(mine.elements, fresh.elements, name)
      }
    }
  }

  /// PyTorch's `cross_entropy(x, labels, weight=w, label_smoothing=e)`: the smoothed part counts every class by its
  /// weight, and the sum is divided by the weights of the labels.
  @Test(arguments: [0, 0.1, 1] as [Float], [nil, [1, 2, 0.5, 1, 3]] as [[Float]?])
  func smoothedAndWeighted(_ smoothing: Float, _ weights: [Float]?) throws {
    let loss = SoftmaxCrossEntropy(labelSmoothing: smoothing, classWeights: weights)
    let (e, w) = (Double(smoothing), (weights ?? [1, 1, 1, 1, 1]).doubles)
    func oracle(_ x: [Double]) -> Double {
      var (sum, total) = (0.0, 0.0)
      for (i, label) in classes.enumerated() {
        let row = x[i * 5..<i * 5 + 5]
        let logSum = Oracle.log(row.map(Oracle.exp).reduce(0, +))
        let costs = row.map { logSum - $0 }
        sum += (1 - e) * w[label] * costs[label] + e / 5 * zip(w, costs).reduce(0) { $0 + $1.0 * $1.1 }
        total += w[label]
      }
      return sum / total
    }
    try check(against: oracle) { try loss.evaluate($0, Labels(classes), gradient: $1, on: .default) }
  }

  @Test(arguments: LayerGradientTests.kernels)
  func sumOfSquares(_ kernels: Kernels) throws {
    let (loss, t) = (SumOfSquares(), oneHot.doubles)
    func oracle(_ x: [Double]) -> Double { Oracle.sumOfSquares(rows: 4, x, targets: t) }
    try check(against: oracle) { try loss.evaluate($0, Labels(classes), gradient: $1, on: kernels) }
    try check(against: oracle) { try loss.evaluate($0, Tensor([4, 5], oneHot), gradient: $1, on: kernels) }
  }

  @Test func namesAWrongLabel() {
    let error = #expect(throws: KernelError.self) {
      _ = try SumOfSquares().evaluate(Tensor([1, 3]), Labels([3]), gradient: nil, on: .default)
    }
    #expect(error?.description == "sum of squares: labels[0] is 3, not in 0 ..< 3")
  }

  /// One object serves networks with other numbers of classes, one after the other.
  @Test(arguments: [(100, 10, 10, 20), (100, 10, 100, 5), (4, 5, 8, 5)])
  func takesOtherShapes(_ shapes: (Int, Int, Int, Int)) throws {
    let losses: [any Loss] = [SoftmaxCrossEntropy(labelSmoothing: 0.1), SumOfSquares()]
    for loss in losses {
      for (rows, columns) in [(shapes.0, shapes.1), (shapes.2, shapes.3)] {
        let labels = Labels([Int](repeating: columns - 1, count: rows))
        let fresh: any Loss = loss is SumOfSquares ? SumOfSquares() : SoftmaxCrossEntropy(labelSmoothing: 0.1)
        let outputs = Tensor([rows, columns], (0..<rows * columns).map { Float($0 % 7) })
        #expect(
          try loss.evaluate(outputs, labels, gradient: nil, on: .default)
            == fresh.evaluate(outputs, labels, gradient: nil, on: .default))
      }
    }
  }
}
