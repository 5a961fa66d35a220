import Foundation
import TestSupport
import Testing

@Suite("cnn-train eval and summary")
struct EvaluateTests {
  @Test("eval finds the accuracy that training ended with, and writes the same file again")
  func evaluates() throws {
    let folder = try TemporaryFolder()
    let (weights, again) = (folder / "a.safetensors", folder / "b.safetensors")
    let training = try Command.run(
      "cnn-train",
      ["--data", "embedded", "--model", "mlp", "--epochs", "2", "--standardize", "--save", weights])
    let accuracy = try #require(training.lines.first { $0.hasPrefix("test accuracy") })
    let evaluation = try Command.run(
      "cnn-train", ["eval", "--weights", weights, "--data", "embedded", "--save", again])
    #expect(evaluation.code == 0, "\(evaluation.errors)")
    #expect(evaluation.lines.contains(accuracy))
    #expect(evaluation.lines.contains { $0.hasPrefix("label │") })
    #expect(try Data(contentsOf: URL(fileURLWithPath: weights)) == Data(contentsOf: URL(fileURLWithPath: again)))
    let quiet = try Command.run(
      "cnn-train", ["eval", "--weights", weights, "--data", "embedded", "--quiet"])
    #expect(quiet.output == accuracy + "\n")
    let wrong = try Command.run("cnn-train", ["eval", "--weights", weights, "--model", "deep", "--data", "embedded"])
    #expect(wrong.code == 1 && wrong.errors == "error: \(weights): holds the network mlp, not deep\n")
    let bytes = try Data(contentsOf: URL(fileURLWithPath: weights))
    try folder.write(Array(bytes.dropLast(3)), to: "cut.safetensors")
    let cut = try Command.run("cnn-train", ["eval", "--weights", folder / "cut.safetensors", "--data", "embedded"])
    #expect(cut.code == 1 && cut.errorLines.count == 1)
    #expect(cut.errors.hasPrefix("error: \(folder / "cut.safetensors"): is no safetensors file: affine5."))
  }

  @Test("eval averages over several networks, and over shifts and mirror images")
  func averages() throws {
    let folder = try TemporaryFolder()
    func train(_ name: String, _ options: [String]) throws -> String {
      let path = folder / name
      let run = try Command.run(
        "cnn-train", ["--data", "embedded", "--epochs", "2", "--quiet", "--model", "mlp", "--save", path] + options)
      #expect(run.code == 0, "\(run.errors)")
      return path
    }
    let first = try train("a.safetensors", ["--seed", "1"])
    let second = try train("b.safetensors", ["--seed", "2"])
    let third = try train("c.safetensors", ["--standardize"])
    func result(_ options: [String]) throws -> String {
      try Command.run("cnn-train", ["eval", "--data", "embedded", "--quiet", "--weights", first] + options).output
    }
    let alone = try result([])
    #expect(try result(["--ensemble", first]) == alone)
    #expect(try result(["--tta-shift", "0"]) == alone)
    let options = [
      ["--ensemble", second], ["--ensemble", second, "--ensemble", second], ["--tta-shift", "1"], ["--tta-flip"],
      ["--tta-shift", "1", "--tta-flip"],
    ]
    let results = try [alone] + options.map(result)
    #expect(Set(results).count == results.count && results.allSatisfy { $0.hasPrefix("test accuracy ") }, "\(results)")
    let shown = try Command.run(
      "cnn-train",
      ["eval", "--data", "embedded", "--weights", first, "--ensemble", second, "--tta-shift", "2", "--tta-flip"])
    #expect(shown.lines.contains("ensemble   with \(second)") && shown.lines.contains("views      18 of each image"))
    for (options, code, line) in [
      (
        ["--ensemble", third], 1,
        "--ensemble \(third): its network was trained on inputs that were normalised otherwise, unlike that of \(first)"
      ),
      (["--tta-shift", "-1"], 64, "--tta-shift -1: it must not be negative (cnn-train --help shows the options)"),
      (
        ["--ensemble", second, "--save", folder / "d"], 64,
        "--save and --ensemble exclude each other: one file has the weights of one network (cnn-train --help shows the options)"
      ),
      (["--distributed"], 64, "Unknown option '--distributed' (cnn-train --help shows the options)"),
    ] {
      let run = try Command.run("cnn-train", ["eval", "--data", "embedded", "--weights", first] + options)
      #expect(run.code == code && run.errors == "error: \(line)\n")
    }
  }

  @Test("every network is saved, read again and exported", arguments: ["simple", "deep", "sprint", "mlp", "softmax"])
  func everyModel(_ model: String) throws {
    let folder = try TemporaryFolder()
    let weights = folder / "w.safetensors"
    let training = try Command.run(
      "cnn-train",
      ["--data", "embedded", "--model", model, "--epochs", "1", "--images", "200", "--save", weights])
    #expect(training.code == 0, "\(training.errors)")
    let evaluation = try Command.run(
      "cnn-train", ["eval", "--weights", weights, "--data", "embedded", "--quiet"])
    #expect(training.lines.contains(evaluation.lines.first ?? "?"))
    let export = try Command.run("cnn-train", ["export", "--weights", weights, "--onnx", folder / "w.onnx"])
    #expect(export.code == 0, "\(export.errors)")
  }

  @Test("summary shows a network by name or from its weights")
  func summary() throws {
    let simple = try Command.run("cnn-train", ["summary"])
    #expect(simple.lines.contains("conv1    Conv2D 30 @ 5×5  30×24×24         780"))
    let missing = try Command.run("cnn-train", ["summary", "--weights", "/nowhere"])
    #expect(missing.code == 1 && missing.errors == "error: /nowhere: cannot be read: No such file or directory\n")
  }

  @Test("options that cannot be are refused in one line")
  func options() throws {
    for (arguments, line) in [
      (["--ema", "1"], "--ema 1.0: it must be at least 0 and less than 1"),
      (["--clip-norm", "0"], "--clip-norm 0.0: it must be positive"),
      (["--clip-norm", "1", "--clip-value", "1"], "--clip-norm 1.0: it excludes --clip-value; give one of them"),
      (["--label-smoothing", "1.5"], "--label-smoothing 1.5: it must be at least 0 and at most 1"),
      (["--warmup", "-1"], "--warmup -1: it must not be negative"),
      (["--checkpoint-every", "5"], "--checkpoint-every needs --checkpoint-dir, the folder to write to"),
      (
        ["--data", "embedded", "--class-weights", "1,2"],
        "--class-weights 1,2: 10 numbers are needed, none negative, not all zero"
      ),
    ] {
      let run = try Command.run("cnn-train", arguments)
      #expect(run.code == 64 && run.errors == "error: \(line) (cnn-train --help shows the options)\n")
    }
  }
}
