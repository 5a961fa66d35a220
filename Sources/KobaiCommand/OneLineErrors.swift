import ArgumentParser
import Foundation
import KobaiFiles

extension ParsableCommand {
  /// Parses the command line and runs it, on the thread that calls. What goes wrong is one line on stderr, with exit code 64
  /// for wrong options and 1 for everything else; so is an interruption (``Interrupt``).
  ///
  /// - Parameters:
  ///   - first: comes before the parsing, and may throw what ends the command.
  ///   - describe: the words of an error that is no wrong option.
  ///   - translate: makes another language of help, and of the line that an error comes in.
  package static func runWithOneLineErrors(
    after first: () throws -> Void = {}, describing describe: (any Error) -> String = { "\($0)" },
    translating translate: (String) -> String = { $0 }
  ) {
    ignoreSignalsOfWriting()
    Interrupt.watch(translate(Interrupt.words))
    do {
      try first()
      var command = try parseAsRoot()
      try command.run()
      try StandardOutput.check()
    } catch {
      exitWithOneLine(error, describe, translate)
    }
  }

  private static func exitWithOneLine(
    _ error: any Error, _ describe: (any Error) -> String, _ translate: (String) -> String
  ) -> Never {
    if let code = error as? ExitCode { Foundation.exit(code.rawValue) }
    let code = exitCode(for: error)
    if code == .success {  // --help and its kin
      StandardOutput.line(translate(fullMessage(for: error)))
      do { try StandardOutput.check() } catch { exitWithOneLine(error, describe, translate) }
      Foundation.exit(0)
    }
    let isUsage = code == .validationFailure
    let text = isUsage ? message(for: error) : describe(error)
    let line = oneLine(text).printable
    let hint = isUsage ? " (\(configuration.commandName ?? "") --help shows the options)" : ""
    StandardError.write(translate("error: \(line)\(hint)\n"))
    Foundation.exit(isUsage ? 64 : 1)
  }

  /// The parser lists more than five values below one another; in a line they are parted by commas.
  private static func oneLine(_ text: String) -> String {
    let lines = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    let items = lines.filter { $0.hasPrefix("- ") }.map { "'\($0.dropFirst(2))'" }
    let words = lines.filter { !$0.hasPrefix("- ") }.joined(separator: " ")
    guard items.count > 1, words.hasSuffix(" one of the following:") else {
      return lines.joined(separator: " ")
    }
    return
      "\(words.dropLast(" the following:".count)) \(items.dropLast().joined(separator: ", ")) or \(items[items.count - 1])."
  }
}
