import Foundation
import Kobai
import KobaiFiles
import TestSupport
import Testing

/// What surrounds a process: streams that are closed or full, signals, disks without room.
@Suite("cnn-train as a process")
struct ProcessTests {
  private static let quick = ["--data", "embedded", "--model", "softmax", "--epochs", "2", "--no-augment", "--quiet"]
  private static let endless = ["--data", "embedded", "--epochs", "10000"]

  @Test("closed and full streams end nothing and cost no weights; output that is lost is an error")
  func streams() throws {
    for streams in Redirection.all {
      let folder = try TemporaryFolder()
      let run = try streams.run("cnn-train", Self.quick + ["--save", folder / "w", "--metrics", folder / "m"])
      #expect(run.code == streams.code && run.errors == streams.errors, "\(streams): \(run.code) \(run.errors)")
      #expect(try folder.contents() == ["m", "w"])
      _ = try SafetensorsFile(folder / "w")  // whole, and nothing else was printed into it
      #expect(try readFile(folder / "m").first == UInt8(ascii: "{"))
    }
  }

  @Test("so it is for every command, also where it only prints or only complains")
  func everyCommand() throws {
    let folder = try TemporaryFolder()
    try SafetensorsFile.write([("a", Tensor([1], [1]))], to: folder / "w")
    for arguments in [["--help"], ["help"], ["eval", "--help"], ["predict", "--help"], ["summary"], ["--version"]] {
      for redirection in ["2>&-", "2>/dev/full", ">&-", ">/dev/full", ">&- 2>&-"] {
        let run = try Command.shell("\"$0\" \"$@\" \(redirection)", "cnn-train", arguments)
        let isLost = redirection.hasPrefix(">") && arguments != ["--version"]
        #expect(run.code == (arguments == ["--version"] ? 64 : isLost ? 1 : 0), "\(arguments) \(redirection)")
        #expect(run.errors.isEmpty || run.errorLines.count == 1)
      }
    }
    for (arguments, code) in [
      (["--epochs", "0"], 64), (["eval", "--weights", "/no"], 1), (["predict", "--weights", folder / "w", "x"], 1),
      (["export", "--weights", "/no", "--onnx", folder / "x"], 1),
    ] as [([String], Int32)] {
      for redirection in ["2>&-", "2>/dev/full", ">&- 2>&-"] {
        #expect(try Command.shell("\"$0\" \"$@\" \(redirection)", "cnn-train", arguments).code == code)
      }
    }
  }

  @Test("a reader that has gone costs no weights, and is no error worth a word") func closedPipe() throws {
    let folder = try TemporaryFolder()
    let script = "{ \"$0\" \"$@\"; echo $? >&2; } | true"
    let training = try Command.shell(script, "cnn-train", Array(Self.quick.dropLast()) + ["--save", folder / "w"])
    #expect(training.errors == "141\n")
    _ = try SafetensorsFile(folder / "w")
    #expect(try Command.shell(script, "cnn-train", ["--help"]).errors == "141\n")
  }

  /// Starts a training in the background and goes on when its first epoch is over.
  private static let start = """
    "$0" "$@" & process=$!
    while ! [ -s "$METRICS" ] && kill -0 $process 2>/dev/null; do sleep 0.02; done
    """

  @Test(
    "a hangup, though it comes twice, and a termination stop as Ctrl-C does", arguments: [("HUP", 129), ("TERM", 143)])
  func stops(_ signal: String, _ code: Int32) throws {
    let folder = try TemporaryFolder()
    let run = try Command.shell(
      "\(Self.start); kill -\(signal) $process; kill -\(signal) $process; wait $process", "cnn-train",
      Self.endless + ["--save", folder / "w", "--metrics", folder / "m"], environment: ["METRICS": folder / "m"])
    #expect(run.code == code && run.errors.isEmpty, "\(run.code) \(run.errors)")
    #expect(run.output.contains(" steps, as asked") && run.lines.contains("weights    saved to \(folder / "w")"))
    _ = try SafetensorsFile(folder / "w")
  }

  @Test("a signal that is ignored from the start stays so", arguments: ["INT", "HUP", "TERM"])
  func ignores(_ signal: String) throws {
    let folder = try TemporaryFolder()
    let run = try Command.shell(
      "trap '' \(signal); \(Self.start); kill -\(signal) $process; wait $process", "cnn-train",
      ["--data", "embedded", "--epochs", "3", "--model", "mlp", "--save", folder / "w", "--metrics", folder / "m"],
      environment: ["METRICS": folder / "m"])
    #expect(run.code == 0 && !run.output.contains("as asked"), "\(run.errors)")
  }

  @Test("where there is no room for the weights, nothing is trained; old ones stay") func noRoom() throws {
    let folder = try TemporaryFolder()
    try folder.write([1, 2, 3], to: "w")
    let run = try Command.shell("ulimit -f 8; \"$0\" \"$@\"", "cnn-train", Self.quick + ["--save", folder / "w"])
    #expect(run.code == 1 && run.output.isEmpty, "\(run.output)")
    #expect(run.errors == "error: \(folder / "w"): cannot be written: File too large\n")
    #expect(try readFile(folder / "w") == [1, 2, 3] && folder.contents() == ["w"])
  }

  @Test("weights that cannot be saved where they should go elsewhere, and it says where") func elsewhere() throws {
    let folder = try TemporaryFolder()
    let run = try Command.run(
      "cnn-train", Self.quick + ["--save", "/dev/full"], environment: ["TMPDIR": folder.path])
    let name = try #require(folder.contents().first)
    #expect(
      run.errors
        == "error: /dev/full: cannot be written: No space left on device; the weights are in \(folder / name)\n")
    #expect(run.code == 1 && run.output.hasPrefix("test accuracy"))
    let evaluation = try Command.run(
      "cnn-train", ["eval", "--weights", folder / name, "--data", "embedded", "--quiet"])
    #expect(evaluation.output == run.output)
  }

  @Test("a log that cannot be written costs neither the training nor its weights") func fullLogs() throws {
    let folder = try TemporaryFolder()
    let run = try Command.run(
      "cnn-train", Array(Self.quick.dropLast()) + ["--save", folder / "w", "--metrics", "/dev/full"])
    #expect(run.code == 1 && run.errors == "error: /dev/full: cannot be written: No space left on device\n")
    #expect(run.lines.contains("/dev/full: cannot be written: No space left on device; the training goes on"))
    #expect(run.lines.contains("weights    saved to \(folder / "w")"))
  }

  @Test("a link to nowhere gets its file, and stays a link") func danglingLink() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createSymbolicLink(atPath: folder / "w", withDestinationPath: "real")
    let run = try Command.run("cnn-train", Self.quick + ["--save", folder / "w"])
    #expect(run.code == 0, "\(run.errors)")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder / "w") == "real")
    _ = try SafetensorsFile(folder / "real")
  }
}
