import ArgumentParser
import Foundation
import Kobai
import KobaiData
import KobaiFiles
import KobaiTextbook

@main
struct TextbookCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "textbook",
    abstract: "Every experiment of \"Deep Learning from Scratch\" (ゼロから作るDeep Learning), to run and to read.",
    subcommands: [List.self, Run.self])

  /// One line on stderr and exit code 64 for wrong options, 1 for everything else that goes wrong.
  static func main() async {
    do {
      var command = try parseAsRoot()
      if var command = command as? AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch let error as CleanExit {
      exit(withError: error)
    } catch {
      let code = exitCode(for: error)
      guard code != .success else { exit(withError: error) }
      let isUsage = code == .validationFailure
      let text = isUsage ? message(for: error) : "\(error)"
      let line = text.split(separator: "\n").joined(separator: " ")
      FileHandle.standardError.write(
        Data("error: \(line)\(isUsage ? " (textbook --help shows the options)" : "")\n".utf8))
      Foundation.exit(isUsage ? 64 : 1)
    }
  }
}

struct LanguageOption: ParsableArguments {
  @Option(help: "ja or en. (default: from LANG)")
  var language: Language?

  var chosen: Language { language ?? Language.from(environment: ProcessInfo.processInfo.environment) }
}

extension Language: ExpressibleByArgument {}

struct List: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Lists all experiments by chapter.")
  @OptionGroup var language: LanguageOption

  func run() {
    let language = language.chosen
    var chapter = 0
    let width = Textbook.experiments.map(\.about.id.count).max() ?? 0
    for experiment in Textbook.experiments {
      let about = experiment.about
      if about.chapter != chapter {
        chapter = about.chapter
        let title = Section.chapters[chapter].map { $0(language) } ?? ""
        print("\n" + (language == .ja ? "\(chapter)章 \(title)" : "Chapter \(chapter): \(title)"))
      }
      print(
        "  \(about.id.padding(toLength: width, withPad: " ", startingAt: 0))  \(about.section.number)  \(about.summary(language))"
      )
    }
  }
}
