import ArgumentParser
import KobaiCommand

@main
struct CNNTrain: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cnn-train",
    abstract: "Trains the networks of \"Deep Learning from Scratch\" on handwritten digits, and uses them.",
    discussion: "Options alone train: cnn-train --epochs 5 is cnn-train train --epochs 5.",
    subcommands: [Train.self, Evaluate.self, Predict.self, Export.self, Summary.self],
    defaultSubcommand: Train.self)

  static func main() async {
    if ["-h", "--help"].contains(CommandLine.arguments.dropFirst().first) {
      print(helpMessage(for: Train.self))  // what options alone do, for whom they are
      print("Other commands: cnn-train help shows them.")
      return
    }
    await runWithOneLineErrors()
  }
}

/// An error that is its own line.
struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
