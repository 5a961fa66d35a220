import Foundation
import Testing

extension Command {
  /// Starts a product that reads a pipe into which nobody writes, and sends it a signal once it waits there.
  ///
  /// - Parameters:
  ///   - product: the product; it was built with the tests.
  ///   - signal: the signal's name, such as "TERM"; "INT" is a Ctrl-C.
  ///   - pipe: where the pipe is made.
  ///   - arguments: the product's, which name the pipe.
  public static func interrupted(
    _ product: String, by signal: String, readingFrom pipe: String, _ arguments: [String]
  ) throws -> Command {
    #expect(unsafe mkfifo(pipe, 0o600) == 0)
    guard signal == "INT" else {
      // The shell's end of the pipe opens once the command has opened its own. After a command in the foreground the shell takes
      // signals again that the thread which started it blocks.
      return try shell(
        "sleep 0; \"$0\" \"$@\" & process=$!; exec 3>\"$PIPE\"; kill -\(signal) $process; wait $process", product,
        arguments,
        environment: ["PIPE": pipe])
    }
    // What a shell starts in the background ignores Ctrl-C.
    var end: Int32 = -1
    defer { close(end) }
    return try run(
      product, arguments,
      interruptWhen: {
        end = unsafe open(pipe, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
        return end >= 0
      })
  }
}
