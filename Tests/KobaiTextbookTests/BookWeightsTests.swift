import Foundation
import KobaiData
import KobaiFiles
import TestSupport
import Testing

@testable import KobaiTextbook

/// The experiments with the weights of the book's repository.
@Suite("The book's weights in the textbook")
struct BookWeightsTests {
  private static let book = ProcessInfo.processInfo.environment["KOBAI_BOOK_DIR"]

  @Test(
    "ch03/neuralnet-mnist: 93.52 % of MNIST's test images",
    .enabled(
      if: book != nil && mnistFolder != nil,
      "set KOBAI_BOOK_DIR to a folder with sample_weight.pkl, and KOBAI_MNIST_DIR to MNIST"))
  func sampleWeight() throws {
    let lab = Lab(digits: try Dataset.load(folder: #require(mnistFolder)))
    lab.bookWeights = Self.book
    #expect(try NeuralNetMNIST().run(lab)["accuracy"] == 0.9352)
    #expect(lab.lines.prefix(2) == ["weights: the book's sample_weight.pkl", "Accuracy:0.9352"])
  }

  @Test("a folder without them says which file is missing")
  func missing() throws {
    let folder = try TemporaryFolder()
    let run = try Command.run(
      "textbook", ["run", "ch03/neuralnet-mnist", "--data", "embedded", "--book-weights", folder.path])
    #expect(run.code == 1)
    #expect(
      run.errors == "error: \(folder / "sample_weight.pkl"): cannot be read: No such file or directory\n")
  }
}
