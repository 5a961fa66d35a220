import CMallocCounter
import Kobai
import Testing

@Suite("Memory of losses")
struct LossAllocationTests {
  @Test("a warmed loss allocates nothing") func allocations() throws {
    try #require(malloc_counter_available() == 1)
    let x = Tensor([6, 3, 4, 5])
    let values = Targets.values(Tensor([6, 3, 4, 5]), weights: Tensor([6], [1, 2, 3, 4, 5, 6]))
    let classes = Targets.classes(Labels(shape: [6, 4, 5]), weights: values.weights)
    let flat = Targets.classes(Labels([0, 1, -100, 1, 0, 2]), weights: values.weights)
    let gradient = Tensor([6, 3, 4, 5])
    let (rows, ofRows) = (x.reshaped([120, 3]).prefix(6), gradient.reshaped([120, 3]).prefix(6))
    let all: [any Loss] = [
      SoftmaxCrossEntropy(), SumOfSquares(), MeanSquaredError(), MeanAbsoluteError(), HuberLoss(), SmoothL1Loss(),
      BinaryCrossEntropy(), BinaryCrossEntropy(positiveWeights: [1, 2, 3]),
    ]
    for loss in all {
      var counts: [Int] = [0, 0, 0]
      for i in counts.indices {
        let before = malloc_counter()
        if loss is SoftmaxCrossEntropy {
          _ = try loss.evaluate(x, classes, gradient: gradient, on: .default)
          _ = try loss.evaluate(x, values, gradient: gradient, on: .default)
          _ = try loss.evaluate(rows, flat, gradient: ofRows, on: .default)
        } else {
          _ = try loss.evaluate(x, values, gradient: gradient, on: .default)
        }
        counts[i] = malloc_counter() - before
      }
      #expect(counts[2] == 0, "\(type(of: loss))")
    }
  }
}
