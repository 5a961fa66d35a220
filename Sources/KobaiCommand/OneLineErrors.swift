import ArgumentParser
import Foundation

extension AsyncParsableCommand {
  /// Parses the command line and runs it. What goes wrong is one line on stderr, with exit code 64 for wrong options and
  /// 1 for everything else.
  ///
  /// - Parameter first: comes before the parsing, and may throw what ends the command.
  package static func runWithOneLineErrors(after first: @Sendable () throws -> Void = {}) async {
    ignoreSignalsOfWriting()
    do {
      try first()
      var command = try parseAsRoot()
      if var command = command as? AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      try StandardOutput.check()
    } catch {
      exitWithOneLine(error)
    }
  }
}

extension ParsableCommand {
  /// The same without a wait for anything: the command runs on the thread that calls.
  package static func runWithOneLineErrors() {
    ignoreSignalsOfWriting()
    do {
      var command = try parseAsRoot()
      try command.run()
      try StandardOutput.check()
    } catch {
      exitWithOneLine(error)
    }
  }

  fileprivate static func exitWithOneLine(_ error: any Error) -> Never {
    if let code = error as? ExitCode { Foundation.exit(code.rawValue) }
    let code = exitCode(for: error)
    if code == .success {  // --help and its kin
      StandardOutput.line(fullMessage(for: error))
      do { try StandardOutput.check() } catch { exitWithOneLine(error) }
      Foundation.exit(0)
    }
    let isUsage = code == .validationFailure
    let text = isUsage ? message(for: error) : "\(error)"
    let line = text.split(separator: "\n").joined(separator: " ")
    let hint = isUsage ? " (\(configuration.commandName ?? "") --help shows the options)" : ""
    StandardError.write("error: \(line)\(hint)\n")
    Foundation.exit(isUsage ? 64 : 1)
  }
}
