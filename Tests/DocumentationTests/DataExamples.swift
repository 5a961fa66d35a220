// The examples of data of one's own, as they stand in the documentation of KobaiData.
import Foundation
import KobaiData
import KobaiKernels

enum DataExamples {
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

  static func samples() -> Int {
    let angles = (0..<100).map { Double($0) / 10 }
    let curve = Samples(inputs: angles.map { [$0] }, targets: angles.map(sin))
    let flowers = Samples(inputs: [[5.1, 3.5], [6.2, 2.9]], classes: [0, 1])
    return curve.count + flowers.count
  }

  static func columns() -> Int {
    let columns: [TableColumn] = ["species", 0, -1]
    return columns.count
  }

  /// In a folder with wine-train.csv and wine-test.csv.
  static func table() throws -> (Int, Int) {
    let wine = try Table(contentsOf: "wine-train.csv", target: .classes("cultivar"))
    let test = try Table(contentsOf: "wine-test.csv", encodedAs: wine.encoding)
    let batches = Batches(wine, batchSize: 16, shuffles: true)
    return (batches.samples, test.count)
  }

  static func folds(_ path: String) throws -> Int {
    var samples = 0
    let iris = try Table(contentsOf: path, target: .classes("species"))
    for fold in try iris.stratifiedFolds(5, seed: 1) {
      let train = Batches(iris, indices: fold.train, batchSize: 16, shuffles: true)
      let validation = Batches(iris, indices: fold.validation, batchSize: 16)
      samples += train.samples + validation.samples
    }
    return samples
  }

  /// In a folder with wine.csv.
  static func anything() throws -> Batches {
    let wine = try TrainingData(contentsOf: "wine.csv")
    let batches = Batches(wine.train, batchSize: 16, shuffles: true, normalization: try .learned(from: wine.train))
    return batches
  }

  /// The same for the comment of ``TrainingData``.
  static func recognised() throws {
    let wine = try TrainingData(contentsOf: "wine.csv")
    print(wine.train.count, wine.test.count, wine.classNames?.names ?? [])
  }
}
