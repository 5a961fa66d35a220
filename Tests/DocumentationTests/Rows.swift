import Foundation
import KobaiData
import KobaiKernels

/// Rows of numbers with a class each, from a file of comma-separated values whose last column is the class.
struct Rows: SampleSource {
  let columns: Int
  var inputs: [Float]
  let classes: [Int32]

  init(contentsOf path: String) throws {
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").dropFirst()
    let rows = lines.map { $0.split(separator: ",").map { Float($0) ?? .nan } }
    columns = rows[0].count - 1
    inputs = rows.flatMap { $0.dropLast() }
    classes = rows.map { Int32($0[$0.count - 1]) }
  }

  var count: Int { classes.count }
  var inputShape: [Int] { [columns] }
  var targetFormat: TargetFormat { .classes(1 + Int(classes.max() ?? 0)) }

  func loadInputs(_ index: Span<Int32>, into span: consuming MutableSpan<Float>, on kernels: Kernels) {
    for i in index.indices { for j in 0..<columns { span[i * columns + j] = inputs[Int(index[i]) * columns + j] } }
  }
  func loadClasses(_ index: Span<Int32>, into span: consuming MutableSpan<Int32>) {
    for i in index.indices { span[i] = classes[Int(index[i])] }
  }

  /// The same with mean 0 and deviation 1 in each column over the rows at those indices.
  func standardized(by index: [Int32]) -> Rows {
    var rows = self
    for column in 0..<columns {
      let values = index.map { Double(inputs[Int($0) * columns + column]) }
      let mean = values.reduce(0, +) / Double(values.count)
      let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
      for row in 0..<count {
        let i = row * columns + column
        rows.inputs[i] = Float((Double(inputs[i]) - mean) / deviation)
      }
    }
    return rows
  }
}
