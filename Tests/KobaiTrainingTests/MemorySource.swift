import Kobai
import KobaiData

/// Samples from arrays in memory, with targets of any type.
struct MemorySource: SampleSource {
  let inputShape: [Int]
  let targetFormat: TargetFormat
  let inputs: [Float]
  let classes: [Int32]
  let values: [Float]
  let weights: [Float]?
  let count: Int
  private let size: Int  // of a sample's input
  private let targets: Int  // of a sample

  init(
    inputShape: [Int], targetFormat: TargetFormat, inputs: [Float], classes: [Int32] = [], values: [Float] = [],
    weights: [Float]? = nil
  ) {
    (self.inputShape, self.targetFormat, self.inputs) = (inputShape, targetFormat, inputs)
    (self.classes, self.values, self.weights) = (classes, values, weights)
    size = inputShape.reduce(1, *)
    count = inputs.count / size
    targets =
      switch targetFormat {
      case .classes(_, let shape), .values(let shape): shape.reduce(1, *)
      case .input: 0
      }
  }

  var isWeighted: Bool { weights != nil }

  func loadInputs(_ index: Span<Int32>, into span: consuming MutableSpan<Float>, on kernels: Kernels) {
    for i in index.indices { for j in 0..<size { span[i * size + j] = inputs[Int(index[i]) * size + j] } }
  }
  func loadClasses(_ index: Span<Int32>, into span: consuming MutableSpan<Int32>) {
    for i in index.indices { for j in 0..<targets { span[i * targets + j] = classes[Int(index[i]) * targets + j] } }
  }
  func loadValues(_ index: Span<Int32>, into span: consuming MutableSpan<Float>) {
    for i in index.indices { for j in 0..<targets { span[i * targets + j] = values[Int(index[i]) * targets + j] } }
  }
  func loadWeights(_ index: Span<Int32>, into span: consuming MutableSpan<Float>) {
    for i in index.indices { span[i] = weights?[Int(index[i])] ?? 1 }
  }
}
