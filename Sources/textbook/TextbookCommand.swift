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
    abstract: words(
      en: "Every experiment of \"Deep Learning from Scratch\" (ゼロから作るDeep Learning), to run and to read.",
      ja: "『ゼロから作るDeep Learning』のすべての実験を実行し、コードと並べて読むためのコマンド。"),
    subcommands: [List.self, Show.self, Run.self])

  static func main() { runWithOneLineErrors(translating: translated) }
}

struct LanguageOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      words(en: "ja or en. (default: from LANG)", ja: "ja（日本語）または en（英語）。既定ではLANGに従う。"),
      valueName: "language"))
  var language: Language?

  var chosen: Language { language ?? Language.from(environment: ProcessInfo.processInfo.environment) }
}

extension Language: ExpressibleByArgument {}

struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: words(en: "Lists all experiments by chapter.", ja: "すべての実験を章ごとに一覧表示する。"))
  @OptionGroup var language: LanguageOption

  private func padded(_ text: String, _ width: Int) -> String {
    text.padding(toLength: width, withPad: " ", startingAt: 0)
  }

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
        "  \(padded(about.id, width))  \(padded(about.section.number, 5))  \(about.summary(language))"
      )
    }
  }
}
