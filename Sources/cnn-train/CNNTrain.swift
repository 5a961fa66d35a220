import ArgumentParser
import Foundation
import Kobai
import KobaiData
import KobaiTraining

@main
struct CNNTrain: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cnn-train",
    abstract: "Trains the networks of \"Deep Learning from Scratch\" on handwritten digits.",
    discussion: """
      Without options it trains the book's convolutional network: on MNIST where it is cached or can be fetched, else \
      on 5,000 real digits that are part of the program. The same options and seed give the same weights, bit for \
      bit, on any machine and any number of threads.

      KOBAI_ISA=portable|avx2|avx512 forces an instruction set, OMP_NUM_THREADS the threads, NO_COLOR plain text.
      """)

  @OptionGroup var options: TrainOptions

  func run() async throws {
    try await TrainingRun(options).run()
  }

  /// One line on stderr and exit code 64 for wrong options, 1 for everything else that goes wrong.
  static func main() async {
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
