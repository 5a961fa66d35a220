import Foundation
import Kobai
import KobaiFiles
import KobaiTraining
import TestSupport
import Testing

/// What would take more memory than there is, or than a file gives reason to, is refused in one line before it is taken.
@Suite struct BoundedMemoryTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test("weights that promise an input of 4096×4096 and have no tensors")
  func emptyWeights() throws {
    let path = folder / "w"
    try SafetensorsFile.write(
      [], metadata: ["model": "simple", "input": "1×4096×4096", "normalization": "unit"],
      to: path)
    for arguments in [
      ["eval", "--data", "embedded"], ["predict", "picture.png"], ["export", "--onnx", folder / "x.onnx"], ["summary"],
    ] {
      let run = try Command.run("cnn-train", [arguments[0], "--weights", path] + arguments.dropFirst())
      #expect(
        run.code == 1
          && run.errors
            == "error: \(path): does not fit the network: conv1.weight is missing; conv1.bias is missing; "
            + "affine1.weight is missing; affine1.bias is missing; affine2.weight is missing; affine2.bias is missing\n",
        "\(run.errors)")
    }
  }

  @Test("weights that promise a larger input than anybody has, before a network is thought of")
  func absurdInput() throws {
    let path = folder / "absurd"
    for input in ["3×5000×5000", "1×10001×1", "0×1×1", "1×1×1×1"] {
      try SafetensorsFile.write(
        [], metadata: ["model": "simple", "input": input, "normalization": "unit"], to: path)
      let run = try Command.run("cnn-train", ["eval", "--weights", path, "--data", "embedded"])
      #expect(run.code == 1 && run.errors == "error: \(path): its input \"\(input)\" is no shape\n", "\(run.errors)")
    }
  }

  @Test("real data whose network does not fit the machine: how much, and the ways out")
  func largeImages() throws {
    let side = 3000
    for (name, count) in [("train", 2), ("t10k", 1)] {
      let pixels = [UInt8](repeating: 0, count: count * side * side)
      try folder.write(IDXFile.images(count, height: side, width: side, pixels), to: "data/\(name)-images-idx3-ubyte")
      try folder.write(IDXFile.labels((0..<count).map { UInt8($0) }), to: "data/\(name)-labels-idx1-ubyte")
    }
    let run = try Command.run(
      "cnn-train", ["--data", folder / "data", "--model", "simple", "--save", folder / "w", "--epochs", "1"])
    #expect(run.code == 1 && run.errorLines.count == 1)
    let line =
      #/error: --model simple: to train it on images of 1×3000×3000 in batches of 2 needs ([0-9]+) MiB of memory, (and [0-9]+ are available|which there are not) \([0-9]+ MiB for weights and optimizer, [0-9]+ MiB for a batch\); take a smaller --batch-size or another network\n/#
    let match = try #require(run.errors.wholeMatch(of: line), "\(run.errors)")
    // Affine 100 of 30×1498×1498 inputs: its weights alone, five times.
    let weights = 4 * 100 * 30 * 1498 * 1498
    let needed = try #require(Int(match.output.1))
    #expect(needed > 5 * weights >> 20)
    #expect(!FileManager.default.fileExists(atPath: folder / "w"))
  }

  @Test("a network that a file describes, too")
  func largeDescription() throws {
    try folder.write(
      Array(
        """
        {"version": 1, "inputs": [{"name": "x", "shape": [1, 28, 28]}],
         "nodes": [{"name": "wide", "type": "Affine", "fields": {"outputs": 1000000000}},
          {"name": "last", "type": "Affine", "fields": {"outputs": 10}}]}
        """.utf8), to: "net.json")
    let file = folder / "net.json"
    let run = try Command.run("cnn-train", ["--data", "embedded", "--network", file])
    #expect(run.code == 1 && run.errorLines.count == 1)
    #expect(
      run.errors.hasPrefix(
        "error: --network \(file): to train it on images of 1×28×28 in batches of 100 needs "), "\(run.errors)")
    let summary = try Command.run("cnn-train", ["summary", "--network", file])
    #expect(
      summary.code == 1
        && summary.errors.hasPrefix(
          "error: \(file): its network cannot be built: network: its weights, gradients and values need "),
      "\(summary.errors)")
  }

  @Test("a checkpoint whose configuration has another network than its tensors are of")
  func checkpoint() throws {
    let options = ["--data", "embedded", "--model", "softmax", "--epochs", "1", "--no-augment", "--quiet"]
    let trained = try Command.run("cnn-train", options + ["--checkpoint-dir", folder / "c"])
    #expect(trained.code == 0, "\(trained.errors)")
    let name = try #require(
      try FileManager.default.contentsOfDirectory(atPath: folder / "c").first { $0.hasPrefix("step-") })
    let file = try SafetensorsFile(folder / "c/\(name)")
    var metadata = file.metadata
    for (key, value) in metadata {
      metadata[key] = value.replacingOccurrences(of: #""model":"softmax""#, with: #""model":"deep""#)
    }
    #expect(metadata != file.metadata)
    try FileManager.default.createDirectory(atPath: folder / "crafted", withIntermediateDirectories: true)
    try SafetensorsFile.write(
      file.entries.map { ($0.key, Tensor(Shape($0.value.shape), try file.floats($0.key))) }, metadata: metadata,
      to: folder / "crafted/step-000000001.safetensors")
    let run = try Command.run("cnn-train", ["--resume", folder / "crafted"])
    #expect(run.code == 1 && run.errorLines.count == 1)
    #expect(run.errors.contains("does not fit the network: ") && run.errors.contains(" is missing"), "\(run.errors)")
  }

  @Test("files without a digest load, and it is said; Kobai's own have one")
  func unverified() throws {
    let options = ["--data", "embedded", "--model", "softmax", "--epochs", "1", "--no-augment", "--quiet"]
    _ = try Command.run("cnn-train", options + ["--save", folder / "own"])
    let own = try Command.run("cnn-train", ["eval", "--weights", folder / "own", "--data", "embedded", "--quiet"])
    #expect(own.code == 0 && own.errors.isEmpty, "\(own.errors)")
    // As other software writes it: the same without the digest.
    var bytes = try readFile(folder / "own")
    let key = Array("kobai.sha256".utf8)
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: key) })
    bytes.replaceSubrange(place..<place + key.count, with: Array("other.sha256".utf8))
    try folder.write(bytes, to: "foreign")
    let line = "notice: \(folder / "foreign") has no SHA-256 of its contents: damage would go unnoticed\n"
    let foreign = try Command.run(
      "cnn-train", ["eval", "--weights", folder / "foreign", "--data", "embedded", "--quiet"])
    #expect(foreign.code == 0 && foreign.output == own.output && foreign.errors == line, "\(foreign.errors)")
    let start = try Command.run("cnn-train", options + ["--initial-weights", folder / "foreign"])
    #expect(start.code == 0 && start.errors == line, "\(start.errors)")
    // Once, however many trainings start from them.
    let trials = ["--images", "300", "--tune", "learning-rate=0.001..0.1", "--trials", "2"]
    let tuned = try Command.run("cnn-train", options + ["--initial-weights", folder / "foreign"] + trials)
    #expect(tuned.code == 0 && tuned.errors == line, "\(tuned.errors)")
  }
}
