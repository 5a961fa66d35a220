/// A shell's redirection that closes or fills streams of a command, and how the command has to end where nothing else is wrong:
/// streams that only take messages do not matter, output that is lost is an error.
public struct Redirection: Sendable, CustomStringConvertible {
  public let description: String
  /// The exit code.
  public let code: Int32
  /// What standard error has to hold.
  public let errors: String

  public static let all = [
    Redirection("2>&-", 0), Redirection("2>/dev/full", 0), Redirection("<&- 2>&-", 0),
    Redirection(">&-", 1, "error: standard output: cannot be written: Bad file descriptor\n"),
    Redirection(">/dev/full", 1, "error: standard output: cannot be written: No space left on device\n"),
    Redirection("<&- >&- 2>&-", 1), Redirection(">/dev/full 2>/dev/full", 1),
  ]

  private init(_ description: String, _ code: Int32, _ errors: String = "") {
    (self.description, self.code, self.errors) = (description, code, errors)
  }

  /// Runs a product with its streams redirected so.
  public func run(_ product: String, _ arguments: [String]) throws -> Command {
    try Command.shell("\"$0\" \"$@\" \(description)", product, arguments)
  }
}
