import Foundation
import KobaiTraining
import TestSupport
import Testing

/// Checkpoints as people use them: broken off, killed, gone on.
@Suite("cnn-train --resume")
struct ResumeTests {
  private static let training = [
    "--data", "embedded", "--model", "mlp", "--epochs", "2", "--batch-size", "50", "--validation-split", "0.1",
    "--threads", "1",
  ]

  private func digest(_ run: Command) -> String? { run.lines.last { $0.hasPrefix("sha256") } }

  @Test("killed at fifty random moments, a training ends with the weights of one that was not")
  func killed() throws {
    let folder = try TemporaryFolder()
    let checkpoints = folder / "checkpoints"
    let whole = try Command.run("cnn-train", Self.training)
    let expected = try #require(digest(whole))
    var random = SystemRandomNumberGenerator()
    var kills = 0
    var arguments = Self.training + ["--checkpoint-dir", checkpoints, "--checkpoint-every", "1"]
    while kills < 50 {
      let killed = try Command.run(
        "cnn-train", arguments, killAfter: Double.random(in: 0.01...0.25, using: &random))
      // Every file that is there loads.
      let files = (try? FileManager.default.contentsOfDirectory(atPath: checkpoints)) ?? []
      for file in files { _ = try Checkpoint("\(checkpoints)/\(file)") }
      if killed.code == 0 {  // it was quicker than the kill: once more from the start
        #expect(digest(killed) == expected)
        try FileManager.default.removeItem(atPath: checkpoints)
      }
      kills += killed.code == 0 ? 0 : 1
      let hasCheckpoint = files.contains { $0.hasPrefix("step-") } && killed.code != 0
      arguments =
        hasCheckpoint
        ? ["--resume", checkpoints, "--checkpoint-every", "1"]
        : Self.training + ["--checkpoint-dir", checkpoints, "--checkpoint-every", "1"]
    }
    let last = try Command.run("cnn-train", arguments)
    #expect(last.code == 0, "\(last.errors)")
    #expect(digest(last) == expected)
  }

  @Test("metrics of a resumed training begin with the first epoch; other options and data are refused by name")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let checkpoints = folder / "checkpoints"
    let quick = ["--data", "embedded", "--model", "softmax", "--epochs", "2", "--no-augment"]
    let whole = try Command.run(
      "cnn-train", quick + ["--checkpoint-dir", checkpoints, "--checkpoint-every", "60", "--keep-checkpoints", "9"])
    #expect(whole.code == 0, "\(whole.errors)")
    let middle = checkpoints + "/step-000000060.safetensors"
    try folder.write(Array("{\"epoch\":9}\n".utf8), to: "m.jsonl")  // of another training
    let resumed = try Command.run("cnn-train", ["--resume", middle, "--metrics", folder / "m.jsonl"])
    #expect(resumed.code == 0, "\(resumed.errors)")
    #expect(resumed.lines.contains("going on from \(middle), after 60 steps"))
    #expect(digest(resumed) == digest(whole))
    let metrics = try String(contentsOfFile: folder / "m.jsonl", encoding: .utf8).split(separator: "\n")
    #expect(metrics.count == 3 && metrics[0].hasPrefix("{\"epoch\":1,") && metrics[1].hasPrefix("{\"epoch\":2,"))

    func refused(_ arguments: String...) throws -> String {
      let run = try Command.run("cnn-train", ["--resume", middle] + arguments)
      #expect(run.code == 1)
      return run.errors
    }
    #expect(
      try refused("--model", "deep", "--epochs", "2", "--learning-rate", "0.5")
        == "error: the checkpoint was made with other options: --model deep, not softmax; "
        + "--learning-rate 0.5, not 0.003\n")
    #expect(
      try refused("--patience", "2") == "error: the checkpoint was made with other options: --patience 2, not none\n")
    let fresh = try Command.run("cnn-train", quick + ["--checkpoint-dir", checkpoints])
    #expect(
      fresh.code == 1
        && fresh.errors
          == "error: \(checkpoints): holds the checkpoints of another training; resume that or name a new folder\n"
    )
    let other = folder / "other"
    try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
    try writeDigits(to: other)
    #expect(
      try refused("--data", other)
        == "error: the checkpoint was trained on embedded digits, and \(other) is not the same; name it with --data\n")
    let none = try Command.run("cnn-train", ["--resume", folder / "none"])
    #expect(none.code == 1 && none.errors == "error: \(folder / "none"): no such file or folder\n")
  }

  @Test("Ctrl-C leaves a checkpoint from which the training goes on")
  func interrupted() throws {
    let folder = try TemporaryFolder()
    let long = Self.training.map { $0 == "2" ? "30" : $0 }
    let whole = try Command.run("cnn-train", long)
    let broken = try Command.run(
      "cnn-train", long + ["--checkpoint-dir", folder.path],
      interruptWhen: { (try? folder.contents().contains { $0.hasPrefix("step-") }) == true })
    #expect(broken.code == 130, "\(broken.code): \(broken.errors)")
    #expect(broken.output.contains(" steps, as asked"))
    let resumed = try Command.run("cnn-train", ["--resume", folder.path])
    #expect(digest(resumed) == digest(whole))
  }

  private static let short = ["--data", "embedded", "--model", "softmax", "--no-augment"]

  @Test("a damaged newest checkpoint is skipped, with a line, and the bits are the same")
  func brokenCheckpoint() throws {
    let folder = try TemporaryFolder()
    let whole = try Command.run("cnn-train", Self.short + ["--epochs", "3", "--checkpoint-dir", folder.path])
    let newest = folder / "step-000000120.safetensors"
    let bytes = try Data(contentsOf: URL(fileURLWithPath: newest))
    try folder.write(Array(bytes.dropLast()), to: "step-000000120.safetensors")
    let resumed = try Command.run("cnn-train", ["--resume", folder.path])
    #expect(resumed.code == 0 && digest(resumed) == digest(whole))
    #expect(
      resumed.errors.hasPrefix("warning: \(newest): is no safetensors file: ") && resumed.errorLines.count == 1
        && resumed.errors.hasSuffix("; it is skipped\n"), "\(resumed.errors)")
    #expect(resumed.lines.contains("going on from \(folder / "step-000000080.safetensors"), after 80 steps"))
    try folder.write([], to: "step-000000120.safetensors")
    let named = try Command.run("cnn-train", ["--resume", newest])
    #expect(named.code == 1 && named.errors == "error: \(newest): is no safetensors file: 0 bytes are too few\n")
  }

  @Test("a folder has one training at a time; a killed one leaves no lock") func locked() throws {
    let folder = try TemporaryFolder()
    let script = """
      "$0" --data embedded --epochs 10000 --checkpoint-dir "$FOLDER" & first=$!
      while ! [ -e "$FOLDER/best.safetensors" ] && kill -0 $first 2>/dev/null; do sleep 0.02; done
      echo $first; "$0" "$@" >&2; "$0" --resume "$FOLDER" >&2; kill -KILL $first; wait $first
      "$0" --resume "$FOLDER" --epochs 10001 --metrics "$FOLDER/m" & second=$!
      while ! [ -s "$FOLDER/m" ] && kill -0 $second 2>/dev/null; do sleep 0.02; done
      kill -TERM $second; wait $second
      """
    let run = try Command.shell(
      script, "cnn-train", Self.short + ["--checkpoint-dir", folder.path],
      environment: ["FOLDER": folder.path])
    let first = try #require(run.lines.compactMap { Int($0) }.first)
    let refusal =
      "error: \(folder.path): another training (process \(first)) writes its checkpoints there; "
      + "let it end or name another folder"
    #expect(run.errorLines.filter { $0.hasPrefix("error") }.map(String.init) == [refusal, refusal], "\(run.errors)")
    #expect(run.lines.contains { $0.hasPrefix("going on from \(folder.path)/step-") })
    #expect(run.code == 143)
  }

  @Test("a finished training goes on for more epochs; at a constant rate to the same bits") func longer() throws {
    let folder = try TemporaryFolder()
    let constant = Self.short + ["--schedule", "constant"]
    let whole = try Command.run("cnn-train", constant + ["--epochs", "3"])
    let short = try Command.run("cnn-train", constant + ["--epochs", "2", "--checkpoint-dir", folder.path])
    #expect(short.code == 0 && digest(short) != digest(whole))
    let done = try Command.run("cnn-train", ["--resume", folder.path])
    #expect(done.lines.contains("all 2 epochs are done; a larger number for --epochs goes on"))
    #expect(digest(done) == digest(short))
    let longer = try Command.run("cnn-train", ["--resume", folder.path, "--epochs", "3"])
    #expect(longer.code == 0 && digest(longer) == digest(whole), "\(longer.errors)")
    #expect(longer.lines.count { $0.hasPrefix("epoch ") } == 1 && !longer.output.contains("depends"))
    let again = try Command.run("cnn-train", ["--resume", folder.path, "--epochs", "2"])
    #expect(again.errors == "error: the checkpoint was made with other options: --epochs 2, not 3\n")
    let cycle = try TemporaryFolder()
    _ = try Command.run("cnn-train", Self.short + ["--epochs", "1", "--checkpoint-dir", cycle.path])
    let stretched = try Command.run("cnn-train", ["--resume", cycle.path, "--epochs", "2"])
    #expect(
      stretched.lines.contains(
        "the one-cycle rate depends on the number of epochs: from here on it is that of a training of 2, up to here it "
          + "was that of one of 1"))
    #expect(stretched.code == 0)
  }

  @Test(
    "TensorBoard shows a training that was broken off and goes on as one that was not",
    .enabled(if: Interop.python != nil, "set KOBAI_PYTHON to a Python that has tensorboard"))
  func curves() throws {
    let folder = try TemporaryFolder()
    let training = Self.short + ["--epochs", "3", "--checkpoint-every", "20", "--keep-checkpoints", "99"]
    for (name, steps) in [("a", []), ("b", [60]), ("c", [20, 80]), ("d", [120])] as [(String, [Int])] {
      // As after a kill: all that the first training wrote beyond the checkpoint is there.
      let output = ["--log-dir", folder / "logs/\(name)"]
      _ = try Command.run("cnn-train", training + output + ["--checkpoint-dir", folder / name])
      for step in steps {
        let file = folder / "\(name)/step-000000\(step < 100 ? "0" : "")\(step).safetensors"
        let run = try Command.run("cnn-train", ["--resume", file] + output)
        #expect(run.code == 0, "\(run.errors)")
      }
    }
    let check = try Interop.run("tensorboard_check.py", [folder / "logs"])
    try #require(check.code == 0, "\(check.errors)")
    let shown = try #require(
      try JSONSerialization.jsonObject(with: Data(check.output.utf8)) as? [String: [String: [String: [[String: Any]]]]])
    for (plugin, runs) in shown {
      func steps(_ run: String) -> [String: [Int]] {
        (runs[run] ?? [:]).mapValues { $0.compactMap { $0["step"] as? Int } }
      }
      let expected = steps("a")
      #expect(plugin == "scalars" ? expected["step/loss"] == Array(stride(from: 1, to: 120, by: 10)) : true)
      for run in ["b", "c", "d"] { #expect(steps(run) == expected, "\(plugin) of \(run)") }
    }
    #expect((shown["scalars"]?["a"]?["epoch/test_loss"] ?? []).map { $0["step"] as? Int } == [40, 80, 120])
  }

  @Test("a resumed training keeps its precision") func precision() throws {
    let folder = try TemporaryFolder()
    let quick = ["--data", "embedded", "--model", "mlp", "--images", "500", "--epochs", "2", "--precision", "medium"]
    let whole = try Command.run(
      "cnn-train", quick + ["--checkpoint-dir", folder.path, "--checkpoint-every", "3", "--keep-checkpoints", "99"])
    #expect(whole.code == 0, "\(whole.errors)")
    let middle = folder / "step-000000003.safetensors"
    let resumed = try Command.run("cnn-train", ["--resume", middle, "--keep-checkpoints", "99"])
    #expect(resumed.lines[1] == whole.lines[1] && digest(resumed) == digest(whole))
    let refused = try Command.run("cnn-train", ["--resume", middle, "--precision", "highest"])
    #expect(
      refused.errors == "error: the checkpoint was made with other options: --precision highest, not medium\n")
  }

  /// A tiny data set of the same shape: ten images, a class each.
  private func writeDigits(to folder: String) throws {
    for name in ["train", "t10k"] {
      let images = IDXFile.images(10, height: 28, width: 28, [UInt8](repeating: 9, count: 7840))
      let labels = IDXFile.labels(Array(0..<10))
      try Data(images).write(to: URL(fileURLWithPath: "\(folder)/\(name)-images-idx3-ubyte"))
      try Data(labels).write(to: URL(fileURLWithPath: "\(folder)/\(name)-labels-idx1-ubyte"))
    }
  }
}
