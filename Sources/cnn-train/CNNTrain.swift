import ArgumentParser
import KobaiCommand
import KobaiFiles

@main
struct CNNTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cnn-train",
    abstract: "Trains the networks of \"Deep Learning from Scratch\" on handwritten digits, and uses them.",
    discussion: "Options alone train: cnn-train --epochs 5 is cnn-train train --epochs 5.",
    subcommands: [Train.self, Evaluate.self, Predict.self, Export.self, Summary.self],
    defaultSubcommand: Train.self)

  static func main() {
    runWithOneLineErrors {
      guard ["-h", "--help"].contains(CommandLine.arguments.dropFirst().first) else { return }
      // Options alone train, so that the help of training is what is looked for.
      throw CleanExit.message("\(helpMessage(for: Train.self))\nOther commands: cnn-train help shows them.")
    }
  }
}

/// An error whose description is the whole line. What files say may be part of it.
struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description.printable }
}
