import KobaiData
import KobaiKernels

struct Squares: SampleSource {
  let count = 1000
  let inputShape = [1]
  let targetFormat = TargetFormat.values(shape: [1])

  func loadInputs(_ index: Span<Int32>, into inputs: consuming MutableSpan<Float>, on kernels: Kernels) {
    for i in index.indices { inputs[i] = Float(index[i]) / 1000 }
  }
  func loadValues(_ index: Span<Int32>, into values: consuming MutableSpan<Float>) {
    for i in index.indices { values[i] = Float(index[i] * index[i]) / 1e6 }
  }
}
