import Foundation
import Kobai
import KobaiData
import KobaiTraining
import TestSupport
import Testing

/// The two files of the book's repository, and the accuracies that its pages print.
@Suite("The book's own weights")
struct BookWeightsTests {
  private static let book = ProcessInfo.processInfo.environment["KOBAI_BOOK_DIR"]

  @Test(
    "93.52 % and 98.90 % of MNIST's test images",
    .enabled(
      if: book != nil && mnistFolder != nil,
      "set KOBAI_BOOK_DIR to a folder with sample_weight.pkl and params.pkl, and KOBAI_MNIST_DIR to MNIST"),
    arguments: [
      ("sample_weight.pkl", MultiLayerNet(hidden: [50, 100], activation: Sigmoid()) as any Architecture, 0.9352),
      ("params.pkl", SimpleConvNet(), 0.9890),
    ])
  func accuracy(_ file: String, _ architecture: any Architecture, _ accuracy: Double) throws {
    let test = try Dataset.load(folder: #require(mnistFolder)).test
    let network = try Network(input: [1, 28, 28], batch: 100, architecture)
    try network.load(from: "\(#require(Self.book))/\(file)")
    let evaluator = Evaluator(network, loss: SoftmaxCrossEntropy())
    #expect(try evaluator.evaluate(Batches(test, batchSize: 100)).accuracy == accuracy)
  }
}
