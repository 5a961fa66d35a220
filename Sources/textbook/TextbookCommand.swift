import ArgumentParser
import Foundation
import Kobai
import KobaiCommand
import KobaiData
import KobaiFiles
import KobaiTextbook

@main
struct TextbookCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "textbook",
    abstract: "Every experiment of \"Deep Learning from Scratch\" (ゼロから作るDeep Learning), to run and to read.",
    subcommands: [List.self, Show.self, Run.self])

  static func main() { runWithOneLineErrors() }
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
