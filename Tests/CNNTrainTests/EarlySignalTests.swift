import Foundation
import KobaiFiles
import TestSupport
import Testing

/// Signals before there is a training that could stop after a step: one line, the exit code that a shell expects, and nothing left.
@Suite(.serialized) struct EarlySignalTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// Starts a command that reads a pipe into which nobody writes, and sends it a signal once it waits there.
  private func interrupted(_ signal: String, _ pipe: String, _ arguments: [String]) throws -> Command {
    #expect(unsafe mkfifo(pipe, 0o600) == 0)
    guard signal == "INT" else {
      // The shell's end of the pipe opens once the command has opened its own. After a command in the foreground the shell takes
      // signals again that the thread which started it blocks.
      return try Command.shell(
        "sleep 0; \"$0\" \"$@\" & process=$!; exec 3>\"$PIPE\"; kill -\(signal) $process; wait $process", "cnn-train",
        arguments,
        environment: ["PIPE": pipe])
    }
    // What a shell starts in the background ignores Ctrl-C.
    var end: Int32 = -1
    defer { close(end) }
    return try Command.run(
      "cnn-train", arguments,
      interruptWhen: {
        end = unsafe open(pipe, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
        return end >= 0
      })
  }

  private static let line = "error: interrupted; nothing is left half written\n"

  @Test("while data are loaded", arguments: [("INT", 130), ("TERM", 143), ("HUP", 129)])
  func loading(_ signal: String, _ code: Int32) throws {
    let pipe = folder / "data.csv"
    let run = try interrupted(signal, pipe, ["--data", pipe, "--save", folder / "w", "--metrics", folder / "m"])
    #expect(run.code == code && run.errors == Self.line, "\(run.code) \(run.errors)")
    #expect(try folder.contents() == ["data.csv"])
  }

  @Test("while weights are read, before the first step", arguments: [("INT", 130), ("TERM", 143)])
  func starting(_ signal: String, _ code: Int32) throws {
    let pipe = folder / "start"
    let run = try interrupted(
      signal, pipe,
      ["--data", "embedded", "--model", "softmax", "--initial-weights", pipe, "--save", folder / "w"])
    #expect(run.code == code && run.errors == Self.line, "\(run.code) \(run.errors)")
    #expect(try folder.contents() == ["start"])
  }

  @Test("in commands that do not train") func others() throws {
    let pipe = folder / "weights"
    let run = try interrupted("TERM", pipe, ["eval", "--weights", pipe, "--save", folder / "copy"])
    #expect(run.code == 143 && run.errors == Self.line, "\(run.code) \(run.errors)")
    #expect(try folder.contents() == ["weights"])
  }
}
