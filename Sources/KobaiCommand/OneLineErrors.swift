import ArgumentParser
import Foundation

extension AsyncParsableCommand {
  /// Parses the command line and runs it. What goes wrong is one line on stderr, with exit code 64 for wrong options and
  /// 1 for everything else.
  package static func runWithOneLineErrors() async {
    do {
      var command = try parseAsRoot()
      if var command = command as? AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      exitWithOneLine(error)
    }
  }
}

extension ParsableCommand {
  /// The same without a wait for anything: the command runs on the thread that calls.
  package static func runWithOneLineErrors() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      exitWithOneLine(error)
    }
  }

  fileprivate static func exitWithOneLine(_ error: any Error) -> Never {
    if let code = error as? ExitCode { Foundation.exit(code.rawValue) }
    let code = exitCode(for: error)
    guard code != .success else { exit(withError: error) }  // --help and its kin
    let isUsage = code == .validationFailure
    let text = isUsage ? message(for: error) : "\(error)"
    let line = text.split(separator: "\n").joined(separator: " ")
    let hint = isUsage ? " (\(configuration.commandName ?? "") --help shows the options)" : ""
    FileHandle.standardError.write(Data("error: \(line)\(hint)\n".utf8))
    Foundation.exit(isUsage ? 64 : 1)
  }
}
