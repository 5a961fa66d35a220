import Foundation
import TestSupport
import Testing

/// Networks of one's own, as JSON.
@Suite("cnn-train --network")
struct NetworkFileTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private static let quick = ["--data", "embedded", "--epochs", "1", "--images", "300", "--schedule", "constant"]

  private func run(_ arguments: String...) throws -> Command { try Command.run("cnn-train", arguments) }

  /// Writes what `summary --json` prints, with something replaced.
  private func write(
    _ name: String, _ options: [String] = ["--model", "lenet"], _ old: String = "", _ new: String = ""
  )
    throws -> String
  {
    let run = try Command.run("cnn-train", ["summary", "--json"] + options)
    try #require(run.code == 0, "\(run.errors)")
    let json = old.isEmpty ? run.output : run.output.replacing(old, with: new)
    try #require(old.isEmpty || json != run.output)
    try folder.write(Array(json.utf8), to: name)
    return folder / name
  }

  @Test(
    "the JSON of a network that is there trains to the same bits as its name, also after a break and without the file")
  func sameBits() throws {
    let file = try write("mine.json")
    let named = try Command.run("cnn-train", Self.quick + ["--model", "lenet"])
    let described = try Command.run(
      "cnn-train",
      Self.quick + ["--network", file, "--save", folder / "w.safetensors", "--metrics", folder / "m.jsonl"]
        + ["--report", folder / "r.html", "--checkpoint-dir", folder / "c"])
    #expect(named.code == 0 && described.code == 0, "\(named.errors)\(described.errors)")
    #expect(named.lines.last == described.lines.last && described.lines.last?.hasPrefix("sha256 ") == true)
    #expect(try String(contentsOfFile: folder / "m.jsonl", encoding: .utf8).contains(#""model":"mine.json""#))
    let page = try String(contentsOfFile: folder / "r.html", encoding: .utf8)
    #expect(page.contains("Training mine.json on embedded digits") && page.contains("<td>that of --network</td>"))
    // Weights and checkpoints describe the network themselves.
    for weights in [folder / "w.safetensors", folder / "c/best.safetensors"] {
      let evaluation = try run("eval", "--weights", weights, "--data", "embedded", "--quiet")
      #expect(evaluation.code == 0 && evaluation.errors.isEmpty, "\(evaluation.errors)")
      #expect(described.lines.contains(evaluation.lines[0]))
      #expect(
        try run("summary", "--weights", weights, "--json").output == run("summary", "--network", file, "--json").output)
    }
    let other = try write("other.json", ["--network", file], #""filters":6"#, #""filters":7"#)
    try FileManager.default.removeItem(atPath: file)
    let resumed = try run("--resume", folder / "c", "--epochs", "2")
    let whole = try Command.run(
      "cnn-train", Self.quick.map { $0 == "1" ? "2" : $0 } + ["--model", "lenet"])
    #expect(resumed.lines.last == whole.lines.last, "\(resumed.errors)")
    let asked = try run("--resume", folder / "c", "--network", other)
    #expect(
      asked.errors == "error: the checkpoint was made with other options: --network \(other), not \(file)\n")
    try FileManager.default.moveItem(atPath: other, toPath: file)
    let changed = try run("--resume", folder / "c", "--network", file)
    #expect(
      changed.errors
        == "error: the checkpoint was made with other options: --network \(file), which is not what it was\n")
  }

  @Test("a network of one's own is shown, and its values are found as those of others") func own() throws {
    let file = try write("own.json", ["--model", "mlp"], #""outputs":100"#, #""outputs":50"#)
    let summary = try run("summary", "--network", file)
    #expect(summary.lines[1].contains("  Affine 50  50 "), "\(summary.output)\(summary.errors)")
    let tuned = try Command.run(
      "cnn-train",
      Self.quick + ["--network", file, "--tune", "learning-rate=0.001..0.1", "--trials", "2", "--quiet"])
    #expect(tuned.code == 0 && tuned.output.contains(" --network \(file) --"), "\(tuned.errors)")
    let networks = try Command.run(
      "cnn-train", Self.quick + ["--tune", "network=\(file)|\(try write("b.json"))", "--trials", "3", "--quiet"])
    #expect(networks.code == 0 && networks.output.contains(" --network \(folder.path)"), "\(networks.errors)")
  }

  @Test("a network that makes images of images is trained, tested and read again") func images() throws {
    let layers =
      #"{"name":"a","type":"Conv2D","fields":{"filters":2,"kernel":[3,3],"padding":[1,1]}},"#
      + #"{"name":"r","type":"ReLU"},{"name":"b","type":"Conv2D","fields":{"filters":1,"kernel":[3,3],"padding":[1,1]}}"#
    try folder.write(
      Array(
        (#"{"version":1,"inputs":[{"name":"x","shape":[1,28,28]}],"nodes":["# + layers
          + #"],"outputs":[{"name":"y","node":"b"}]}"#).utf8), to: "images.json")
    let (network, weights) = (folder / "images.json", folder / "images.safetensors")
    let trained = try run(
      "--data", "embedded", "--task", "reconstruction", "--network", network, "--images", "100", "--epochs", "1",
      "--save", weights)
    #expect(trained.code == 0, "\(trained.errors)")
    let tested = try run("eval", "--weights", weights, "--data", "embedded", "--quiet")
    #expect(tested.code == 0 && trained.lines.contains(tested.lines[0]), "\(tested.output)\(tested.errors)")
    for use in [["summary", "--weights", weights], ["export", "--weights", weights, "--onnx", folder / "i.onnx"]] {
      let used = try Command.run("cnn-train", use)
      #expect(used.code == 0, "\(used.errors)")
    }
  }

  @Test("a network that ends in probabilities is not trained, for the loss makes them") func probabilities() throws {
    let file = try write("p.json", ["--model", "softmax"])
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let last = try #require(text.firstMatch(of: /"node":"([^"]*)"/)).output.1
    let softmax = text.replacing(
      /\}\s*\],\s*"outputs"/, with: #"},{"name":"p","type":"Softmax"}],"outputs""#
    ).replacing("\"node\":\"\(last)\"", with: "\"node\":\"p\"")
    try folder.write(Array(softmax.utf8), to: "p.json")
    let run = try run("--data", "embedded", "--network", file)
    #expect(
      run.errors == "error: \(file): its last layer makes probabilities, which the loss does itself; leave it out\n")
  }

  @Test("a shape and a number of classes make a description for other data") func shapes() throws {
    let run = try run("summary", "--model", "resnet", "--input", "3x32x32", "--classes", "7", "--json")
    #expect(run.output.contains(#"{"name":"input","shape":[3,32,32]}"#) && run.output.contains(#""outputs":7"#))
    let network = try write("r.json", ["--model", "resnet", "--input", "3x32x32"])
    let refused = try self.run("--data", "embedded", "--network", network)
    #expect(
      refused.errors
        == "error: \(network): its network takes 3×32×32, but the images of embedded digits are 1×28×28\n")
    let few = try write("few.json", ["--classes", "7"])
    let classes = try self.run("--data", "embedded", "--network", few)
    #expect(
      classes.errors
        == "error: \(few): its network makes 7, but the classification of 10 classes of embedded digits takes 10 outputs\n"
    )
  }

  @Test("what is no description is one line that says where") func refusals() throws {
    let file = try write("mine.json")
    func reason(_ old: String, _ new: String) throws -> String {
      let bad = try write("bad.json", ["--network", file], old, new)
      let run = try run("--data", "embedded", "--network", bad)
      #expect(run.code == 1 && run.output.isEmpty)
      return run.errors.replacing("error: \(bad): ", with: "")
    }
    #expect(
      try reason(#""filters":6,"#, #""filters":6,,"#)
        == "its description is no JSON: line 7, column 28: a name in quotes is missing\n")
    #expect(
      try reason(#""type":"ReLU"}"#, #""kind":"ReLU"}"#) == "its description cannot be read: nodes[1] lacks \"type\"\n")
    #expect(
      try reason(#""filters":6"#, #""filter":6"#).hasPrefix(
        "its network cannot be built: conv1: Conv2D has no field \"filter\"; it has "))
    #expect(
      try reason("[1,28,28]", "[1,2,2]")
        == "its network cannot be built: conv2: 5×5 kernel exceeds its 1×1 input; add padding ≥ 2\n")
    for (arguments, code, message) in [
      (
        ["--network", file, "--model", "simple"], 64,
        "--network \(file): it excludes --model; give one of them (cnn-train --help shows the options)"
      ),
      (
        ["--network", file, "--dropout", "0.5"], 64,
        "--dropout 0.5: a network of --network has its own layers for it (cnn-train --help shows the options)"
      ),
      (["--network", folder / "none"], 1, "\(folder / "none"): cannot be read: No such file or directory"),
      (
        ["summary", "--network", file, "--classes", "3"], 64,
        "--classes is for a network by its name; the file says its own (cnn-train --help shows the options)"
      ),
      (
        ["summary", "--model", "vgg"], 64,
        "--model vgg: it does not take 1×28×28 (block8.pool: 2×2 window exceeds its 1×1 input; pool less before it); "
          + "name others with --input (cnn-train --help shows the options)"
      ),
    ] {
      let run = try Command.run("cnn-train", arguments)
      #expect(run.code == Int32(code) && run.errors == "error: \(message)\n", "\(run.errors)")
    }
  }
}
