import Kobai
import KobaiFiles
import KobaiONNX
import TestSupport
import Testing

/// Files that hold their network: safetensors with a description, and ONNX.
@Suite("cnn-train with networks that their files describe")
struct DescribedNetworkTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private static let layers: Sequential = [
    "conv": Conv2D(filters: 4, kernel: 5, stride: 2),
    "block": Residual(["conv": Conv2D(filters: 4, kernel: 3, padding: 1)]),
    "relu": ReLU(), "affine": Affine(10),
  ]

  private func run(_ command: String, _ weights: String, _ options: String...) throws -> Command {
    try Command.run("cnn-train", [command, "--weights", weights] + options)
  }

  @Test("a network of one's own is evaluated, used and exported without --model")
  func described() throws {
    let network = try Network(input: [1, 28, 28], batch: 1, Self.layers, seed: 4)
    let weights = folder / "own.safetensors"
    try network.save(to: weights, metadata: ["normalization": "unit"])
    let evaluation = try run("eval", weights, "--data", "embedded")
    #expect(evaluation.code == 0 && evaluation.errors.isEmpty, "\(evaluation.errors)")
    #expect(evaluation.output.contains("\(weights): a network of 5 layers, 6,022 parameters"), "\(evaluation.output)")
    #expect(evaluation.lines.last?.hasSuffix(network.weightsSHA256) == true)
    try folder.write(EMNISTFixture.picture(0).bytes, to: "0.png")
    let prediction = try run("predict", weights, "--quiet", folder / "0.png")
    #expect(prediction.code == 0 && prediction.output.hasPrefix("\(folder / "0.png"): "), "\(prediction.errors)")

    let onnx = folder / "own.onnx"
    let export = try run("export", weights, "--onnx", onnx)
    #expect(export.output == "\(onnx): a network of 5 layers, 6,022 parameters, input 1×28×28\n", "\(export.errors)")
    let accuracy = try run("eval", weights, "--data", "embedded", "--quiet").output
    let imported = try run("eval", onnx, "--data", "embedded", "--quiet", "--save", folder / "back.safetensors")
    #expect(imported.output == accuracy && imported.errors.isEmpty, "\(imported.errors)")
    let back = try run("eval", folder / "back.safetensors", "--data", "embedded", "--quiet")
    #expect(back.output == accuracy && back.errors.isEmpty, "\(back.errors)")
    #expect(try run("predict", onnx, "--quiet", folder / "0.png").output == prediction.output)
    let summary = try run("summary", onnx)
    #expect(summary.code == 0 && summary.output.contains("block.add"), "\(summary.errors)")
  }

  @Test("what a file cannot be is one line")
  func refusals() throws {
    let onnx = folder / "own.onnx"
    let network = try Network(input: [1, 28, 28], batch: 1, Self.layers, seed: 4)
    try network.saveONNX(to: onnx)
    let named = try run("eval", onnx, "--model", "simple")
    #expect(named.code == 64, "\(named.errors)")
    #expect(
      named.errors.hasPrefix("error: --model: \(onnx) is ONNX, which holds its network itself; leave the option out"))
    let stripped = try run("eval", onnx, "--strip-prefix", "module.")
    #expect(stripped.code == 64)
    #expect(
      stripped.errors.hasPrefix(
        "error: --strip-prefix: \(onnx) is ONNX, which holds its network itself; leave the option out"))
    try network.saveONNX(to: folder / "simple.onnx", metadata: ["model": "simple"])
    let other = try run("eval", folder / "simple.onnx", "--model", "deep")
    #expect(other.code == 1 && other.errors == "error: \(folder / "simple.onnx"): holds the network simple, not deep\n")

    try folder.write(Array(readFile(onnx).dropLast(100)), to: "cut.onnx")
    let cut = try run("eval", folder / "cut.onnx", "--data", "embedded")
    #expect(cut.code == 1 && cut.errors == "error: \(folder / "cut.onnx"): is no ONNX file, or one that is damaged\n")

    var graph = Graph()
    let x = graph.input("x", [1, 28, 28])
    graph.output("a", graph.add("a", ReLU(), to: x))
    graph.output("b", graph.add("b", Affine(3), to: x))
    let two = folder / "two.safetensors"
    try Network(graph, batch: 1).save(to: two)
    let outputs = try run("eval", two, "--data", "embedded")
    #expect(
      outputs.errors
        == "error: \(two): its network makes 1×28×28 and 3 of 1×28×28; cnn-train takes those that make one number a class of an "
        + "image\n")
    let small = try Network(input: [1, 8, 8], batch: 1, ["affine": Affine(10)])
    try small.save(to: folder / "small.safetensors", metadata: ["normalization": "unit"])
    let size = try run("eval", folder / "small.safetensors", "--data", "embedded")
    #expect(
      size.code == 1
        && size.errors
          == "error: \(folder / "small.safetensors"): its network takes images of 1×8×8, but those of embedded "
          + "digits are 1×28×28\n",
      "\(size.errors)")
  }
}
