import ArgumentParser
import Foundation

@main
struct CNNTrain: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cnn-train",
    abstract: "Trains the networks of \"Deep Learning from Scratch\" on handwritten digits, and uses them.",
    discussion: "Options alone train: cnn-train --epochs 5 is cnn-train train --epochs 5.",
    subcommands: [Train.self, Evaluate.self, Predict.self, Export.self, Summary.self],
    defaultSubcommand: Train.self)

  /// One line on stderr and exit code 64 for wrong options, 1 for everything else that goes wrong.
  static func main() async {
    if ["-h", "--help"].contains(CommandLine.arguments.dropFirst().first) {
      print(helpMessage(for: Train.self))  // what options alone do, for whom they are
      print("Other commands: cnn-train help shows them.")
      return
    }
    do {
      var command = try parseAsRoot()
      if var command = command as? AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch let code as ExitCode {
      Foundation.exit(code.rawValue)
    } catch let error as CleanExit {
      exit(withError: error)
    } catch {
      let code = exitCode(for: error)
      guard code != .success else { exit(withError: error) }  // --help and its kin
      let isUsage = code == .validationFailure
      let text = isUsage ? message(for: error) : "\(error)"
      let line = text.split(separator: "\n").joined(separator: " ")
      Console.error(isUsage ? "\(line) (cnn-train --help shows the options)" : line)
      Foundation.exit(isUsage ? 64 : 1)
    }
  }
}

/// An error that is its own line.
struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
