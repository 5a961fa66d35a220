import ArgumentParser
import Foundation
import KobaiCommand
import KobaiTextbook

struct Root: ParsableCommand {
  static var configuration: CommandConfiguration {
    let (name, title) = (TextbookCommand.current.name, TextbookCommand.current.title)
    return CommandConfiguration(
      commandName: name,
      abstract: words(en: "\(title.en), to run and to read.", ja: "\(title.ja)を実行し、コードと並べて読むためのコマンド。"),
      subcommands: [List.self, Show.self, Run.self])
  }

  // Before the name of a subcommand it counts as well.
  @OptionGroup var language: LanguageOption
}

struct LanguageOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      words(en: "ja or en. (default: from LANG)", ja: "ja（日本語）または en（英語）。既定ではLANGに従う。"),
      valueName: "language"))
  var language: Language?

  /// It may stand before the name of a subcommand too, of which the subcommand does not hear.
  var chosen: Language { language ?? speech }
}

/// A language as the value of an option.
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
    let all = TextbookCommand.current.experiments.map(\.about)
    let width = all.map(\.id.count).max() ?? 0
    for chapter in Section.inOrder(all.map(\.chapter)) {
      print("\n" + Section.heading(ofChapter: chapter)(language))
      for about in all where about.chapter == chapter {
        print("  \(padded(about.id, width))  \(padded(about.section.number, 5))  \(about.summary(language))")
      }
    }
  }
}
