import Foundation
import KobaiFiles
import TestSupport
import Testing

/// Paths and weights as people have them.
@Suite("cnn-train and files as they come") struct FilesTests {
  private let folder: TemporaryFolder
  private let quick = ["--data", "embedded", "--model", "softmax", "--epochs", "1", "--images", "500"]

  init() throws { folder = try TemporaryFolder() }

  @Test("a ~ that no shell has expanded is the home folder, in every option with a path")
  func homeFolder() throws {
    let home = ["HOME": folder.path]
    try EMNISTFixture.write(to: folder, prefix: "", images: 200)
    let training = try Command.run(
      "cnn-train",
      [
        "--data", "~", "--model", "softmax", "--epochs", "1", "--batch-size", "50", "--save", "~/w", "--metrics=~/m",
        "--report", "~/r.html", "--log-dir", "~/log", "--checkpoint-dir", "~/c",
      ], environment: home)
    #expect(training.code == 0, "\(training.errors)")
    #expect(Set(try folder.contents()).isSuperset(of: ["w", "m", "r.html", "log", "c"]))
    #expect(training.lines.contains("weights    saved to \(folder / "w")"))
    let images = "~/test-images-idx3-ubyte"
    for arguments in [
      ["--resume", "~/c"], ["eval", "--weights", "~/w", "--data", "~/"], ["summary", "--weights", "~/w"],
      ["export", "--weights", "~/w", "--onnx", "~/w.onnx"], ["predict", "--quiet", "--weights", "~/w", images],
    ] {
      let run = try Command.run("cnn-train", arguments, environment: home)
      #expect(run.code == 0, "\(arguments): \(run.errors)")
    }
    let literal = try Command.run("cnn-train", ["--data", "~nobody/x"], environment: home)
    #expect(literal.errors.hasPrefix("error: ~nobody/x: no such folder"))
  }

  @Test("weights of wrapped and of anonymous modules") func names() throws {
    let training = try Command.run("cnn-train", quick + ["--save", folder / "w"])
    let accuracy = try #require(training.lines.first { $0.hasPrefix("test accuracy") })
    /// The same weights under another name, without anything else.
    func renamed(_ name: String) throws -> String {
      try folder.write(SavedWeights.silenced(readFile(folder / "w"), "affine1.", as: name), to: "renamed")
      return folder / "renamed"
    }
    func evaluate(_ arguments: String...) throws -> Command {
      try Command.run(
        "cnn-train",
        [
          "eval", "--weights", folder / "renamed", "--model", "softmax", "--normalize", "unit", "--data", "embedded",
        ] + arguments)
    }
    for prefix in ["module.", "_orig_mod."] {
      let path = try renamed("\(prefix)affine1.")
      #expect(
        try evaluate().errors == "error: \(path): does not fit the network: the names of its tensors begin with "
          + "\"\(prefix)\"; strip that (--strip-prefix \(prefix) of cnn-train)\n")
      #expect(try evaluate("--strip-prefix", prefix).lines.contains(accuracy))
    }
    let path = try renamed("1.")
    let ordered = try evaluate()
    #expect(
      ordered.errors == "notice: \(path): layers matched by their order: 1 is affine1\n"
        + "notice: \(path) has no SHA-256 of its contents: damage would go unnoticed\n" && ordered.code == 0)
    #expect(ordered.lines.contains(accuracy))
    try folder.write(EMNISTFixture.picture(0).bytes, to: "0.png")
    let answer = try Command.run(
      "cnn-train",
      ["predict", "--quiet", "--weights", path, "--model", "softmax", "--normalize", "unit", folder / "0.png"])
    #expect(
      answer.errors.hasPrefix("notice: \(path): layers matched by their order: 1 is affine1\n") && answer.code == 0)
  }

  @Test(
    "what converts foreign weights is said, and does it", .enabled(if: Interop.python != nil),
    arguments: ["w.pt", "old.pth", "w.npz"])
  func foreignWeights(_ name: String) throws {
    let training = try Command.run("cnn-train", quick + ["--save", folder / "w.safetensors"])
    let accuracy = try #require(training.lines.first { $0.hasPrefix("test accuracy") })
    let made = try Interop.run("foreign_weights.py", ["write", folder / "w.safetensors", folder / name])
    try #require(made.code == 0, "\(made.errors)")
    func evaluate(_ file: String) throws -> Command {
      try Command.run(
        "cnn-train", ["eval", "--weights", folder / file, "--model", "softmax", "--data", "embedded", "--quiet"])
    }
    try FileManager.default.removeItem(atPath: folder / "w.safetensors")
    let refused = try evaluate(name)
    let code = try #require(
      refused.errors.firstMatch(of: /convert it with python3 -c "(.*)"\n$/)?.1, "\(refused.errors)")
    let converted = try Interop.run("foreign_weights.py", ["run", String(code)])
    try #require(converted.code == 0, "\(converted.errors)")
    #expect(try evaluate(name.replacing(/\.\w+$/, with: ".safetensors")).lines == [accuracy])
  }
}
