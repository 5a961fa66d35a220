import Foundation
import TestSupport
import Testing

/// Pickles of the book's Python, for every command that reads weights.
@Suite("cnn-train with the book's weights")
struct BookWeightsTests {
  private static let book = ProcessInfo.processInfo.environment["KOBAI_BOOK_DIR"]

  @Test(
    "params.pkl is the simple network: 98.90 % of MNIST's test images, and exported like any other",
    .enabled(
      if: book != nil && mnistFolder != nil,
      "set KOBAI_BOOK_DIR to a folder with params.pkl, and KOBAI_MNIST_DIR to MNIST"))
  func params() throws {
    let folder = try TemporaryFolder()
    let weights = try #require(Self.book) + "/params.pkl"
    let evaluation = try Command.run(
      "cnn-train", ["eval", "--weights", weights, "--model", "simple", "--data", #require(mnistFolder), "--quiet"])
    #expect(
      evaluation.output == "test accuracy 98.90 % (9,890 of 10,000), loss 0.0523\n" && evaluation.code == 0,
      "\(evaluation.errors)")
    let export = try Command.run(
      "cnn-train", ["export", "--weights", weights, "--model", "simple", "--onnx", folder / "params.onnx"])
    #expect(export.code == 0, "\(export.errors)")
    let unnamed = try Command.run("cnn-train", ["eval", "--weights", weights, "--data", "embedded"])
    #expect(unnamed.errors == "error: \(weights): does not say which network it holds; name it with --model\n")
  }

  @Test("a pickle that asks for more than arrays is refused in one line, and nothing of it is done")
  func malice() throws {
    let folder = try TemporaryFolder()
    let words = "touch \(folder / "done")"
    let text =
      Array("X".utf8) + (0..<4).map { UInt8(truncatingIfNeeded: words.utf8.count >> (8 * $0)) } + Array(words.utf8)
    try folder.write([0x80, 3] + Array("cposix\nsystem\n".utf8) + text + [0x85] + Array("R.".utf8), to: "params.pkl")
    let run = try Command.run(
      "cnn-train", ["eval", "--weights", folder / "params.pkl", "--model", "simple", "--data", "embedded"])
    #expect(run.code == 1 && run.output.isEmpty)
    #expect(
      run.errors == "error: \(folder / "params.pkl"): is no pickle of the book's weights: its opcode GLOBAL at byte 2 "
        + "asks for \"posix.system\", and only numpy's arrays are taken; "
        + "save its arrays with safetensors.numpy.save_file where it was made\n")
    #expect(try folder.contents() == ["params.pkl"])
  }
}
